import { randomBytes } from "node:crypto";
import { link, open, rm } from "node:fs/promises";
import { readOwnFile } from "./own-files.ts";

/**
 * The secret in a file that only this user may read, made up where there is none.
 *
 * Linked into place when it is complete, so that of two processes that start at the same moment
 * both read what the first has written.
 *
 * @param make the secret of a file that is missing; throws where it must not be
 * @throws ContactSyncError `EMBEDDED_UNAVAILABLE` for a file that is not this user's alone
 */
export async function readOrCreateSecret(file: string, make: () => string): Promise<string> {
  const found = await readOwnFile(file);
  if (found !== undefined) return found.trim();
  await createSecretFile(file, make());
  return ((await readOwnFile(file)) ?? "").trim();
}

async function createSecretFile(file: string, secret: string): Promise<void> {
  // The name is told from others by own-files.ts.
  const draft = `${file}.${randomBytes(6).toString("hex")}`;
  const handle = await open(draft, "wx", 0o600);
  try {
    await handle.writeFile(secret);
    await handle.sync();
  } finally {
    await handle.close();
  }
  await link(draft, file).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== "EEXIST") throw error;
  });
  // Whoever has read it meanwhile may have taken the second name away.
  await rm(draft, { force: true });
}

import { randomBytes } from "node:crypto";
import { link, rm, writeFile } from "node:fs/promises";

/**
 * Writes a secret into a file that only this user may read, unless the file is there already.
 *
 * Linked into place when it is complete, so that of two processes that start at the same moment
 * both read what the first has written.
 */
export async function createSecretFile(file: string, secret: string): Promise<void> {
  const draft = `${file}.${randomBytes(6).toString("hex")}`;
  await writeFile(draft, secret, { mode: 0o600, flush: true });
  await link(draft, file).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== "EEXIST") throw error;
  });
  await rm(draft);
}

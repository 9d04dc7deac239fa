import { randomBytes } from "node:crypto";
import { existsSync } from "node:fs";
import { link, readFile, rm, writeFile } from "node:fs/promises";
import { ContactSyncError } from "@contact-sync/client";

/**
 * The password of the cluster's superuser, made up on first use.
 *
 * Linked into place when it is complete, so that of two processes that start at the same moment
 * both read what the first has written.
 */
export async function readOrCreatePassword(file: string, cluster: string): Promise<string> {
  if (!existsSync(file)) {
    if (existsSync(cluster)) {
      throw new ContactSyncError(
        "EMBEDDED_UNAVAILABLE",
        `${file} is missing, so the database beside it cannot be opened. ` +
          `Restore the file, or move ${cluster} away to begin with an empty database.`,
      );
    }
    const draft = `${file}.${randomBytes(6).toString("hex")}`;
    const password = randomBytes(32).toString("base64url");
    await writeFile(draft, password, { mode: 0o600, flush: true });
    await link(draft, file).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== "EEXIST") throw error;
    });
    await rm(draft);
  }
  return (await readFile(file, "utf8")).trim();
}

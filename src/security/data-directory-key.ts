import { existsSync } from "node:fs";
import { mkdir, readFile } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { ContactSyncError } from "@contact-sync/client";
import { isCluster } from "../database/embedded/data-directory.ts";
import { generateKey } from "./key.ts";
import { createSecretFile } from "./secret-file.ts";

/**
 * The sealing key of an embedded database: made up on first use and kept in the data directory
 * (`sealing-key`, mode 0600), outside of the database's own folder, so that a copy of that folder
 * gives nobody's number away.
 *
 * It is made before the database is, never for one that exists: that one's contacts are sealed
 * with another key, and under a new one nobody would match.
 *
 * @throws ContactSyncError `KEY_REQUIRED` where the database is there and the key is not
 */
export async function readOrCreateDataDirectoryKey(dataDir: string): Promise<string> {
  const root = resolve(dataDir);
  const file = join(root, "sealing-key");
  if (!existsSync(file)) {
    const cluster = join(root, "postgres");
    if (isCluster(cluster)) {
      throw new ContactSyncError(
        "KEY_REQUIRED",
        `${file} is missing, and without it nobody in the database beside it can be found. ` +
          `Restore the file, or set CONTACT_SYNC_KEY to the key that this database was first used with, ` +
          `or move ${cluster} away to begin with an empty database.`,
      );
    }
    // Only the directory itself is closed: the user that runs the server for root has to pass
    // through those above it.
    await mkdir(dirname(root), { recursive: true });
    await mkdir(root, { recursive: true, mode: 0o700 });
    await createSecretFile(file, `${generateKey()}\n`);
  }
  return (await readFile(file, "utf8")).trim();
}

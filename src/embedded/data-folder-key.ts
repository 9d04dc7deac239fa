import { join } from "node:path";
import { ContactSyncError } from "@contact-sync/client";
import { generateKey } from "../security/key.ts";
import { isCluster } from "./data-folder.ts";
import { openOwnFolder } from "./own-files.ts";
import { readOrCreateSecret } from "./secret-file.ts";

/**
 * The sealing key of an embedded database: made up on first use and kept in the data directory
 * (`sealing-key`, mode 0600), outside of the database's own folder, so that a copy of that folder
 * gives nobody's number away.
 *
 * It is made before the database is, never for one that exists: that one's contacts are sealed
 * with another key, and under a new one nobody would match.
 *
 * @throws ContactSyncError `KEY_REQUIRED` where the database is there and the key is not;
 *   `EMBEDDED_UNAVAILABLE` where the directory or the file is not this user's alone
 */
export async function readOrCreateDataFolderKey(dataDir: string): Promise<string> {
  const root = await openOwnFolder(dataDir);
  const file = join(root, "sealing-key");
  return readOrCreateSecret(file, () => {
    const cluster = join(root, "postgres");
    if (isCluster(cluster)) {
      throw new ContactSyncError(
        "KEY_REQUIRED",
        `${file} is missing, and without it nobody in the database beside it can be found. ` +
          `Restore the file, or set CONTACT_SYNC_KEY to the key that this database is now sealed with, ` +
          `or move ${cluster} away to begin with an empty database.`,
      );
    }
    return `${generateKey()}\n`;
  });
}

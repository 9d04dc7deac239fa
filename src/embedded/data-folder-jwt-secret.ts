import { join } from "node:path";
import { generateKey } from "../security/key.ts";
import { openOwnFolder } from "./own-files.ts";
import { readOrCreateSecret } from "./secret-file.ts";

/**
 * The token secret of a service that was given none: made up on first use and kept in the data
 * directory (`jwt-secret`, mode 0600), where `contact-sync token` finds it.
 *
 * @throws ContactSyncError `EMBEDDED_UNAVAILABLE` where the directory or the file is not this user's
 */
export async function readOrCreateJwtSecret(dataDir: string): Promise<string> {
  const root = await openOwnFolder(dataDir);
  return readOrCreateSecret(join(root, "jwt-secret"), () => `${generateKey()}\n`);
}

import { randomBytes } from "node:crypto";
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { ContactSyncError } from "@contact-sync/client";
import { createSecretFile } from "../../security/secret-file.ts";

/** The password of the cluster's superuser, made up on first use. */
export async function readOrCreatePassword(file: string, cluster: string): Promise<string> {
  if (!existsSync(file)) {
    if (existsSync(cluster)) {
      throw new ContactSyncError(
        "EMBEDDED_UNAVAILABLE",
        `${file} is missing, so the database beside it cannot be opened. ` +
          `Restore the file, or move ${cluster} away to begin with an empty database.`,
      );
    }
    await createSecretFile(file, randomBytes(32).toString("base64url"));
  }
  return (await readFile(file, "utf8")).trim();
}

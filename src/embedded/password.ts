import { createHmac, randomBytes } from "node:crypto";
import { existsSync } from "node:fs";
import { ContactSyncError } from "@contact-sync/client";
import { readOrCreateSecret } from "./secret-file.ts";

/** The password of the cluster's superuser, made up on first use. */
export function readOrCreatePassword(file: string, cluster: string): Promise<string> {
  return readOrCreateSecret(file, () => {
    if (existsSync(cluster)) {
      throw new ContactSyncError(
        "EMBEDDED_UNAVAILABLE",
        `${file} is missing, so the database beside it cannot be opened. ` +
          `Restore the file, or move ${cluster} away to begin with an empty database.`,
      );
    }
    return randomBytes(32).toString("base64url");
  });
}

/**
 * The password of the role that the library connects as: the same at every start, and no way back
 * to the superuser's.
 */
export function passwordOfRole(superuserPassword: string, role: string): string {
  return createHmac("sha256", superuserPassword)
    .update(`contact-sync role ${role}`)
    .digest("base64url");
}

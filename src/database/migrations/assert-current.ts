import { ContactSyncError } from "@contact-sync/client";
import { ERRORS } from "@contact-sync/client/errors";
import type { Database } from "../database.ts";
import { toContactSyncError } from "../errors.ts";
import { readMigrationStatus } from "./migration-status.ts";

/**
 * Refuses a schema that lacks migrations of this version.
 *
 * @throws ContactSyncError `DATABASE_NOT_MIGRATED`, `DATABASE_UNAVAILABLE`, `UNSUPPORTED_CLUSTER`
 */
export async function assertCurrent(database: Database, schema: string): Promise<void> {
  const { pending } = await readMigrationStatus(database, schema).catch((error) => {
    throw toContactSyncError(error);
  });
  if (pending.length > 0) {
    throw new ContactSyncError(
      "DATABASE_NOT_MIGRATED",
      `schema "${schema}" lacks ${pending.join(", ")}. ${ERRORS.DATABASE_NOT_MIGRATED.cure}`,
    );
  }
}

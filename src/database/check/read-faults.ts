import type { Queryable } from "../database.ts";
import { toContactSyncError } from "../errors.ts";
import { type Fault, inOrder } from "./fault.ts";

/**
 * Asks a migrated schema what is wrong with it.
 *
 * @throws ContactSyncError `DATABASE_NOT_MIGRATED`, `DATABASE_UNAVAILABLE`, `INVALID_CONFIGURATION`
 */
export async function readFaults(database: Queryable, schema: string): Promise<Fault[]> {
  try {
    const { rows } = await database.query<Fault>(`select * from "${schema}".check_contact_sync()`);
    return inOrder(rows);
  } catch (error) {
    throw toContactSyncError(error);
  }
}

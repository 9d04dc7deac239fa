import { ContactSyncError } from "@contact-sync/client";
import { ERRORS } from "@contact-sync/client/errors";
import type { Database } from "../database.ts";
import { toContactSyncError } from "../errors.ts";
import { type Fault, inOrder } from "./fault.ts";

const NAMED = 3;

/**
 * Refuses a database in which others than its owner, `service_role` and signed-in users get at
 * something, as after a restore or a `GRANT ALL`. One round trip.
 *
 * @throws ContactSyncError `UNSAFE_DATABASE` with all faults in `details.faults`
 */
export async function assertSafe(database: Database, schema: string): Promise<void> {
  const { rows } = await database
    .query<Fault>(
      `select * from "${schema}".contact_sync_access_faults() where severity = 'unsafe'`,
    )
    .catch((error) => {
      throw toContactSyncError(error);
    });
  if (rows.length > 0) throw unsafe(schema, rows);
}

function unsafe(schema: string, faults: readonly Fault[]): ContactSyncError {
  const ordered = inOrder(faults);
  const named = ordered.slice(0, NAMED).map(({ object, problem }) => `${object}: ${problem}`);
  if (ordered.length > NAMED) named.push(`and ${ordered.length - NAMED} more`);
  return new ContactSyncError(
    "UNSAFE_DATABASE",
    `schema "${schema}" lets others in. ${named.join("; ")}. ${ERRORS.UNSAFE_DATABASE.cure}`,
    { details: { faults: ordered } },
  );
}

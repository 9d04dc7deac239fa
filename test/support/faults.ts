import type { Fault } from "../../src/index.ts";
import type { TestDatabase } from "./postgres.ts";

/** What `check_contact_sync()` finds, asked on a connection whose search_path is its own. */
export async function readAllFaults(
  { pool }: Pick<TestDatabase, "pool">,
  schema = "public",
): Promise<Fault[]> {
  const { rows } = await pool.query(`select * from "${schema}".check_contact_sync()`);
  return rows;
}

/**
 * `unsafe GRANTED_TO_OTHERS public.phones`, for all that is more than a note; but for what is said of
 * other tests' logins, which a cluster has at the same time.
 */
export const faultNames = (faults: readonly Fault[]): string[] =>
  faults
    .filter(({ severity, object }) => severity !== "note" && !/^role login_/.test(object))
    .map(({ severity, code, object }) => `${severity} ${code} ${object}`)
    .sort();

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

/** `unsafe GRANTED_TO_OTHERS public.phones`, for all that is more than a note. */
export const faultNames = (faults: readonly Fault[]): string[] =>
  faults
    .filter(({ severity }) => severity !== "note")
    .map(({ severity, code, object }) => `${severity} ${code} ${object}`)
    .sort();

import type { SqlFunctions } from "../database/sql-functions.ts";

// Numbers, or linked contacts, that a step compares: a tenth of a second, or a few.
const STEP = 10_000;

const LONGEST_WAIT = "5 seconds";

interface Found {
  readonly numbers_found: number;
  readonly transactions_running?: number;
}

/**
 * What `relink_phones()` does in one transaction, in short ones: compares the directory with the
 * contacts who hold its numbers, and linked contacts with the directory, and enqueues for the linker
 * what differs. Nobody is locked.
 */
export async function enqueueStale(
  sql: SqlFunctions,
  tell: (progress: { numbersChecked: number; numbersFound: number }) => void,
): Promise<Found> {
  let numbersChecked = 0;
  let numbersFound = 0;
  // Those who may have read the directory before somebody wrote into it.
  const { transactions_running, last_entry_id } = await sql.call<{
    transactions_running: number;
    last_entry_id: string;
  }>("contact_sync_await_fence", [LONGEST_WAIT]);

  let phoneKey: string | null = null;
  do {
    const step: UnlinkedStep = await sql.call("contact_sync_enqueue_unlinked", [phoneKey, STEP]);
    phoneKey = step.last_phone_key;
    numbersChecked += step.numbers_checked;
    numbersFound += step.numbers_found;
    tell({ numbersChecked, numbersFound });
  } while (phoneKey !== null);

  let ownerId: string | null = null;
  do {
    const step: UnconfirmedStep = await sql.call("contact_sync_enqueue_unconfirmed", [
      ownerId,
      phoneKey,
      last_entry_id,
      STEP,
    ]);
    ownerId = step.last_owner_id;
    phoneKey = step.last_phone_key;
    numbersFound += step.numbers_found;
    tell({ numbersChecked, numbersFound });
  } while (ownerId !== null);
  return {
    numbers_found: numbersFound,
    ...(transactions_running > 0 ? { transactions_running } : {}),
  };
}

interface UnlinkedStep {
  readonly numbers_checked: number;
  readonly numbers_found: number;
  readonly last_phone_key: string | null;
}

interface UnconfirmedStep {
  readonly numbers_found: number;
  readonly last_owner_id: string | null;
  readonly last_phone_key: string | null;
}

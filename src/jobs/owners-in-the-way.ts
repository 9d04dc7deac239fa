import type { Engine } from "../engine/engine.ts";
import type { Log } from "./log.ts";

// A line an owner a minute: enough to be seen, not enough to fill a disk.
const LOG_AGAIN_MS = 60_000;

/** What the database shows of an owner in the linker's way, and of the transaction that has them. */
interface OwnerInTheWay {
  readonly owner_id: string;
  readonly numbers_waiting: string;
  readonly seconds: string;
  readonly pid: number | null;
  readonly application_name: string | null;
  readonly state: string | null;
  readonly state_since: Date | null;
  readonly began_at: Date | null;
  readonly prepared_as: string | null;
}

/**
 * Makes a watch that names, in the log, owners whom somebody has had locked for longer than 30
 * seconds while links into their books wait: mostly an app that left a transaction open.
 *
 * @param now a clock in milliseconds
 */
export function watchOwnersInTheWay(
  { sql, users }: Engine,
  logger: Log,
  now: () => number = () => performance.now(),
): () => Promise<void> {
  let logged = new Map<string, number>();
  return async () => {
    const owners = await sql.callForRows<OwnerInTheWay>("list_owners_in_the_way", []);
    const idOf = await users.knownIdsOf(owners.map(({ owner_id }) => owner_id));
    const before = logged;
    logged = new Map();
    for (const { owner_id, numbers_waiting, seconds, ...transaction } of owners) {
      const last = before.get(owner_id);
      const isDue = last === undefined || now() - last >= LOG_AGAIN_MS;
      logged.set(owner_id, isDue ? now() : last);
      if (!isDue) continue;
      logger.warn(
        {
          owner_id: idOf.get(owner_id) ?? null,
          numbers_waiting: Number(numbers_waiting),
          seconds: Number(seconds),
          ...transaction,
        },
        "an owner is locked by somebody else, and links into their book wait",
      );
    }
  };
}

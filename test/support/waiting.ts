import { setTimeout as delay } from "node:timers/promises";
import type pg from "pg";
import type { TestDatabase } from "./postgres.ts";

/**
 * The backends of the database that wait for somebody's lock.
 *
 * On a cluster the lock may be on any node: told are the coordinator's backends, on whose behalf
 * the waiting is done.
 *
 * @param among whose backends are looked at, all without it
 */
export async function waitingForLocks(
  { pool, onCitus }: Pick<TestDatabase, "pool" | "onCitus">,
  among: readonly number[] = [],
): Promise<number[]> {
  const { rows } = await pool.query<{ pid: number }>(onCitus ? ON_CITUS : ON_POSTGRES, [among]);
  return rows.map(({ pid }) => pid);
}

/**
 * What a session has begun; on a cluster it is ended once it waits for somebody's lock, since a
 * session's lock_timeout holds on no other node: with 55P03 there as well.
 */
export async function orGiveUp<Result>(
  database: Pick<TestDatabase, "pool" | "onCitus">,
  session: pg.ClientBase,
  work: Promise<Result>,
): Promise<Result> {
  if (!database.onCitus) return work;
  const { processID: pid } = session as unknown as { processID: number };
  let isOver = false;
  const over = work.then(
    () => undefined,
    () => undefined,
  );
  const watching = (async () => {
    for (;;) {
      await Promise.race([over, delay(30)]);
      if (isOver) return;
      const waits = (await waitingForLocks(database, [pid])).length > 0;
      if (waits && !isOver)
        await database.pool.query("select pg_cancel_backend($1::integer)", [pid]);
    }
  })();
  try {
    return await work;
  } catch (error) {
    if ((error as { code?: string }).code !== "57014") throw error;
    throw Object.assign(new Error("gave up waiting for a lock", { cause: error }), {
      code: "55P03",
    });
  } finally {
    isOver = true;
    await watching;
  }
}

const ON_POSTGRES = `
  select distinct a.pid
    from pg_stat_activity a
    join pg_locks l on l.pid = a.pid and not l.granted
   where a.datname = current_database()
     and (cardinality($1::int[]) = 0 or a.pid = any ($1))`;

// A global pid is the node's number and the pid there.
const ON_CITUS = `
  select a.pid
    from pg_stat_activity a
   where a.datname = current_database()
     and a.application_name not like 'citus_internal%'
     and (cardinality($1::int[]) = 0 or a.pid = any ($1))
     and (   a.pid in (select l.pid from pg_locks l where not l.granted)
          or a.pid in (select w.waiting_global_pid % 10000000000
                         from citus_internal.global_blocked_processes() as w))`;

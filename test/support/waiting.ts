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

import type { Database } from "./database.ts";
import { databaseTrouble, toContactSyncError } from "./errors.ts";
import { assertCurrent } from "./migrations/assert-current.ts";

interface State {
  readonly is_standby: boolean;
  readonly is_read_only: boolean;
}

/**
 * Tries what a sync needs, without a trace: the migrations, a session that may write, functions
 * that run, and room on the disk. A session that began before the database became read-only still
 * writes, so the default of new ones is asked for beside its own.
 *
 * @param database one whose `transaction` runs on the server that syncs are sent to; on a connection
 *   that is new, a server that was upgraded under its processes shows as well
 * @throws ContactSyncError `DATABASE_NOT_MIGRATED`, `DATABASE_READ_ONLY`, `DATABASE_FULL`,
 *   `DATABASE_UNAVAILABLE`
 */
export async function assertReady(database: Database, schema: string): Promise<void> {
  await assertCurrent(database, schema);
  const state = await database
    .transaction(async (transaction) => {
      // So that the probe's 256 KB do not fit, and go to the disk.
      await transaction.query("set local work_mem = '64kB'");
      const { rows } = await transaction.query<State>(probe(schema));
      return rows[0];
    })
    .catch((error) => {
      throw toContactSyncError(error);
    });
  if (state?.is_standby) throw databaseTrouble("STANDBY");
  if (state?.is_read_only) throw databaseTrouble("READ_ONLY");
}

/** Of the settings for role and database the most particular one counts, as at a session's start. */
function probe(schema: string): string {
  return `with spilled as materialized (
  select repeat(md5(n::text), 128) as bytes
    from generate_series(1, 64) as n
),
defaults as (
  select split_part(setting, '=', 2)::boolean as is_read_only
    from pg_catalog.pg_db_role_setting s
    cross join unnest(s.setconfig) as setting
   where s.setdatabase in (0, (select d.oid from pg_catalog.pg_database d where d.datname = current_database()))
     and s.setrole in (0, (select r.oid from pg_catalog.pg_roles r where r.rolname = session_user))
     and split_part(setting, '=', 1) = 'default_transaction_read_only'
   order by s.setdatabase <> 0 and s.setrole <> 0 desc, s.setrole <> 0 desc, s.setdatabase <> 0 desc
   limit 1
)
select pg_catalog.pg_is_in_recovery() as is_standby,
       current_setting('transaction_read_only')::boolean
         or coalesce((select d.is_read_only from defaults d), false) as is_read_only,
       "${schema}".get_optimal_batch_size(count(*)::integer)
  from spilled`;
}

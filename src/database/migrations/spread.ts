import { ContactSyncError } from "@contact-sync/client";
import type pg from "pg";
import type { Queryable } from "../database.ts";
import { inTransaction } from "../to-database.ts";
import { lockMigrations } from "./lock.ts";
import { type Ownership, readOwnership } from "./ownership.ts";

/** How an installation lies on a Citus cluster. */
export interface Spread {
  /** How many tables this call spread; 0 where all were. */
  readonly tables: number;
  /** Over how many nodes: those that take shards. */
  readonly nodes: number;
}

/**
 * Refuses a worker of a Citus cluster: only the coordinator can create what all nodes have. And a
 * schema whose name has to be quoted, which Citus does not do where it passes rights on.
 *
 * @throws ContactSyncError `UNSUPPORTED_CLUSTER`
 */
export async function assertMigratable(database: Queryable, schema: string): Promise<void> {
  if (!(await isCitus(database))) return;
  await assertCoordinator(database);
  const { rows } = await database.query<{ is_quoted: boolean }>(
    "select pg_catalog.quote_ident($1) <> $1 as is_quoted",
    [schema],
  );
  if (rows[0]?.is_quoted) {
    throw new ContactSyncError(
      "UNSUPPORTED_CLUSTER",
      `on a Citus cluster, the schema "${schema}" needs a name that need not be quoted: of small letters, digits and underscores. Nothing was changed`,
    );
  }
}

/**
 * Refuses a worker of a Citus cluster: it has no record of migrations, but all has been made there.
 *
 * @throws ContactSyncError `UNSUPPORTED_CLUSTER`
 */
export async function assertNoWorker(database: Queryable): Promise<void> {
  if (await isCitus(database)) await assertCoordinator(database);
}

async function assertCoordinator(database: Queryable): Promise<void> {
  const { rows } = await database.query<{ is_worker: boolean }>(
    "select g.groupid <> 0 as is_worker from pg_catalog.pg_dist_local_group g",
  );
  if (rows[0]?.is_worker !== false) {
    throw new ContactSyncError(
      "UNSUPPORTED_CLUSTER",
      "this server is a worker of a Citus cluster. Connect to the coordinator, which migrates all nodes and is called for all of them; nothing was changed",
    );
  }
}

/**
 * Whether the tables are to be spread: because it is asked for, or because the others are already,
 * which then get the functions of a cluster before anybody calls what a migration brought.
 *
 * @throws ContactSyncError `UNSUPPORTED_CLUSTER`, `INVALID_CONFIGURATION`
 */
export async function prepareSpread(
  transaction: Queryable,
  { schema, owner, isAsked }: { schema: string; owner: Ownership; isAsked: boolean },
): Promise<boolean> {
  const wasSpread = await isSpread(transaction, schema);
  if (!isAsked && !(wasSpread && owner.isOurs)) return false;
  if (!owner.isOurs) {
    throw new ContactSyncError(
      "INVALID_CONFIGURATION",
      `the tables in schema "${schema}" belong to ${owner.name}: run \`contact-sync migrate --citus\` as ${owner.name}. Nothing was changed`,
    );
  }
  await transaction.query(`select "${schema}".contact_sync_check_cluster()`);
  if (wasSpread) await transaction.query(`select "${schema}".contact_sync_replace_functions()`);
  return true;
}

/** Spreads what is not spread yet. */
export async function spreadTables(client: pg.Client, schema: string): Promise<Spread> {
  const spread = () =>
    inTransaction(client, async (transaction) => {
      await lockMigrations(transaction);
      const { name } = await readOwnership(transaction, schema);
      if (name !== null) await transaction.query(`set local role ${name}`);
      const { rows } = await transaction.query<{ tables: number | null; nodes: number }>(
        `select "${schema}".distribute_contact_sync() as tables,
                (select pg_catalog.count(*)::integer
                   from pg_catalog.pg_dist_node n
                  where n.shouldhaveshards and n.isactive and n.noderole = 'primary') as nodes`,
      );
      const { tables = 0, nodes = 0 } = rows[0] ?? {};
      return tables === null ? null : { tables, nodes };
    });
  // The first call may only bring to the nodes what was made before there were any.
  const first = (await spread()) ?? (await spread()) ?? { tables: 0, nodes: 0 };
  if (first.tables > 0) await spread(); // what only the nodes can do, once all of them have the tables
  return first;
}

export const spreadLine = ({ tables, nodes }: Spread) =>
  `spread ${tables} ${tables === 1 ? "table" : "tables"} over ${nodes} ${nodes === 1 ? "node" : "nodes"}`;

async function isSpread(database: Queryable, schema: string): Promise<boolean> {
  if (!(await isCitus(database))) return false;
  const { rows } = await database.query(
    `select from pg_catalog.pg_dist_partition p
      where p.logicalrelid = pg_catalog.to_regclass($1)`,
    [`"${schema}".phones`],
  );
  return rows.length > 0;
}

async function isCitus(database: Queryable): Promise<boolean> {
  const { rows } = await database.query(
    "select from pg_catalog.pg_extension e where e.extname = 'citus'",
  );
  return rows.length > 0;
}

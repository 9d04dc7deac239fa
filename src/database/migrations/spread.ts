import { ContactSyncError } from "@contact-sync/client";
import type { Queryable } from "../database.ts";
import type { Ownership } from "./ownership.ts";

/** How an installation lies on a Citus cluster. */
export interface Spread {
  /** How many tables this call spread; 0 where all were. */
  readonly tables: number;
  /** Over how many nodes: those that take shards. */
  readonly nodes: number;
}

/**
 * Refuses a worker of a Citus cluster: only the coordinator can create what all nodes have.
 *
 * @throws ContactSyncError `UNSUPPORTED_CLUSTER`
 */
export async function assertNoWorker(database: Queryable): Promise<void> {
  if (!(await isCitus(database))) return;
  const { rows } = await database.query<{ groupid: number }>(
    "select groupid from pg_catalog.pg_dist_local_group",
  );
  if (rows[0]?.groupid === 0) return;
  throw new ContactSyncError(
    "UNSUPPORTED_CLUSTER",
    "this server is a worker of a Citus cluster. Connect to the coordinator, which migrates all nodes; nothing was changed",
  );
}

/**
 * Spreads what the migrations brought: where it is asked for, and wherever the rest is spread
 * already. Null: this installation lies on one server.
 *
 * @throws ContactSyncError `UNSUPPORTED_CLUSTER`, `INVALID_CONFIGURATION`
 */
export async function spread(
  transaction: Queryable,
  { schema, owner, isAsked }: { schema: string; owner: Ownership; isAsked: boolean },
): Promise<Spread | null> {
  if (!isAsked && !(await isSpread(transaction, schema))) return null;
  if (!owner.isOurs) {
    if (!isAsked) return null; // whoever owns them has done it, or will
    throw new ContactSyncError(
      "INVALID_CONFIGURATION",
      `the tables in schema "${schema}" belong to ${owner.name}: run \`contact-sync migrate --citus\` as ${owner.name}. Nothing was changed`,
    );
  }
  if (owner.name !== null) await transaction.query(`set local role ${owner.name}`);
  const { rows } = await transaction.query<Spread>(
    `select "${schema}".distribute_contact_sync() as tables`,
  );
  const { rows: nodes } = await transaction.query<{ count: number }>(
    `select pg_catalog.count(*)::integer as count
       from pg_catalog.pg_dist_node n
      where n.shouldhaveshards and n.isactive and n.noderole = 'primary'`,
  );
  return { tables: rows[0]?.tables ?? 0, nodes: nodes[0]?.count ?? 0 };
}

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

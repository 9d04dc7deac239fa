import pg from "pg";
import type { TestDatabase } from "../support/postgres.ts";
import { NEEDLES } from "./secrets.ts";

// What the server knows of its sessions' statements; views, so not among the tables.
const SESSIONS = ["pg_catalog.pg_stat_activity", "pg_catalog.pg_prepared_statements"];

/**
 * The tables of all schemas, the catalogs and their statistics included, that have a needle in any
 * column of any row; on a cluster those of all nodes, with their shards for the tables.
 */
export async function tablesWithNeedles(
  database: TestDatabase,
  needles = NEEDLES,
): Promise<string[]> {
  const found: string[] = [];
  for (const node of database.nodes) found.push(...(await tablesOf(node, database, needles)));
  return [...new Set(found)];
}

async function tablesOf(
  connectionString: string,
  { onCitus }: TestDatabase,
  needles: readonly string[],
): Promise<string[]> {
  const client = new pg.Client({ connectionString });
  await client.connect();
  try {
    if (onCitus) await client.query("set citus.override_table_visibility = off");
    // So that pg_statistic holds samples of the columns.
    await client.query("analyze");
    const { rows } = await client.query<{ name: string }>(
      `select format('%I.%I', n.nspname, c.relname) as name
         from pg_class c join pg_namespace n on n.oid = c.relnamespace
        where c.relkind in ('r', 'p', 'm') and not c.relisshared
          and ${onCitus ? "not exists (select from pg_dist_partition d where d.logicalrelid = c.oid)" : "true"}
        order by 1`,
    );
    const found: string[] = [];
    for (const name of [...rows.map((row) => row.name), ...SESSIONS]) {
      const { rows: hits } = await client.query(
        `select from ${name} as t where t::text ilike any ($1) limit 1`,
        [needles.map((needle) => `%${needle}%`)],
      );
      if (hits.length > 0) found.push(onCitus ? name.replace(/_\d{6,}$/, "") : name);
    }
    return found;
  } finally {
    await client.end();
  }
}

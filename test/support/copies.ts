import type pg from "pg";
import { ourObjects } from "./our-objects.ts";
import type { TestDatabase } from "./postgres.ts";

/**
 * Reads by a statement that Citus has no plan for over its own tables: on a cluster the names of
 * our tables mean copies of them meanwhile, all as of one moment if nobody writes.
 *
 * @param isCopied which tables; others are read as they are
 */
export async function readCopies<Row extends pg.QueryResultRow>(
  { pool, onCitus }: Pick<TestDatabase, "pool" | "onCitus">,
  statement: pg.QueryConfig,
  isCopied: (table: string) => boolean = () => true,
): Promise<Row[]> {
  if (!onCitus) return (await pool.query<Row>(statement)).rows;
  const client = await pool.connect();
  try {
    await client.query("begin");
    for (const table of await ourObjects(client, "table")) {
      if (!isCopied(table)) continue;
      await client.query(
        `create temp table ${table} on commit drop as select * from public.${table}`,
      );
    }
    await client.query("set local search_path = pg_temp, public");
    return (await client.query<Row>(statement)).rows;
  } finally {
    await client.query("rollback");
    client.release();
  }
}

import pg from "pg";
import type { TestDatabase } from "./postgres.ts";

interface Written {
  n_tup_ins: number;
  n_tup_upd: number;
  n_tup_del: number;
}

/**
 * What some work wrote into a table, as PostgreSQL itself counts it: also rows that were written
 * with the values they had, or deleted and inserted again.
 */
export async function rowsWritten(
  { connectionString }: TestDatabase,
  table: string,
  work: (client: pg.ClientBase) => Promise<unknown>,
): Promise<Written> {
  const client = new pg.Client({ connectionString });
  await client.connect();
  try {
    // Of this transaction only, whatever others do meanwhile.
    await client.query("begin");
    await work(client);
    const { rows } = await client.query(
      `select n_tup_ins::integer, n_tup_upd::integer, n_tup_del::integer
         from pg_stat_xact_user_tables
        where relid = $1::regclass`,
      [table],
    );
    await client.query("commit");
    return rows[0];
  } finally {
    await client.end();
  }
}

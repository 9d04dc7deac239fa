import pg from "pg";
import type { TestDatabase } from "./postgres.ts";

interface Written {
  n_tup_ins: number;
  n_tup_upd: number;
  n_tup_del: number;
}

/**
 * What some work wrote into a table, as PostgreSQL itself counts it: also rows that were written
 * with the values they had, or deleted and inserted again. On a cluster, which counts on each node
 * for itself, as the rows' versions tell it: what is there again under its key counts as updated.
 */
export async function rowsWritten(
  { connectionString, onCitus }: TestDatabase,
  table: string,
  work: (client: pg.ClientBase) => Promise<unknown>,
): Promise<Written> {
  const client = new pg.Client({ connectionString });
  await client.connect();
  try {
    // Of this transaction only, whatever others do meanwhile.
    await client.query("begin");
    const before = onCitus ? await versionsOf(client, table) : new Map();
    await work(client);
    const written = onCitus
      ? changeOf(before, await versionsOf(client, table))
      : await countedIn(client, table);
    await client.query("commit");
    return written;
  } finally {
    await client.end();
  }
}

async function countedIn(client: pg.ClientBase, table: string): Promise<Written> {
  const { rows } = await client.query(
    `select n_tup_ins::integer, n_tup_upd::integer, n_tup_del::integer
       from pg_stat_xact_user_tables
      where relid = $1::regclass`,
    [table],
  );
  return rows[0];
}

/** Of each row, by its primary key. */
async function versionsOf(client: pg.ClientBase, table: string): Promise<Map<string, string>> {
  const { rows: columns } = await client.query<{ name: string }>(
    `select a.attname as name
       from pg_index i join pg_attribute a on a.attrelid = i.indrelid and a.attnum = any (i.indkey)
      where i.indrelid = $1::regclass and i.indisprimary`,
    [table],
  );
  const { rows } = await client.query<{ key: string; version: string }>(
    `select concat_ws(' ', ${columns.map(({ name }) => name).join(", ")}) as key,
            concat_ws(' ', xmin, cmin, ctid) as version
       from ${table}`,
  );
  return new Map(rows.map(({ key, version }) => [key, version]));
}

function changeOf(before: Map<string, string>, after: Map<string, string>): Written {
  const kept = [...before.keys()].filter((key) => after.has(key));
  return {
    n_tup_ins: after.size - kept.length,
    n_tup_upd: kept.filter((key) => after.get(key) !== before.get(key)).length,
    n_tup_del: before.size - kept.length,
  };
}

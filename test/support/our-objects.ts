import type pg from "pg";

type Kind = "function" | "index" | "sequence" | "table" | "type" | "view";

/** The names of our objects of a kind, as the database itself lists them. */
export async function ourObjects(database: pg.Pool | pg.ClientBase, kind: Kind): Promise<string[]> {
  const { rows } = await database.query<{ name: string }>(
    "select distinct name from contact_sync_objects() where kind = $1 order by name",
    [kind],
  );
  return rows.map(({ name }) => name);
}

/** Those of our tables that have a column of a name. */
export async function ourTablesWith(
  database: { query: pg.Pool["query"] },
  column: string,
): Promise<string[]> {
  const { rows } = await database.query<{ name: string }>(
    `select o.name
       from contact_sync_objects() as o
       join pg_attribute a on a.attrelid = o.name::regclass and a.attname = $1 and not a.attisdropped
      where o.kind = 'table'
      order by o.name`,
    [column],
  );
  return rows.map(({ name }) => name);
}

import type { TestDatabase } from "../support/postgres.ts";

/** A digest of every row of every table of the schema: equal only if nothing was written. */
export async function fingerprint({ pool }: TestDatabase): Promise<Record<string, string>> {
  const { rows: tables } = await pool.query<{ relname: string }>(
    `select relname from pg_class
      where relnamespace = 'public'::regnamespace and relkind = 'r' order by relname`,
  );
  const digests: Record<string, string> = {};
  for (const { relname } of tables) {
    // xmin and ctid too: a row that was written with the values it had is also a change.
    const { rows } = await pool.query(
      `select md5(coalesce(string_agg(t.xmin::text || t.ctid::text || t::text, '|' order by t.ctid), '')) as digest
         from "${relname}" as t`,
    );
    digests[relname] = rows[0].digest;
  }
  return digests;
}

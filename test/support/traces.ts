import pg from "pg";
import { tablesWithNeedles } from "../secrecy/search.ts";
import type { TestDatabase } from "./postgres.ts";
import { findProgram } from "./postgres-programs.ts";
import type { Major } from "./test-server.ts";

/**
 * Where somebody, or a number, still stands: every table of every schema, the catalogs and their
 * statistics included, whatever the column; and a dump. Empty: nowhere.
 *
 * @param ids UUIDs (of users or of phone keys), which are looked for in each form that a text gives
 *   them
 */
export async function tracesOf(
  database: TestDatabase,
  major: Major,
  ids: readonly string[],
): Promise<string[]> {
  const needles = ids.flatMap(formsOf);
  const dump = (await dumpOf(database, major)).toLowerCase();
  const isInDump = needles.some((needle) => dump.includes(needle.toLowerCase()));
  return [...(await tablesWithNeedles(database, needles)), ...(isInDump ? ["the dump"] : [])];
}

/** As a text, as bytes in hex, and as bytes in base64. */
function formsOf(id: string): string[] {
  const hex = id.replaceAll("-", "");
  const text = hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
  // The last of its characters depend on what follows the bytes.
  const base64 = Buffer.from(hex, "hex").toString("base64").slice(0, 21);
  return [text, hex, base64];
}

/** By pg_dump where the machine has one that is new enough; or else what it would write of the rows. */
async function dumpOf(database: TestDatabase, major: Major): Promise<string> {
  const dump = await findProgram("pg_dump", major);
  if (dump !== undefined) return dump("--dbname", database.superuserConnectionString);
  const client = new pg.Client({ connectionString: database.superuserConnectionString });
  await client.connect();
  try {
    const { rows: tables } = await client.query<{ name: string }>(
      `select c.oid::regclass::text as name
         from pg_class c join pg_namespace n on n.oid = c.relnamespace
        where c.relkind in ('r', 'p', 'm') and n.nspname !~ '^(pg_|information_schema$)'`,
    );
    const texts: string[] = [];
    for (const { name } of tables) {
      const { rows } = await client.query<{ row: string }>(`select t::text as row from ${name} t`);
      texts.push(...rows.map(({ row }) => row));
    }
    return texts.join("\n");
  } finally {
    await client.end();
  }
}

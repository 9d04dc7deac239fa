// docs/sql.md, run from top to bottom as somebody with only psql would, and held to the catalog.
import { readdir, readFile } from "node:fs/promises";
import { ERRORS } from "@contact-sync/client/errors";
import { createContactSync, migrate } from "contact-sync";
import pg from "pg";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { describePostgres, type TestDatabase } from "../support/postgres.ts";
import { codeWords, fencesOf, readDocument, sectionsOf } from "./support/markdown.ts";

const MIGRATIONS = new URL("../../database/migrations/", import.meta.url);

const DOCUMENT = await readDocument("docs/sql.md");
const SECTIONS = sectionsOf(DOCUMENT);
const BLOCKS = fencesOf(DOCUMENT).filter(({ language }) => language === "sql");

/** The functions that have a section: name, signature and callers as they are written there. */
const FUNCTIONS = SECTIONS.flatMap(({ heading, text }) => {
  const [, signature] = /^`(\w+\(.*\) → .*)`$/m.exec(text) ?? [];
  const [, callers = ""] = /^For: (.*?)\. Errors: /m.exec(text) ?? [];
  return signature === undefined ? [] : [{ name: heading, signature, callers }];
});

// pg_cron is an extension that needs a restart of the server: here its function runs the command
// once instead, which shows that the command is right.
const CRON = `
  create schema cron;
  create function cron.schedule(job_name text, schedule text, command text) returns bigint
  language plpgsql as $$ begin execute command; return 1; end $$`;

describePostgres("docs/sql.md", (server) => {
  let database: TestDatabase;
  let client: pg.Client;

  beforeAll(async () => {
    database = await server.createDatabase({ template: "supabase" });
    client = new pg.Client({
      connectionString: database.connectionString,
      // Values as PostgreSQL writes them, as psql would show them.
      types: { getTypeParser: () => (value: unknown) => value },
    });
    await client.connect();
    for (const file of (await readdir(MIGRATIONS)).sort()) {
      const text = await readFile(new URL(file, MIGRATIONS), "utf8");
      await client.query(`begin; ${text}; commit`);
    }
    await client.query(CRON);
  });
  afterAll(() => client?.end());

  describe("the blocks, in order", () => {
    test.each(BLOCKS)("line $line: $heading", async ({ code }) => {
      const [, sqlstate] = /^-- error (\w{5})$/m.exec(code) ?? [];
      if (sqlstate !== undefined) {
        await expect(client.query(code)).rejects.toMatchObject({ code: sqlstate });
        await client.query("rollback");
        return;
      }
      for (const statements of partsOf(code)) {
        const results = [await client.query({ text: statements.code, rowMode: "array" })].flat();
        const rows = results.findLast((result) => result.fields.length > 0)?.rows ?? [];
        if (statements.expected.length > 0) {
          expect(rows.map(toText)).toEqual(statements.expected.map(toPattern));
        }
      }
    });
  });

  test("what psql installed, the library opens and the runner leaves alone", async () => {
    expect(await migrate({ connectionString: database.connectionString })).toMatchObject({
      applied: [],
    });
    const contactsWithAccounts = await createContactSync({
      database: database.connectionString,
      key: null,
    });
    await contactsWithAccounts.close();
  });

  test("the linker has nothing left to do at the end", async () => {
    const { rows } = await client.query("select entries_waiting from link_pending_phones()");
    expect(rows).toEqual([{ entries_waiting: "0" }]);
  });

  test("every public function has a section", async () => {
    const { rows } = await client.query<{ name: string }>(
      `select distinct proname as name from pg_proc
        where pronamespace = 'public'::regnamespace and proname not like 'contact\\_sync\\_%'`,
    );
    const names = rows.map(({ name }) => name);
    expect(FUNCTIONS.map(({ name }) => name).sort()).toEqual(names.sort());
  });

  test.each(FUNCTIONS)("the signature of $name is the catalog's", async ({ name, signature }) => {
    const { rows } = await client.query<{
      args: string;
      result: string;
      is_set: string;
      columns: string | null;
    }>(
      `select pg_get_function_arguments(p.oid) as args, pg_get_function_result(p.oid) as result,
              p.proretset as is_set,
              (select string_agg(a.name, ', ' order by a.place)
                 from unnest(p.proargnames, p.proargmodes) with ordinality as a (name, mode, place)
                where a.mode in ('o', 't')) as columns
         from pg_proc p
        where p.proname = $1 and p.pronamespace = 'public'::regnamespace`,
      [name],
    );
    const [found] = rows as [(typeof rows)[0]];
    const given = found.args
      .split(", ")
      .filter((argument) => !argument.startsWith("OUT "))
      .map((argument) =>
        argument
          .replace("timestamp with time zone", "timestamptz")
          .replace(" DEFAULT ", " default ")
          .replace(
            / default (.*?)(::[\w\s[\]]+)?$/,
            (_, value: string) => ` default ${value.replace("NULL", "null")}`,
          ),
      );
    const result =
      found.columns === null ? found.result.replace(/^SETOF /, "of ") : `(${found.columns})`;
    expect(signature).toBe(
      `${name}(${given.join(", ")}) → ${found.is_set === "t" ? "rows " : ""}${result}`,
    );
  });

  test.each(FUNCTIONS)("who may call $name is what its section says", async ({ name, callers }) => {
    const { rows } = await client.query<Record<string, string>>(
      `select has_function_privilege('anon', p.oid, 'execute') as anon,
              has_function_privilege('authenticated', p.oid, 'execute') as authenticated,
              has_function_privilege('service_role', p.oid, 'execute') as service_role
         from pg_proc p where p.proname = $1`,
      [name],
    );
    expect(rows).toEqual([
      {
        anon: "f",
        authenticated: /owner|signed-in/.test(callers) ? "t" : "f",
        service_role: codeWords(callers).includes("service_role") ? "t" : "f",
      },
    ]);
  });

  test.each([
    "contact_sync_result",
    "contact_sync_delta_result",
    "contact_sync_changes",
    "contact_batch_item",
    "contact_sync_contact",
    "contact_sync_stats",
  ])("%s has the fields of its table", async (type) => {
    const { rows } = await client.query<{ name: string }>(
      "select attname as name from pg_attribute where attrelid = $1::regclass and attnum > 0 order by attnum",
      [type],
    );
    const { text } = SECTIONS.find(({ heading }) => heading === type) as (typeof SECTIONS)[0];
    const fields = [...text.matchAll(/^\| `(\w+)` \|/gm)].map(([, field]) => field);
    expect(fields).toEqual(rows.map(({ name }) => name));
  });
});

test("the table of faults has every code that the check knows", async () => {
  const definitions = new URL("../../database/definitions/", import.meta.url);
  const texts = await Promise.all(
    [
      "access/contact_sync_access_faults.sql",
      "access/check_contact_sync.sql",
      "functions/cluster/contact_sync_cluster_faults.sql",
    ].map((file) => readFile(new URL(file, definitions), "utf8")),
  );
  // A code stands before its severity, or is chosen by a CASE.
  const codes = texts
    .join("\n")
    .matchAll(
      /'([A-Z_]{3,})'(?=, (?:'(?:unsafe|warning|note)'|case|not |\(v_state)| else | end,|,\n)/g,
    );
  const { text } = SECTIONS.find(
    ({ heading }) => heading === "check_contact_sync",
  ) as (typeof SECTIONS)[0];
  const listed = [...text.matchAll(/^\| (`.*?`) \| /gm)].flatMap(([, row = ""]) => codeWords(row));
  expect([...listed].sort()).toEqual([...new Set([...codes].map(([, code]) => code))].sort());
});

test("the table of errors is the one table", () => {
  const { text } = SECTIONS.find(({ heading }) => heading === "Errors") as (typeof SECTIONS)[0];
  const rows = [...text.matchAll(/^\| `(YC\d+)` \| `(\w+)` \| (.*) \|$/gm)];
  const ours = Object.entries(ERRORS).filter(([, { sqlstate }]) => sqlstate !== null);
  expect(rows.map((row) => row.slice(1))).toEqual(
    ours.map(([code, { sqlstate, title }]) => [sqlstate, code, title]),
  );
});

/** Cuts a block after each run of `-- →` comments, so that each result meets its own. */
function partsOf(code: string): { code: string; expected: string[] }[] {
  const parts: { code: string; expected: string[] }[] = [{ code: "", expected: [] }];
  for (const line of code.split("\n")) {
    let part = parts.at(-1) as (typeof parts)[number];
    const [, expected] = /^-- → (.*)$/.exec(line) ?? [];
    if (expected !== undefined) part.expected.push(expected);
    else {
      if (part.expected.length > 0) {
        part = { code: "", expected: [] };
        parts.push(part);
      }
      part.code += `${line}\n`;
    }
  }
  return parts;
}

const toText = (row: unknown[]) => row.map((value) => value ?? "null").join(" | ");

/** The row as it is written, with anything for `…`. */
function toPattern(expected: string): unknown {
  const literal = expected.replace(/[\\^$.*+?()[\]{}|]/g, "\\$&").replaceAll("…", ".*");
  return expect.stringMatching(new RegExp(`^${literal}$`));
}

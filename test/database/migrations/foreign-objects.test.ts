import { readFile } from "node:fs/promises";
import { expect, test } from "vitest";
import { migrate } from "../../../src/database/migrations/migrate.ts";
import { DATABASE_FOLDER, GUARDS } from "../../../src/database/migrations/migration-files.ts";
import { readCatalog } from "../../support/catalog.ts";
import { describePostgres } from "../../support/postgres.ts";
import { useSql } from "../../support/sql.ts";

describePostgres("over objects of somebody else", (server) => {
  test.each([
    ["a table", "create table phones (id serial primary key, number text)", "phones"],
    ["a view", "create view contact_sync_stats as select 1 as one", "contact_sync_stats"],
    ["an enum", "create type contact_sync_status as enum ('ok')", "contact_sync_status"],
    ["a domain", "create domain phones as text", "phones"],
    ["a composite type", "create type contact_batch_item as (id int)", "contact_batch_item"],
    ["a sequence", "create sequence contact_sync_runs_run_id_seq", "contact_sync_runs_run_id_seq"],
    [
      "an index",
      "create table numbers (id int); create index phones_linked_user_id_idx on numbers (id)",
      "phones_linked_user_id_idx",
    ],
    [
      "a function with other arguments",
      "create function link_phone(text) returns text language sql as 'select $1'",
      "link_phone",
    ],
    [
      "a migrations table",
      "create table contact_sync_migrations (version int)",
      "contact_sync_migrations",
    ],
  ])("it refuses and changes nothing: %s", async (_, create, name) => {
    const { pool, connectionString } = await server.createDatabase({ template: "supabase" });
    await pool.query(create);
    const before = await readCatalog(pool);
    await expect(migrate({ connectionString })).rejects.toMatchObject({
      code: "NAME_TAKEN",
      message: expect.stringContaining(name),
    });
    expect(await readCatalog(pool)).toEqual(before);

    // The way out that it names.
    await migrate({ connectionString, schema: "contact_engine" });
    expect(await readCatalog(pool, "public")).toEqual(before.filter(isNoSchema));
  });

  test("it lets objects of other names be", async () => {
    const { pool, connectionString } = await server.createDatabase({ template: "supabase" });
    await pool.query("create table contact_sync_notes (phones text)");
    await pool.query("create table my_phones (id int)");
    await pool.query("grant select on contact_sync_notes to anon");
    await migrate({ connectionString });
    const { rows } = await pool.query(
      "select has_table_privilege('anon', 'contact_sync_notes', 'select') as may",
    );
    expect(rows).toEqual([{ may: true }]);
  });
});

describePostgres("the guard knows every name that the migrations create", (server) => {
  const { database, rows } = useSql(server);

  test("relations, types and functions", async () => {
    const names = await rows(`
      select case when c.relkind = 'c' then 'type' else 'relation' end as kind, relname as name
        from pg_class c
       where relnamespace = 'public'::regnamespace
         and relname !~ '^citus_'
      union all
      select 'type', typname
        from pg_type t
        join pg_class c on c.oid = t.typrelid
       where typnamespace = 'public'::regnamespace
         and typname !~ '^citus_'
      union
      select 'function', proname from pg_proc where pronamespace = 'public'::regnamespace`);
    expect(names.length).toBeGreaterThan(80);

    const guard = await readFile(new URL(GUARDS.foreignObjects, DATABASE_FOLDER), "utf8");
    const client = await database().pool.connect();
    try {
      for (const { kind, name } of names) {
        await client.query("begin");
        await client.query("create schema foreign_objects");
        await client.query("set local search_path = foreign_objects, pg_temp");
        await client.query(
          kind === "type"
            ? `create type ${name} as enum ()`
            : kind === "function"
              ? `create function ${name}(money) returns money language sql as 'select $1'`
              : `create sequence ${name}`,
        );
        const refusal = await client.query(guard).then(
          () => "no refusal",
          (error) => error.message,
        );
        expect([name, refusal]).toEqual([
          name,
          expect.stringMatching(new RegExp(`^NAME_TAKEN: .*${kind} foreign_objects\\.${name}\\b`)),
        ]);
        await client.query("rollback");
      }
    } finally {
      client.release(true);
    }
  });
});

const isNoSchema = (line: string) => !/^schema (?!public)/.test(line);

import pg from "pg";
import { expect, test } from "vitest";
import { migrate, migrateFrom } from "../../../src/database/migrations/migrate.ts";
import { migrationNames } from "../../../src/database/migrations/migration-files.ts";
import { readCatalog } from "../../support/catalog.ts";
import { describePostgres } from "../../support/postgres.ts";
import { query } from "../../support/query.ts";
import { copyDatabase } from "./support/copy-database.ts";

describePostgres("a migration that fails half-way", (server) => {
  test.each(["public", "contact_engine"])("leaves nothing in %s", async (schema) => {
    const { pool, connectionString, superuserConnectionString } = await server.createDatabase({
      template: "supabase",
    });
    const before = await readCatalog(pool);

    // Late: views come in the third and in the last migration.
    await query(
      superuserConnectionString,
      `create function public.refuse() returns event_trigger language plpgsql as $$
       begin
         if exists (select from pg_class where relname = 'contact_sync_stats') then
           raise exception 'the disk is full';
         end if;
       end $$;
       create event trigger refuse on ddl_command_start when tag in ('CREATE VIEW')
         execute function public.refuse()`,
    );
    await expect(migrate({ connectionString, schema })).rejects.toMatchObject({ code: "INTERNAL" });
    await query(
      superuserConnectionString,
      "drop event trigger refuse; drop function public.refuse()",
    );
    expect(await readCatalog(pool)).toEqual(before);

    expect((await migrate({ connectionString, schema })).applied).toEqual(await migrationNames());
  });

  test("is named, with what stands in its way", async () => {
    const { pool, connectionString } = await server.createDatabase({ template: "supabase" });
    await migrate({ connectionString });
    await pool.query("create view app_status as select * from get_sync_status(null)");
    const copy = await copyDatabase();
    try {
      const name = "018_more";
      await copy.write(
        `migrations/${name}.sql`,
        "set local search_path = public, pg_temp;\ndrop function get_sync_status(uuid);\n",
      );
      await expect(migrateFrom(copy.folder, { connectionString })).rejects.toMatchObject({
        message: expect.stringMatching(
          /migration 018_more failed.*nothing was changed.*app_status/,
        ),
      });
    } finally {
      await copy.remove();
    }
  });

  test("nor does one whose connection is cut", async () => {
    const { pool, connectionString } = await server.createDatabase({ template: "supabase" });
    const before = await readCatalog(pool);

    // Held up by the lock on what it is about to change, and then ended.
    const holder = new pg.Client({ connectionString });
    await holder.connect();
    await holder.query("begin");
    await holder.query("create table contact_sync_seal ()");
    const migrating = expect(migrate({ connectionString })).rejects.toMatchObject({
      code: "DATABASE_UNAVAILABLE",
    });
    await expect
      .poll(async () => {
        const { rows } = await pool.query(
          `select pg_terminate_backend(pid) from pg_stat_activity
            where datname = current_database() and wait_event_type = 'Lock'`,
        );
        return rows.length;
      })
      .toBe(1);
    await migrating;
    await holder.query("rollback");
    await holder.end();
    expect(await readCatalog(pool)).toEqual(before);
    expect((await migrate({ connectionString })).applied).toEqual(await migrationNames());
  });
});

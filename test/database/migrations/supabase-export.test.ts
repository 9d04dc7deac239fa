import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { migrate } from "../../../src/database/migrations/migrate.ts";
import { migrationNames } from "../../../src/database/migrations/migration-files.ts";
import { readMigrationStatus } from "../../../src/database/migrations/migration-status.ts";
import { exportForSupabase } from "../../../src/database/migrations/supabase-export.ts";
import { readCatalog } from "../../support/catalog.ts";
import { describePostgres } from "../../support/postgres.ts";

describePostgres("the migrations as files for Supabase", (server) => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "contact-sync-export-"));
  });
  afterEach(async () => {
    await rm(folder, { recursive: true });
  });

  const readAll = async (directory: string) => {
    const files = (await readdir(directory)).sort();
    return Promise.all(
      files.map(async (file) => [file, await readFile(join(directory, file), "utf8")] as const),
    );
  };

  test("are the same files each time", async () => {
    const directory = join(folder, "supabase", "migrations"); // created
    const { files } = await exportForSupabase(directory);
    const first = await readAll(directory);
    expect(first.map(([file]) => file)).toEqual(files);
    for (const file of files) expect(file).toMatch(/^\d{14}_contact_sync_[a-z_]+\.sql$/);

    expect(await exportForSupabase(directory)).toEqual({ files });
    expect(await readAll(directory)).toEqual(first);
  });

  test.each([
    "public",
    "contact_engine",
  ])("applied in order make what migrate makes, in %s", async (schema) => {
    await exportForSupabase(folder, { schema });
    const { pool, connectionString } = await server.createDatabase({ template: "supabase" });
    // As psql and the Supabase CLI send a file: all of its statements at once.
    for (const [, text] of await readAll(folder)) await pool.query(text);

    const names = await migrationNames();
    expect(await readMigrationStatus(pool, schema)).toEqual({
      applied: names,
      pending: [],
      unknown: [],
    });
    const exported = await readCatalog(pool, schema);
    expect(await migrate({ connectionString, schema })).toMatchObject({ applied: [] });
    expect(await readCatalog(pool, schema)).toEqual(exported);

    const migrated = await server.createDatabase({ template: "supabase" });
    await migrate({ connectionString: migrated.connectionString, schema });
    expect(exported).toEqual(await readCatalog(migrated.pool, schema));
  });

  test("give anon nothing, whatever the role's default privileges", async () => {
    await exportForSupabase(folder);
    const { pool } = await server.createDatabase({ template: "supabase" });
    for (const [, text] of await readAll(folder)) {
      await pool.query(text);
      // Nor in between, should the next file fail.
      const { rows } = await pool.query(
        `select relname from pg_class
          where relnamespace = 'public'::regnamespace
            and case when relkind = 'S' then has_sequence_privilege('anon', oid, 'usage, select, update')
                     when relkind in ('r', 'v') then has_table_privilege('anon', oid, 'select, insert, update, delete, truncate')
                end
         union all
         select proname from pg_proc
          where pronamespace = 'public'::regnamespace and has_function_privilege('anon', oid, 'execute')`,
      );
      expect(rows).toEqual([]);
    }
  });
});

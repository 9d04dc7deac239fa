import { appendFile, mkdtemp, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { migrate } from "../../../src/database/migrations/migrate.ts";
import { migrationNames } from "../../../src/database/migrations/migration-files.ts";
import { readMigrationStatus } from "../../../src/database/migrations/migration-status.ts";
import { exportForSupabase, exportFrom } from "../../../src/database/migrations/supabase-export.ts";
import { readCatalog } from "../../support/catalog.ts";
import { describePostgres } from "../../support/postgres.ts";
import { copyDatabase, type DatabaseCopy } from "./support/copy-database.ts";

describePostgres("the migrations as files for Supabase", (server) => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "contact-sync-export-"));
  });
  afterEach(async () => {
    await rm(folder, { recursive: true });
  });

  const readAll = async (from: string) => {
    const files = (await readdir(from)).sort();
    return Promise.all(
      files.map(async (file) => [file, await readFile(join(from, file), "utf8")] as const),
    );
  };
  const now = () => new Date("2027-03-04T15:16:17Z");

  // As if nothing had been released.
  let copy: DatabaseCopy;
  beforeAll(async () => {
    copy = await copyDatabase();
    await copy.write("releases.json", "[]");
  });
  afterAll(() => copy.remove());

  test("are written once, dated by the day", async () => {
    const migrations = join(folder, "supabase", "migrations"); // created
    const { files } = await exportFrom(copy.folder, migrations, { now });
    const names = await migrationNames();
    expect(files).toEqual(
      names.map((name) => `20270304000${name.slice(0, 3)}_contact_sync_${name.slice(4)}.sql`),
    );
    const first = await readAll(migrations);
    expect(first.map(([file]) => file)).toEqual(files);

    const later = { now: () => new Date("2027-09-09") };
    const again = { files: [], kept: files, differing: [] };
    expect(await exportFrom(copy.folder, migrations, later)).toEqual(again);
    expect(await readAll(migrations)).toEqual(first);
  });

  test.each([
    ["20270304120000_app.sql", "20270304120001"],
    ["20271231235959_app.sql", "20280101000000"],
    ["20279999999999_app.sql", "20280000000000"], // no date, and still the newest
    ["20260101000000_app.sql", "20270304000012"],
    ["seed.sql", "20270304000012"],
  ])("come behind what is there: %s", async (newest, expected) => {
    await writeFile(join(folder, "20250101000000_older.sql"), "");
    await writeFile(join(folder, newest), "select 1;");
    const { files } = await exportFrom(copy.folder, folder, { now });
    expect(files[0]).toBe(`${expected}_contact_sync_create_phones.sql`);
    expect(files).toEqual([...files].sort());
    expect(new Set(files.map((file) => file.slice(0, 14))).size).toBe(files.length);
    expect(await readFile(join(folder, newest), "utf8")).toBe("select 1;");
  });

  test("refuse what is no folder, by its name", async () => {
    const file = join(folder, "file");
    await writeFile(file, "");
    for (const wrong of [file, join(file, "below"), " "]) {
      await expect(exportForSupabase(wrong)).rejects.toMatchObject({
        code: "INVALID_ARGUMENT",
        message: expect.stringContaining(JSON.stringify(wrong)),
      });
    }
  });

  test("leave alone what the folder has under another timestamp, and say what is another text", async () => {
    const { files } = await exportFrom(copy.folder, folder, { now });
    const [first = "", second = "", ...rest] = files;
    const moved = `20250505050505${first.slice(14)}`;
    await rename(join(folder, first), join(folder, moved));
    await writeFile(join(folder, second), "-- what it was before its release\n");
    await rm(join(folder, rest.at(-1) as string));
    const [third = ""] = rest;
    await appendFile(join(folder, third), "drop table phones;\n");
    const before = await readAll(folder);

    const outcome = await exportFrom(copy.folder, folder, { now: () => new Date("2028-01-01") });
    const number = (await migrationNames(copy.folder)).at(-1)?.slice(0, 3);
    expect(outcome).toEqual({
      files: [`20280101000${number}${rest.at(-1)?.slice(14)}`],
      kept: [moved, second, ...rest.slice(0, -1)],
      differing: [second, third],
    });
    expect(await readAll(folder)).toEqual(expect.arrayContaining(before));

    const elsewhere = await exportFrom(copy.folder, folder, { now, schema: "contact_engine" });
    expect(elsewhere.differing).toEqual(elsewhere.kept);
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

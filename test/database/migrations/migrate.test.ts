import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { migrate } from "../../../src/database/migrations/migrate.ts";
import { migrationNames } from "../../../src/database/migrations/migration-files.ts";
import { readCatalog } from "../../support/catalog.ts";
import { describePostgres, type TestDatabase } from "../../support/postgres.ts";
import { newPhones, newUser } from "../../support/sql.ts";

const LOADER = new URL("../../support/typescript.js", import.meta.url).href;
const MIGRATE = new URL("../../../src/database/migrations/migrate.ts", import.meta.url).href;
const ROOT = fileURLToPath(new URL("../../../", import.meta.url));

describePostgres("migrate", (server) => {
  const sync = ({ pool }: TestDatabase, schema: string) =>
    pool.query(`select * from "${schema}".sync_user_contacts($1, $2, 2)`, [
      newUser(),
      newPhones(2),
    ]);
  const recorded = async ({ pool }: TestDatabase, schema = "public") =>
    (await pool.query(`select name from "${schema}".contact_sync_migrations order by id`)).rows.map(
      ({ name }) => name,
    );

  test.each(["plain", "supabase"] as const)("brings a %s database up, once", async (template) => {
    const database = await server.createDatabase({ template });
    const { connectionString } = database;
    const names = await migrationNames();
    const lines: string[] = [];

    const first = await migrate({ connectionString, log: (line) => lines.push(line) });
    expect(first.applied).toEqual(names);
    expect(lines).toEqual(names.map((name) => `applied ${name}`));
    expect((await sync(database, "public")).rows).toMatchObject([{ contacts_inserted: 2 }]);

    const before = await readCatalog(database.pool);
    expect(await migrate({ connectionString })).toMatchObject({ applied: [] });
    expect(await readCatalog(database.pool)).toEqual(before);
    expect(await recorded(database)).toEqual(names);
  });

  test("on Supabase, leaves its own record to nobody else", async () => {
    const { pool, connectionString } = await server.createDatabase({ template: "supabase" });
    await migrate({ connectionString });
    for (const role of ["anon", "authenticated"]) {
      const { rows } = await pool.query(
        `select has_table_privilege($1, 'contact_sync_migrations', 'select, insert, update, delete, truncate')
             or has_sequence_privilege($1, 'contact_sync_migrations_id_seq', 'usage, select, update') as is_held`,
        [role],
      );
      expect(rows).toEqual([{ is_held: false }]);
    }
  });

  test("tells PostgREST to read the schema anew, where it is", async () => {
    for (const template of ["supabase", "plain"] as const) {
      const { pool, connectionString } = await server.createDatabase({ template });
      const listener = await pool.connect();
      const heard: unknown[] = [];
      listener.on("notification", ({ channel, payload }) => heard.push([channel, payload]));
      await listener.query("listen pgrst");
      await migrate({ connectionString });
      await listener.query("select 1"); // what was sent comes before its answer
      listener.release(true);
      expect(heard).toEqual(template === "supabase" ? [["pgrst", "reload schema"]] : []);
    }
  });

  test("installs into schemas side by side, which know nothing of each other", async () => {
    const database = await server.createDatabase({ template: "supabase" });
    const { connectionString, pool } = database;
    // The last ones need quoting, and are words of SQL.
    const schemas = ["public", "contact_engine", "MixedCase", "order"];
    for (const schema of schemas) await migrate({ connectionString, schema });

    for (const schema of schemas) {
      const [hash] = newPhones(1);
      const [owner, friend] = [newUser(), newUser()];
      await pool.query(`select "${schema}".link_phone($1, $2)`, [hash, friend]);
      const results = await Promise.all(
        schemas.map(async (other) => {
          const { rows } = await pool.query(
            `select matched_contacts from "${other}".sync_user_contacts($1, $2, 1)`,
            [owner, [hash]],
          );
          return [other, rows[0].matched_contacts];
        }),
      );
      expect(results).toEqual(schemas.map((other) => [other, other === schema ? 1 : 0]));
      const { rows } = await pool.query(`select total_syncs from "${schema}".contact_sync_stats`);
      expect(rows).toHaveLength(1);
    }

    // They are the same, but for their names.
    const inPublic = await readCatalog(pool, "public");
    for (const schema of schemas.slice(1)) {
      const found = await readCatalog(pool, schema);
      expect(found.filter(isDefinition).map((line) => withoutSchema(line, schema))).toEqual(
        inPublic.filter(isDefinition).map((line) => withoutSchema(line, "public")),
      );
    }
  });

  test("twenty at once, two of them from other processes, apply each migration once", async () => {
    const database = await server.createDatabase({ template: "supabase" });
    const { connectionString } = database;
    const schema = "contact_engine"; // to be created by whoever comes first
    const elsewhere = async () => {
      const script = `import { migrate } from ${JSON.stringify(MIGRATE)};
        console.log(JSON.stringify(await migrate(${JSON.stringify({ connectionString, schema })})));`;
      const { stdout } = await promisify(execFile)(
        process.execPath,
        ["--import", LOADER, "--input-type=module", "--eval", script],
        { cwd: ROOT },
      );
      return JSON.parse(stdout) as { applied: string[] };
    };
    const here = () => migrate({ connectionString, schema });
    const outcomes = await Promise.all([
      ...Array.from({ length: 9 }, here),
      elsewhere(),
      elsewhere(),
      ...Array.from({ length: 9 }, here),
    ]);

    const names = await migrationNames();
    expect(outcomes.map(({ applied }) => applied).filter(({ length }) => length > 0)).toEqual([
      names,
    ]);
    expect(await recorded(database, schema)).toEqual(names);
    expect((await sync(database, schema)).rows).toMatchObject([{ contacts_inserted: 2 }]);
  });

  test.each([
    "",
    "a b",
    'x"; drop schema public; --',
    "pg_mine",
    "1st",
    "information_schema",
  ])("refuses to install into a schema named <%s>", async (schema) => {
    const { connectionString } = await server.createDatabase({ template: "supabase" });
    await expect(migrate({ connectionString, schema })).rejects.toMatchObject({
      code: "INVALID_ARGUMENT",
    });
  });

  test("says that the server is away", async () => {
    const connectionString = "postgresql://postgres@/postgres?host=/nowhere&port=1";
    await expect(migrate({ connectionString })).rejects.toMatchObject({
      code: "DATABASE_UNAVAILABLE",
    });
  });
});

const isDefinition = (line: string) => !line.startsWith("schema ");

const withoutSchema = (line: string, schema: string) =>
  line
    .replaceAll(`"${schema}"`, "S")
    .replace(`search_path TO '${schema}'`, "search_path TO S")
    .replaceAll(new RegExp(`\\b${schema}(?=\\.)`, "g"), "S")
    .replaceAll("S.", "")
    // rights: the default ones are for public alone
    .replaceAll(/ ?\{[^{}]*=[^{}]*\}/g, "");

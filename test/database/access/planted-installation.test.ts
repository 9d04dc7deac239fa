import { describe, expect, test } from "vitest";
import { migrationNames } from "../../../src/database/migrations/migration-files.ts";
import { migrate } from "../../../src/index.ts";
import { environmentOf, runCli } from "../../cli/support/run-cli.ts";
import { createLogin, type Login } from "../../support/login.ts";
import { openContactSync } from "../../support/open-contact-sync.ts";
import { describePostgres, type TestDatabase } from "../../support/postgres.ts";
import { query } from "../../support/query.ts";

/**
 * Where somebody may create objects and nothing is installed, they can plant what looks like an
 * installation. Nothing of it may run in the session of whoever migrates, looks or serves.
 */
describePostgres("what looks like an installation and is a stranger's", (server) => {
  const NAMES = ["apply_contact_sync_grants", "check_contact_sync", "contact_sync_access_faults"];

  async function plant(record: (names: readonly string[]) => string) {
    const database = await server.createDatabase({ template: "plain" });
    const as = database.superuserConnectionString;
    const stranger = await createLogin(database);
    await query(as, "grant create on schema public to public");
    await query(
      stranger.connectionString,
      `create table loot (what text);
       grant all on loot to public;
       create function steal() returns text language plpgsql volatile as $$
       begin
         insert into public.loot values (current_user);
         return '012_create_phones';
       end $$;
       create table phones (id integer);
       ${NAMES.map((name) => `create function ${name}() returns text language sql volatile as 'select public.steal()';`).join("\n")}
       ${record(await migrationNames())}
       grant select on contact_sync_migrations to public;`,
    );
    return { database, as, stranger };
  }

  const asTable = (names: readonly string[]) => `
    create table contact_sync_migrations (id serial, name text, run_on timestamptz default now());
    insert into contact_sync_migrations (name) values ${names.map((name) => `('${name}')`).join(", ")};`;
  const asView = () =>
    "create view contact_sync_migrations as select 1 as id, steal() as name, now() as run_on;";

  /** Everything that reads an installation first. */
  const WAYS: Record<string, (database: TestDatabase, as: string) => Promise<unknown>> = {
    migrate: (_, as) => migrate({ connectionString: as }),
    "migrate status": (database, as) => cli(database, as, "migrate", "status"),
    doctor: (database, as) => cli(database, as, "doctor"),
    "doctor --fix": (database, as) => cli(database, as, "doctor", "--fix"),
    "the library": (database) => openContactSync(database),
  };

  async function cli(database: TestDatabase, as: string, ...args: string[]) {
    const environment = { ...environmentOf(database), DATABASE_URL: as };
    const { code, stderr, stdout } = await runCli([...args, "--json"], { environment });
    if (code !== 0) throw Object.assign(new Error(stderr), JSON.parse(stdout || stderr));
  }

  describe.each([
    ["a table", asTable, "UNSAFE_DATABASE"],
    ["a view that runs a function", asView, "NAME_TAKEN"],
  ] as const)("with %s for a record", (_, record, expected) => {
    test.each(Object.entries(WAYS))("is refused by %s, and runs for nobody", async (_, way) => {
      const { database, as } = await plant(record);
      await expect(way(database, as)).rejects.toMatchObject({ code: expected });
      // Also once nobody may create objects there any more.
      await query(as, "revoke create on schema public from public");
      await expect(way(database, as)).rejects.toMatchObject({ code: expected });
      expect(await query(as, "select what from loot")).toEqual([]);
    });
  });

  test("does not run for the database's owner, who is no superuser, either", async () => {
    const { database, as } = await plant(asTable);
    const owner: Login = await createLogin(database);
    const [{ name }] = (await query(as, "select current_database() as name")) as [{ name: string }];
    await query(as, `alter database "${name}" owner to ${owner.name}`);
    await expect(migrate({ connectionString: owner.connectionString })).rejects.toMatchObject({
      code: "UNSAFE_DATABASE",
    });
    expect(await query(as, "select what from loot")).toEqual([]);
  });

  test("is told from one whose owner was given the schema by name", async () => {
    const database = await server.createDatabase({ template: "plain" });
    const app = await createLogin(database);
    await query(database.superuserConnectionString, `grant create on schema public to ${app.name}`);
    await migrate({ connectionString: app.connectionString });
    expect(await migrate({ connectionString: app.connectionString })).toMatchObject({
      applied: [],
    });
    // A superuser lends nobody's functions its rights.
    await expect(
      migrate({ connectionString: database.superuserConnectionString }),
    ).rejects.toMatchObject({ code: "UNSAFE_DATABASE" });
  });
});

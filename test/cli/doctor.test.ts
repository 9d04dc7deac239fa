import { randomUUID } from "node:crypto";
import { expect, test } from "vitest";
import type { Fault } from "../../src/index.ts";
import { migrate } from "../../src/index.ts";
import { createLogin } from "../support/login.ts";
import { openContactSync, TEST_KEY } from "../support/open-contact-sync.ts";
import { describePostgres, type TestDatabase } from "../support/postgres.ts";
import { query } from "../support/query.ts";
import { numbers } from "../support/use-contact-sync.ts";
import { type CliOptions, environmentOf, runCli } from "./support/run-cli.ts";

const GRANT_ALL = `
  grant all on all tables in schema public to anon, authenticated;
  grant all on all sequences in schema public to anon, authenticated;
  grant all on all routines in schema public to anon, authenticated`;

describePostgres("contact-sync doctor", (server) => {
  const on =
    (database: TestDatabase) =>
    (args: string[], options: CliOptions = {}) =>
      runCli(args, { environment: environmentOf(database), ...options });
  const found = (stdout: string): Fault[] => JSON.parse(stdout).faults;
  const severe = (stdout: string) =>
    found(stdout)
      .filter(({ severity }) => severity !== "note")
      .map(({ code }) => code);

  test("of a healthy database says so, and what is worth knowing", async () => {
    const cli = on(await server.createDatabase());
    const plain = await cli(["doctor"]);
    expect(plain).toMatchObject({ code: 0, stderr: "" });
    expect(plain.stdout).toMatch(/^note .*DEFAULT_PRIVILEGES/m);
    expect(plain.stdout).toMatch(/\nSchema "public" is healthy: \d+ notes\.\n$/);
    const json = await cli(["doctor", "--json"]);
    expect(severe(json.stdout)).toEqual([]);
    expect(JSON.parse(json.stdout)).toMatchObject({ schema: "public" });
    const again = await cli(["doctor", "--fix", "--json"]);
    expect(JSON.parse(again.stdout)).toMatchObject({ fixed: [], failed: [] });
  });

  test("after a GRANT ALL lists it, nothing opens, and --fix mends it with each statement shown", async () => {
    const database = await server.createDatabase();
    const cli = on(database);
    await (await openContactSync(database)).syncContacts(randomUUID(), numbers(3), 3);
    await database.pool.query(GRANT_ALL);

    const listed = await cli(["doctor"]);
    expect(listed.code).toBe(3);
    expect(listed.stdout).toMatch(/^unsafe {3}GRANTED_TO_OTHERS {2}public\.\S+: anon may/m);
    expect(listed.stdout).toMatch(/… and \d+ more of this kind/);
    expect(listed.stdout).toMatch(/contact-sync doctor --fix mends \d+ faults\.\n$/);

    const refused = await cli(["stats"]);
    expect(refused.code).toBe(1);
    expect(refused.stderr).toMatch(/^UNSAFE_DATABASE: .*anon may .*and \d+ more.*doctor --fix/);
    const service = await cli(["serve"]);
    expect(service.code).toBe(1);
    expect(service.stderr).toMatch(/^UNSAFE_DATABASE: /);
    await expect(openContactSync(database)).rejects.toMatchObject({
      code: "UNSAFE_DATABASE",
      details: {
        faults: expect.arrayContaining([expect.objectContaining({ severity: "unsafe" })]),
      },
    });

    const fixed = await cli(["doctor", "--fix"]);
    expect(fixed.code).toBe(0);
    expect(fixed.stdout).toContain(
      "fix      revoke all on table public.phones from anon, authenticated cascade;\n",
    );
    expect(fixed.stdout).toContain(" to authenticated;\n"); // what is theirs is given again
    expect(await cli(["stats"])).toMatchObject({ code: 0 });
    expect(await cli(["doctor"])).toMatchObject({ code: 0 });
  });

  test("as a back end lists the faults and says who can mend them", async () => {
    const database = await server.createDatabase();
    await database.pool.query("grant select on phones to anon");
    const { connectionString } = await createLogin(database, "in role service_role");
    const cli = on({ ...database, connectionString });
    const listed = await cli(["doctor"]);
    expect(listed.code).toBe(3);
    expect(listed.stdout).toMatch(
      /Only postgres, the tables' owner, can fix them: run it as postgres\.\n$/,
    );
    const tried = await cli(["doctor", "--fix"]);
    expect(tried.code).toBe(3);
    expect(tried.stdout).not.toMatch(/^fix /m);
    expect(tried.stdout).toMatch(/unsafe {3}GRANTED_TO_OTHERS/);
  });

  test("in a schema where others may create, mends what everybody may, and leaves the rest to people", async () => {
    const database = await server.createDatabase();
    const { name } = await createLogin(database);
    const { superuserConnectionString } = database;
    await query(superuserConnectionString, `grant create on schema public to public, ${name}`);
    const cli = on(database);
    const fixed = await cli(["doctor", "--fix"]);
    expect(fixed.code).toBe(3);
    expect(fixed.stdout).toContain("fix      revoke create on schema public from PUBLIC;\n");
    expect(fixed.stdout).toContain(`by hand: revoke create on schema public from ${name};\n`);
    expect((await cli(["stats"])).stderr).toMatch(/^UNSAFE_DATABASE: /);
    await query(superuserConnectionString, `revoke create on schema public from ${name}`);
    expect(await cli(["stats"])).toMatchObject({ code: 0 });
  });

  test("of a database without migrations, or with some of them, names what is missing", async () => {
    const database = await server.createDatabase({ template: "supabase" });
    const cli = on(database);
    const bare = await cli(["doctor"]);
    expect(bare.code).toBe(3);
    expect(bare.stdout).toMatch(/^warning {2}MIGRATION_PENDING {2}schema public: it lacks 012_/);
    expect(bare.stdout).toContain("Run `contact-sync migrate`");

    await cli(["migrate"]);
    await database.pool.query("delete from contact_sync_migrations where name like '017%'");
    await database.pool.query(
      "drop function contact_sync_keep_answer, contact_sync_claim_answer, contact_sync_renew_claims, contact_sync_find_matches",
    );
    await database.pool.query("drop table contact_sync_answers");
    expect(severe((await cli(["doctor", "--json"])).stdout)).toEqual(
      expect.arrayContaining(["MIGRATION_PENDING", "OBJECT_MISSING"]),
    );
    expect(await cli(["migrate"])).toMatchObject({ code: 0 });
    expect(await cli(["doctor"])).toMatchObject({ code: 0 });
    await database.pool.query(
      "insert into contact_sync_migrations (name, run_on) values ('999_tomorrow', now())",
    );
    expect(severe((await cli(["doctor", "--json"])).stdout)).toEqual(["MIGRATION_UNKNOWN"]);
  });

  test("mends a schema that was renamed, whose functions look into one that is gone", async () => {
    const database = await server.createDatabase({ template: "supabase" });
    await migrate({ connectionString: database.connectionString, schema: "Books" });
    await database.pool.query('alter schema "Books" rename to library');
    const environment = { ...environmentOf(database), CONTACT_SYNC_SCHEMA: "library" };
    const cli = (args: string[]) => runCli(args, { environment });
    expect((await cli(["stats"])).code).toBe(1);
    expect(severe((await cli(["doctor", "--json"])).stdout)).toContain("SEARCH_PATH");
    const fixed = await cli(["doctor", "--fix"]);
    expect(fixed).toMatchObject({ code: 0 });
    expect(fixed.stdout).toMatch(/is healthy/);
    expect(await cli(["stats"])).toMatchObject({ code: 0 });
  });

  test("compares the key with the one that the database was sealed with", async () => {
    const sealed = await server.createDatabase();
    await openContactSync(sealed);
    const unsealed = await server.createDatabase();
    await openContactSync(unsealed, { key: null });
    const codes = async ({ connectionString }: TestDatabase, key: string | undefined) => {
      const environment = {
        DATABASE_URL: connectionString,
        ...(key === undefined ? {} : { CONTACT_SYNC_KEY: key }),
      };
      const { stdout } = await runCli(["doctor", "--json"], { environment });
      return found(stdout).map(({ severity, code }) => `${severity} ${code}`);
    };
    expect(await codes(sealed, TEST_KEY)).not.toContainEqual(expect.stringContaining("KEY"));
    expect(await codes(sealed, "60".repeat(32))).toContain("warning KEY_MISMATCH");
    expect(await codes(sealed, undefined)).toContain("note KEY_NOT_COMPARED");
    expect(await codes(unsealed, TEST_KEY)).toContain("unsafe UNSEALED_WITH_KEY");
    expect(await codes(unsealed, undefined)).toContain("note UNSEALED");
  });
});

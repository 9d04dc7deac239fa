import { expect, test } from "vitest";
import { migrate } from "../../../src/database/migrations/migrate.ts";
import { migrationNames } from "../../../src/database/migrations/migration-files.ts";
import { readCatalog } from "../../support/catalog.ts";
import { faultNames, readAllFaults } from "../../support/faults.ts";
import { createLogin } from "../../support/login.ts";
import { describePostgres, type TestDatabase } from "../../support/postgres.ts";
import { query } from "../../support/query.ts";
import { runEach } from "../../support/statements.ts";

describePostgres("migrate", (server) => {
  const openUp = ({ connectionString }: TestDatabase) =>
    runEach(
      connectionString,
      `grant all on all tables in schema public to anon, authenticated;
       grant all on all routines in schema public to public;
       alter table phones disable row level security`,
    );

  test("with nothing pending sets rights to what they should be", async () => {
    const database = await server.createDatabase();
    const before = await readCatalog(database.pool);
    await openUp(database);
    const { applied, faults } = await migrate({ connectionString: database.connectionString });
    expect(applied).toEqual([]);
    expect(faultNames(faults)).toEqual([]);
    expect(await readCatalog(database.pool)).toEqual(before);
  });

  test("also for a superuser, while somebody's transaction holds the tables", async () => {
    const database = await server.createDatabase();
    await database.pool.query("grant select on phones to anon");
    const client = await database.pool.connect();
    await client.query("begin; select from phones; select from contacts_with_accounts");
    const { faults } = await migrate({ connectionString: database.superuserConnectionString });
    await client.query("rollback");
    client.release();
    expect(faultNames(faults)).toEqual([]);
  });

  test("as somebody who is not the owner changes nothing, and tells what is wrong", async () => {
    const database = await server.createDatabase();
    await openUp(database);
    const before = await readCatalog(database.pool);
    const { connectionString } = await createLogin(database, "in role service_role");
    const { applied, faults } = await migrate({ connectionString });
    expect(applied).toEqual([]);
    expect(faultNames(faults)).toContain("unsafe ROW_SECURITY_OFF public.phones");
    expect(await readCatalog(database.pool)).toEqual(before);
  });

  test("as a superuser adds to what belongs to the owner, in the owner's name", async () => {
    const database = await server.createDatabase();
    await database.pool.query(
      `delete from contact_sync_migrations where name like '017%';
       drop function contact_sync_claim_answer, contact_sync_renew_claims, contact_sync_keep_answer, contact_sync_find_matches;
       drop table contact_sync_answers`,
    );
    const { applied, faults } = await migrate({
      connectionString: database.superuserConnectionString,
    });
    expect(applied).toEqual((await migrationNames()).filter((name) => name.startsWith("017")));
    expect(faultNames(faults)).toEqual([]);
  });

  test.each([
    ["everybody", "public"],
    ["a stranger", undefined],
  ])("refuses a schema in which %s may create, before anything is changed", async (_, grantee) => {
    const database = await server.createDatabase({ template: "supabase" });
    const { connectionString, superuserConnectionString, pool } = database;
    const stranger = grantee ?? (await createLogin(database)).name;
    await query(superuserConnectionString, `grant create on schema public to ${stranger}`);
    const before = await readCatalog(pool);
    await expect(migrate({ connectionString })).rejects.toMatchObject({
      code: "UNSAFE_DATABASE",
      message: expect.stringContaining(
        `revoke create on schema public from ${grantee === undefined ? stranger : "PUBLIC"}`,
      ),
    });
    expect(await readCatalog(pool)).toEqual(before);

    // The two ways out that it names.
    await migrate({ connectionString, schema: "contact_engine" });
    await query(superuserConnectionString, `revoke create on schema public from ${stranger}`);
    expect(faultNames((await migrate({ connectionString })).faults)).toEqual([]);
  });

  test("refuses to add to an installation whose schema was opened since", async () => {
    const { connectionString, superuserConnectionString, pool } = await server.createDatabase();
    await pool.query("delete from contact_sync_migrations where name like '017%'");
    await query(superuserConnectionString, "grant create on schema public to public");
    await expect(migrate({ connectionString })).rejects.toMatchObject({ code: "UNSAFE_DATABASE" });
  });

  test("does not run what somebody planted before they were found out", async () => {
    const database = await server.createDatabase({ template: "supabase" });
    const { name, connectionString: strangers } = await createLogin(database);
    await query(database.superuserConnectionString, `grant create on schema public to ${name}`);
    await query(
      strangers,
      `create table public.caught (who text); grant all on public.caught to public;
       create function public.aclexplode(acl aclitem[], out grantor oid, out grantee oid, out privilege_type text, out is_grantable boolean)
         returns setof record language plpgsql as
         'begin insert into public.caught values (current_user); return; end';
       create function public.quote_ident(name) returns text language plpgsql as
         'begin insert into public.caught values (current_user); return $1::text; end';
       create function public.format(text, text, name) returns text language plpgsql as
         'begin insert into public.caught values (current_user); return $1; end';
       create function public.same(oid, integer) returns boolean language plpgsql as
         'begin insert into public.caught values (current_user); return false; end';
       create operator public.= (leftarg = oid, rightarg = integer, function = public.same);
       create operator public.<> (leftarg = oid, rightarg = integer, function = public.same)`,
    );
    await query(
      database.superuserConnectionString,
      // service_role's is looked at, and is a warning.
      `revoke create on schema public from ${name}; grant create on schema public to service_role`,
    );
    const { faults } = await migrate({ connectionString: database.superuserConnectionString });
    expect(faultNames(faults)).toEqual(
      expect.arrayContaining([
        "unsafe PLANTED public.<>(oid, integer)",
        "unsafe PLANTED public.=(oid, integer)",
        "unsafe PLANTED public.aclexplode(aclitem[])",
        "unsafe PLANTED public.format(text, text, name)",
        "unsafe PLANTED public.quote_ident(name)",
      ]),
    );
    await readAllFaults(database);
    expect(await query(database.superuserConnectionString, "select * from caught")).toEqual([]);
  });
});

import { randomUUID } from "node:crypto";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { environmentOf, runCli } from "../../cli/support/run-cli.ts";
import { faultNames, readAllFaults } from "../../support/faults.ts";
import { openContactSync } from "../../support/open-contact-sync.ts";
import { describePostgres, type TestDatabase } from "../../support/postgres.ts";
import { findProgram } from "../../support/postgres-programs.ts";
import { type ApiRole, withRole } from "../../support/roles.ts";
import { newUser } from "../../support/sql.ts";
import { numberOf, numbers } from "../../support/use-contact-sync.ts";

/**
 * What a dump without privileges, restored where default privileges give all to everybody, makes of
 * rights: none of ours are left, and everything is anon's.
 */
const LOSE_PRIVILEGES = `
  do $$
  declare
    v_object text;
  begin
    for v_object in
      select format('table public.%I', relname) from pg_class where relnamespace = 'public'::regnamespace and relkind in ('r', 'v')
      union all
      select format('sequence public.%I', relname) from pg_class where relnamespace = 'public'::regnamespace and relkind = 'S'
      union all
      select format('function %s', oid::regprocedure) from pg_proc where pronamespace = 'public'::regnamespace
    loop
      execute format('revoke all on %s from public, anon, authenticated, service_role', v_object);
      execute format('grant all on %s to anon, authenticated, service_role', v_object);
      if v_object like 'function %' then
        execute format('grant execute on %s to public', v_object);
      end if;
    end loop;
  end
  $$`;

describePostgres("a database that was restored without privileges", (server) => {
  const [owner, friend] = [newUser(), newUser()];

  async function fill(database: TestDatabase): Promise<void> {
    const contactSync = await openContactSync(database);
    await contactSync.syncContacts(owner, numbers(9), 9);
    await contactSync.link(friend, numberOf(1));
    await contactSync.close();
  }

  /** In it nobody gets at anything, nothing starts, and `doctor --fix` makes it what it was. */
  async function prove(database: TestDatabase): Promise<void> {
    const as = (role: ApiRole, claims: object, call: string) =>
      withRole(database.pool, role, claims as { sub?: string }, (client) => client.query(call));
    for (const [role, claims] of [
      ["anon", {}],
      ["anon", { sub: owner }],
      ["authenticated", { sub: newUser() }],
    ] as const) {
      for (const call of [
        `select list_contacts('${owner}')`,
        `select summarize_contacts('${owner}')`,
        `select delete_all_contacts('${owner}')`,
        `select sync_user_contacts('${owner}', '{}', 0)`,
      ]) {
        await expect(as(role, claims, call)).rejects.toMatchObject({ code: "YC007" });
      }
      expect((await as(role, claims, "select from phones")).rows).toEqual([]);
      expect((await as(role, claims, "delete from contacts_with_accounts")).rowCount).toBe(0);
      const erase = as(role, claims, `select erase_user('${owner}')`);
      await expect(erase).rejects.toMatchObject({ code: "42501" });
    }

    await expect(openContactSync(database)).rejects.toMatchObject({ code: "UNSAFE_DATABASE" });
    const cli = (...args: string[]) => runCli(args, { environment: environmentOf(database) });
    expect(await cli("doctor")).toMatchObject({ code: 3 });
    expect(await cli("doctor", "--fix")).toMatchObject({ code: 0 });
    expect(faultNames(await readAllFaults(database))).toEqual([]);

    const contactSync = await openContactSync(database);
    expect(await contactSync.syncContacts(owner, numbers(9), 9)).toMatchObject({
      contacts_unchanged: 9,
      matched_contacts: 1,
    });
    expect(
      (await as("authenticated", { sub: owner }, `select list_contacts('${owner}')`)).rows,
    ).toHaveLength(9);
    await expect(as("anon", {}, `select list_contacts('${owner}')`)).rejects.toMatchObject({
      code: "42501",
    });
    await contactSync.close();
  }

  test("lets nobody in, refuses to start, and is mended by the doctor", async () => {
    const database = await server.createDatabase();
    await fill(database);
    await database.pool.query(LOSE_PRIVILEGES);
    await prove(database);
  });

  describe("by pg_dump", () => {
    let dump: Awaited<ReturnType<typeof findProgram>>;
    let psql: Awaited<ReturnType<typeof findProgram>>;
    beforeAll(async () => {
      dump = await findProgram("pg_dump", server.major);
      psql = await findProgram("psql", server.major);
    });

    test.for([
      ["of the schema, which carries no REVOKE", ["--schema=public"]],
      ["without privileges and owners", ["--no-privileges", "--no-owner"]],
    ] as const)("likewise: %s", async ([, options], { skip }) => {
      if (dump === undefined || psql === undefined) {
        return skip(`this machine has no pg_dump for PostgreSQL ${server.major}`);
      }
      const from = await server.createDatabase();
      await fill(from);
      const text = await dump(...options, from.connectionString);
      const to = await server.createDatabase({ template: "supabase" });
      const folder = await mkdtemp(join(tmpdir(), `contact-sync-dump-${randomUUID()}`));
      await writeFile(join(folder, "dump.sql"), text);
      await psql("--quiet", "--no-psqlrc", "--file", join(folder, "dump.sql"), to.connectionString);
      await rm(folder, { recursive: true });
      await prove(to);
    });
  });
});

import { randomUUID } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import pg from "pg";
import { describe, expect, test } from "vitest";
import { migrate } from "../../src/database/migrations/migrate.ts";
import { startEmbeddedDatabase } from "../../src/embedded/start-embedded-database.ts";
import { createContactSync } from "../../src/index.ts";
import { useDataDirs } from "../support/data-dirs.ts";
import { asSuperuser } from "../support/embedded-superuser.ts";
import { TEST_KEY } from "../support/open-contact-sync.ts";
import { query } from "../support/query.ts";

const { usedDataDir, newDataDir } = useDataDirs();

async function connect(connectionString: string): Promise<pg.Client> {
  const client = new pg.Client({ connectionString });
  await client.connect();
  return client;
}

describe("whoever comes to run SQL through the embedded database's connection", () => {
  test("is no superuser: reads no file, runs no program, grants themself nothing", async () => {
    const dataDir = await usedDataDir();
    const { connectionString, stop } = await startEmbeddedDatabase({ dataDir });
    const run = (text: string) => query(connectionString, text);
    expect(
      await run(
        `select rolname, rolsuper, rolcreaterole, rolcreatedb, rolreplication, rolbypassrls,
                (select count(*)::integer from pg_auth_members m where m.member = r.oid) as memberships
           from pg_roles r where rolname = current_user`,
      ),
    ).toEqual([
      {
        rolname: "contact_sync",
        rolsuper: false,
        rolcreaterole: false,
        rolcreatedb: false,
        rolreplication: false,
        rolbypassrls: false,
        memberships: 0,
      },
    ]);
    await run("create table taken (line text)");
    for (const attempt of [
      `select pg_read_file('${join(dataDir, "sealing-key")}')`,
      `select pg_read_binary_file('PG_VERSION')`,
      "select pg_ls_dir('.')",
      "select lo_import('/etc/passwd')",
      "copy taken from program 'id'",
      "copy taken from '/etc/passwd'",
      "copy taken to '/tmp/contact-sync-taken'",
      "alter system set log_statement = 'all'",
      "set role postgres",
      "set session authorization postgres",
      "alter role contact_sync superuser",
      "grant pg_read_server_files to contact_sync",
      "grant pg_execute_server_program to contact_sync",
      "select rolpassword from pg_authid",
      "create extension adminpack",
      "create function taken() returns integer language c as 'x', 'y'",
    ]) {
      await expect(run(attempt), attempt).rejects.toThrow(
        /permission denied|must be|permission|not available|Only roles|only/i,
      );
    }
    // Nor do they hold the lock by which a process owns the server.
    const elsewhere = connectionString.replace("/contact_sync?", "/postgres?");
    await expect(query(elsewhere, "select")).rejects.toThrow("permission denied");
    // And the password tells nothing of the other one.
    const superuser = (await readFile(join(dataDir, "postgres-password"), "utf8")).trim();
    await expect(
      query(connectionString.replace("//contact_sync:", "//postgres:"), "select"),
    ).rejects.toThrow("password authentication failed");
    expect(connectionString).not.toContain(superuser);
    await stop();
  });

  test("has the database: is migrated, synced to, and the same after a restart", async () => {
    const dataDir = await newDataDir();
    const first = await startEmbeddedDatabase({ dataDir });
    await migrate({ connectionString: first.connectionString, schema: "app" });
    const contactSync = await createContactSync({
      database: first.connectionString,
      key: TEST_KEY,
      schema: "app",
    });
    await contactSync.syncContacts(randomUUID(), ["+201001234567"], 1);
    await contactSync.close();
    await first.stop();
    const second = await startEmbeddedDatabase({ dataDir });
    expect(second.connectionString).toBe(first.connectionString);
    expect(
      await query(second.connectionString, "select count(*)::integer from app.phones"),
    ).toEqual([{ count: 0 }]);
    await second.stop();
  });
});

describe("a cluster in which an earlier version owned everything as the superuser", () => {
  async function earlierVersion(dataDir: string, owner: string): Promise<void> {
    const { connectionString, stop } = await startEmbeddedDatabase({ dataDir });
    const maintenance = await connect(await asSuperuser(connectionString, dataDir, "postgres"));
    await maintenance.query("drop database contact_sync with (force)");
    await maintenance.query("drop role contact_sync");
    await maintenance.query("create database contact_sync");
    await maintenance.query("grant connect on database postgres, template1 to public");
    await maintenance.end();
    const database = await asSuperuser(connectionString, dataDir);
    const client = await connect(database);
    await client.query(`
      create schema beside;
      create type beside.mood as enum ('well');
      create type beside.pair as (a integer, b integer);
      create domain beside.small as integer check (value < 10);
      create table beside.kept (id bigint generated always as identity, n serial, mood beside.mood);
      create sequence beside.counter;
      create view beside.seen as select id from beside.kept;
      create materialized view beside.stored as select id from beside.kept;
      create function beside.answer(integer, text) returns integer language sql as 'select 42';
      create procedure beside.act() language sql as 'select 42';
      create aggregate beside.total(integer) (sfunc = int4pl, stype = integer);
      create table beside.parts (id integer) partition by range (id);
      create table beside.part partition of beside.parts for values from (0) to (10)`);
    for (const schema of ["public", "app"]) {
      await migrate({ connectionString: database, schema });
      const contactSync = await createContactSync({ database, key: TEST_KEY, schema });
      await contactSync.syncContacts(owner, ["+201001234567"], 1);
      await contactSync.close();
    }
    await client.end();
    await stop();
  }

  test("is taken over, whole: data, functions, and what else was made there", async () => {
    const dataDir = await usedDataDir();
    const owner = randomUUID();
    await earlierVersion(dataDir, owner);

    const { connectionString, stop } = await startEmbeddedDatabase({ dataDir });
    expect(
      await query(
        connectionString,
        `select 'class ' || oid::regclass as object from pg_class c
          where relowner <> 'contact_sync'::regrole
            and relnamespace::regnamespace::text in ('public', 'app', 'beside')
         union all
         select 'routine ' || oid::regprocedure from pg_proc
          where proowner <> 'contact_sync'::regrole
            and pronamespace::regnamespace::text in ('public', 'app', 'beside')
         union all
         select 'type ' || oid::regtype from pg_type
          where typowner <> 'contact_sync'::regrole
            and typnamespace::regnamespace::text in ('public', 'app', 'beside')
         union all
         select 'schema ' || nspname from pg_namespace
          where nspowner <> 'contact_sync'::regrole and nspname in ('app', 'beside')
         union all
         select 'database' from pg_database
          where datname = current_database() and datdba <> 'contact_sync'::regrole`,
      ),
    ).toEqual([]);
    for (const schema of ["public", "app"]) {
      expect(await migrate({ connectionString, schema })).toMatchObject({ applied: [] });
      const contactSync = await createContactSync({
        database: connectionString,
        key: TEST_KEY,
        schema,
      });
      const again = await contactSync.syncContacts(owner, ["+201001234567", "+201001234568"], 2);
      expect(again).toMatchObject({ contacts_unchanged: 1, contacts_inserted: 1 });
      await contactSync.eraseUser(owner);
      await contactSync.close();
    }
    await query(connectionString, "insert into beside.kept (mood) values ('well')");
    await query(connectionString, "drop schema beside cascade");
    await stop();
    await startEmbeddedDatabase({ dataDir }).then((again) => again.stop());
  });
});

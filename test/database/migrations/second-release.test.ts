// A second release, tried on a copy: what is in database/ now is frozen there, changed in each of
// the ways that a release may, and brought to databases that have the first one and data in it.
import { randomUUID } from "node:crypto";
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { migrateFrom } from "../../../src/database/migrations/migrate.ts";
import {
  migrationNames,
  readMigrationFiles,
} from "../../../src/database/migrations/migration-files.ts";
import { exportFrom } from "../../../src/database/migrations/supabase-export.ts";
import { readCatalog } from "../../support/catalog.ts";
import { faultNames } from "../../support/faults.ts";
import { openContactSync } from "../../support/open-contact-sync.ts";
import { describePostgres, type TestDatabase } from "../../support/postgres.ts";
import { findProgram } from "../../support/postgres-programs.ts";
import { query } from "../../support/query.ts";
import { withRole } from "../../support/roles.ts";
import { hashOf, numberOf, numbers } from "../../support/use-contact-sync.ts";
import { copyDatabase, type DatabaseCopy } from "./support/copy-database.ts";
import { installDefinitions } from "./support/install-definitions.ts";

const NAME = "900_note_contacts";

/** A new table and functions; a function with another text, one with another default, a column more. */
async function changeTheCopy(copy: DatabaseCopy): Promise<void> {
  await copy.write(
    "definitions/tables/contact_sync_notes.sql",
    `create table contact_sync_notes (
  note_id  bigint not null generated always as identity,
  owner_id uuid   not null,
  note     text   not null,

  constraint contact_sync_notes_pkey primary key (owner_id, note_id)
);

create index contact_sync_notes_note_idx on contact_sync_notes (note);

alter table contact_sync_notes enable row level security;
`,
  );
  await copy.write(
    "definitions/functions/contacts/note_contact.sql",
    `-- Adds a note.
-- For the owner and service_role.
create function note_contact(p_owner_id uuid, p_note text)
returns bigint
language plpgsql volatile
set search_path from current
as $$
begin
  insert into contact_sync_notes (owner_id, note) values (p_owner_id, p_note);
  return contact_sync_count_notes(p_owner_id);
end
$$;
`,
  );
  await copy.write(
    "definitions/functions/internal/contact_sync_count_notes.sql",
    `create function contact_sync_count_notes(p_owner_id uuid)
returns bigint
language sql stable
set search_path from current
as $$
  select count(*) from contact_sync_notes n where n.owner_id = p_owner_id
$$;
`,
  );
  await copy.edit(
    "definitions/functions/guide/get_optimal_batch_size.sql",
    "as $$\nbegin\n",
    "as $$\nbegin\n  if p_estimated_contact_count = 4242 then\n    return 42;\n  end if;\n",
  );
  await copy.edit(
    "definitions/functions/statistics/clean_up_contact_sync.sql",
    "p_keep interval default null",
    "p_keep interval default interval '60 days'",
  );
  await copy.edit(
    "definitions/tables/phones.sql",
    "  key_number     smallint    not null default contact_sync_key_number(),\n",
    "  key_number     smallint    not null default contact_sync_key_number(),\n  verified_by    text        not null default 'sms',\n",
  );
  await copy.edit(
    "definitions/types/contact_sync_target.sql",
    "is_told          boolean\n",
    "is_told          boolean,\n  note text\n",
  );
  await copy.write(
    `changes/${NAME}.sql`,
    `drop function clean_up_contact_sync(interval);
alter table phones add column verified_by text not null default 'sms';
alter table contact_sync_answers drop column created_at;
alter table contact_sync_answers add column created_at timestamptz not null default now();
create index contact_sync_answers_created_at_idx on contact_sync_answers (created_at);
alter type contact_sync_target add attribute note text;
`,
  );
  await copy.list(`${NAME}.sql`, [
    "tables/phones.sql",
    "types/contact_sync_target.sql",
    "tables/contact_sync_notes.sql",
    "functions/contacts/note_contact.sql",
    "functions/internal/contact_sync_count_notes.sql",
    "functions/guide/get_optimal_batch_size.sql",
    "functions/statistics/clean_up_contact_sync.sql",
    "views/contact_sync_stats.sql", // unchanged: a view may have to make way for what it stands on
    "access/contact_sync_objects.sql",
  ]);
  await copy.compose();
  await copy.compose("--check");
}

describePostgres("a second release", (server) => {
  const [owner, friend] = [randomUUID(), randomUUID()];
  let first: DatabaseCopy;
  let second: DatabaseCopy;
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "contact-sync-second-"));
    first = await copyDatabase();
    await first.compose("--freeze", "900.0.0");
    second = await copyDatabase(first.folder);
    await changeTheCopy(second);
  });
  afterAll(async () => {
    await Promise.all([first.remove(), second.remove(), rm(folder, { recursive: true })]);
  });

  /** A database of the first release in which people have synced. */
  async function used(): Promise<TestDatabase> {
    const database = await server.createDatabase({ template: "supabase" });
    await migrateFrom(first.folder, { connectionString: database.connectionString });
    const contactSync = await openContactSync(database);
    await contactSync.syncContacts(owner, numbers(30), 40);
    await contactSync.syncContacts(owner, numbers(20), 40, { mode: "replace" });
    await contactSync.link(friend, numberOf(1));
    await contactSync.setFavorite(owner, hashOf(2), true);
    await contactSync.close();
    return database;
  }

  /** What people have of it. */
  async function contentsOf(database: TestDatabase): Promise<unknown> {
    const contactSync = await openContactSync(database);
    const [contacts, status, statistics] = await Promise.all([
      contactSync.listContacts(owner, { limit: 100 }),
      contactSync.getSyncStatus(owner),
      contactSync.getSyncStatistics(),
    ]);
    await contactSync.close();
    const { rows: runs } = await database.pool.query(
      "select * from contact_sync_runs order by run_id",
    );
    const { rows: phones } = await database.pool.query(
      "select phone_key, linked_user_id, verified_at from phones",
    );
    return { contacts: contacts.contacts, status, totals: statistics.totals, runs, phones };
  }

  /** The catalog as the definitions alone make it. */
  async function defined(): Promise<string[]> {
    const database = await server.createDatabase({ template: "supabase" });
    await installDefinitions(database.pool, second.folder);
    return readCatalog(database.pool);
  }

  async function prove(database: TestDatabase, before: unknown): Promise<void> {
    expect(await contentsOf(database)).toEqual(before);
    const value = async (text: string) =>
      Object.values((await database.pool.query(text)).rows[0])[0];
    expect(await value("select string_agg(distinct verified_by, ' ') from phones")).toBe("sms");
    expect(await value("select get_optimal_batch_size(4242)")).toBe(42);
    const may = (role: string, call: string) =>
      value(`select has_function_privilege('${role}', '${call}', 'execute')`);
    expect(await may("authenticated", "note_contact(uuid, text)")).toBe(true);
    expect(await may("anon", "note_contact(uuid, text)")).toBe(false);
    expect(await may("authenticated", "contact_sync_count_notes(uuid)")).toBe(false);
    const noted = await withRole(database.pool, "service_role", {}, (client) =>
      client.query("select note_contact($1, 'met in Cairo') as count", [owner]),
    );
    expect(noted.rows).toEqual([{ count: "1" }]);
    const signedIn = withRole(database.pool, "authenticated", { sub: owner }, (client) =>
      client.query("select from contact_sync_notes"),
    );
    await expect(signedIn).rejects.toMatchObject({ code: "42501" });

    // The library of the first release goes on.
    const contactSync = await openContactSync(database);
    expect(await contactSync.syncContacts(owner, numbers(20), 40)).toMatchObject({
      contacts_unchanged: 20,
      matched_contacts: 1,
    });
    await contactSync.close();
  }

  test("upgrades a database with data in it, in one transaction", async () => {
    const database = await used();
    const before = await contentsOf(database);
    const { connectionString } = database;
    const { applied, faults } = await migrateFrom(second.folder, { connectionString });
    expect(applied).toEqual([NAME]);
    expect(faultNames(faults)).toEqual([]);
    expect(await readCatalog(database.pool)).toEqual(await defined());
    await prove(database, before);
    expect(await migrateFrom(second.folder, { connectionString })).toMatchObject({
      applied: [],
      faults,
    });
  });

  test("upgrades one that was dumped from the first and restored", async ({ skip }) => {
    const dump = await findProgram("pg_dump", server.major);
    const psql = await findProgram("psql", server.major);
    if (dump === undefined || psql === undefined) {
      return skip(`this machine has no pg_dump for PostgreSQL ${server.major}`);
    }
    const from = await used();
    const before = await contentsOf(from);
    const file = join(folder, "dump.sql");
    await writeFile(file, await dump("--schema=public", "--no-owner", from.connectionString));
    const to = await server.createDatabase({ template: "supabase" });
    await psql("--quiet", "--no-psqlrc", "--file", file, to.connectionString);
    const { applied, faults } = await migrateFrom(second.folder, {
      connectionString: to.connectionString,
    });
    expect(applied).toEqual([NAME]);
    expect(faultNames(faults)).toEqual([]);
    await prove(to, before);
  });

  test("installs at once what it upgrades to", async () => {
    const { pool, connectionString } = await server.createDatabase({ template: "supabase" });
    const { applied, faults } = await migrateFrom(second.folder, { connectionString });
    expect(applied).toEqual(await migrationNames(second.folder));
    expect(faultNames(faults)).toEqual([]);
    expect(await readCatalog(pool)).toEqual(await defined());
  });

  test("comes to Supabase as one more file, behind the app's own", async () => {
    const migrations = join(folder, "migrations");
    const deployed = new Date("2027-01-01T12:00:00Z");
    const { files } = await exportFrom(first.folder, migrations, { now: () => deployed });
    await writeFile(
      join(migrations, "20270303100000_app.sql"),
      "create table public.app_notes ();",
    );
    const later = await exportFrom(second.folder, migrations, {
      now: () => new Date("2027-02-02"),
    });
    expect(later).toEqual({
      files: ["20270303100001_contact_sync_note_contacts.sql"],
      kept: files,
      differing: [],
    });
    const released = await readMigrationFiles("public", first.folder);
    expect(files.map((file) => file.slice(0, 8))).toEqual(
      released.map(({ day }) => day?.replaceAll("-", "")),
    );

    const database = await server.createDatabase({ template: "supabase" });
    for (const file of (await readdir(migrations)).sort()) {
      await database.pool.query(await readFile(join(migrations, file), "utf8"));
    }
    await database.pool.query("drop table app_notes");
    expect(await readCatalog(database.pool)).toEqual(await defined());
    const { connectionString } = database;
    expect(await migrateFrom(second.folder, { connectionString })).toMatchObject({ applied: [] });
  });

  test("may give a table another name", async () => {
    const third = await copyDatabase(first.folder);
    const [from, to] = ["contact_sync_renewed_links", "contact_sync_links_anew"];
    const name = "901_rename_links.sql";
    const listed: string[] = [];
    for (const file of await readdir(new URL("definitions/", third.folder), { recursive: true })) {
      if (!file.endsWith(".sql") || file.startsWith("guard")) continue;
      const text = await third.read(`definitions/${file}`);
      if (!text.includes(from)) continue;
      const renamed = file.replace(from, to);
      await third.delete(`definitions/${file}`);
      await third.write(`definitions/${renamed}`, text.replaceAll(from, to));
      listed.push(renamed);
    }
    await third.list(name, listed);
    await third.write(
      `changes/${name}`,
      `alter table ${from} rename to ${to};
alter table ${to} rename constraint ${from}_pkey to ${to}_pkey;
`,
    );
    await third.compose();

    const database = await used();
    const before = await contentsOf(database);
    const { connectionString } = database;
    const { faults } = await migrateFrom(third.folder, { connectionString });
    expect(faultNames(faults)).toEqual([]);
    expect(await contentsOf(database)).toEqual(before);
    const defined = await server.createDatabase({ template: "supabase" });
    await installDefinitions(defined.pool, third.folder);
    expect(await readCatalog(database.pool)).toEqual(await readCatalog(defined.pool));
    await third.remove();
  });

  test("is refused by a view of the app's on what it drops, and changes nothing", async () => {
    const database = await used();
    const { connectionString, pool } = database;
    await pool.query("create view app_cleaned as select clean_up_contact_sync() as cleaned");
    const before = await readCatalog(pool);
    await expect(migrateFrom(second.folder, { connectionString })).rejects.toThrow();
    const text = await second.read(`migrations/${NAME}.sql`);
    await expect(query(connectionString, `begin; ${text}; commit`)).rejects.toMatchObject({
      code: "2BP01",
      detail: expect.stringContaining("app_cleaned"),
    });
    expect(await readCatalog(pool)).toEqual(before);
    await pool.query("drop view app_cleaned");
    expect(await migrateFrom(second.folder, { connectionString })).toMatchObject({
      applied: [NAME],
    });
  });

  test.each([
    ["a table of a new name", "create table contact_sync_notes (mine text)", "NAME_TAKEN"],
    [
      "a function of a new name",
      "create function note_contact(int) returns int language sql as 'select 1'",
      "NAME_TAKEN",
    ],
    ["a schema that was opened since", "grant create on schema public to anon", "UNSAFE_DATABASE"],
  ])("refuses %s before anything is changed", async (_, plant, code) => {
    const database = await used();
    await query(database.superuserConnectionString, plant);
    const before = await readCatalog(database.pool);
    const { connectionString } = database;
    await expect(migrateFrom(second.folder, { connectionString })).rejects.toMatchObject({ code });
    // By psql as well.
    const text = await second.read(`migrations/${NAME}.sql`);
    await expect(query(connectionString, `begin; ${text}; commit`)).rejects.toThrow(code);
    expect(await readCatalog(database.pool)).toEqual(before);
  });
});

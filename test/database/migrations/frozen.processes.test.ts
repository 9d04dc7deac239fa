import { cp, readdir } from "node:fs/promises";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { readMigrationFiles } from "../../../src/database/migrations/migration-files.ts";
import { copyDatabase, type DatabaseCopy } from "./support/copy-database.ts";

const FUNCTION = "definitions/functions/directory/unlink_phone.sql";
const TABLE = "definitions/tables/phones.sql";
const LATER = "900_more.sql";

// Later than whatever is released by now.
const FIRST = "900.0.0";
const NEXT = "901.0.0";

interface Release {
  release: string;
  day: string;
  migrations: Record<string, string>;
  changes: Record<string, string>;
  definitions: Record<string, string>;
}

const OBJECTS = "access/contact_sync_objects.sql";

describe("a release that is frozen", () => {
  let frozen: DatabaseCopy;
  let copy: DatabaseCopy;
  beforeAll(async () => {
    frozen = await copyDatabase();
    await frozen.compose("--freeze", FIRST);
  });
  beforeEach(async () => {
    copy = await copyDatabase(frozen.folder);
  });
  afterEach(() => copy.remove());
  afterAll(() => frozen.remove());

  const refused = (...texts: string[]) =>
    expect(copy.compose()).rejects.toThrow(
      new RegExp(`^${texts.map(escaped).join("[^\\n]*")}[^\\n]*\\n$`),
    );

  test("is composed no more, and says when it was", async () => {
    const migrations = await readdir(new URL("migrations/", copy.folder));
    const text = await copy.read("releases.json");
    const releases: Release[] = JSON.parse(text);
    const frozenNames = releases.flatMap((release) => Object.keys(release.migrations));
    expect(frozenNames).toEqual(migrations.sort());
    for (const { name, day } of await readMigrationFiles("public", copy.folder)) {
      expect(day).toMatch(/^20\d\d-\d\d-\d\d$/);
      expect(releases.find((release) => `${name}.sql` in release.migrations)?.day).toBe(day);
    }
    await copy.compose();
    await copy.compose("--check");
    expect(await copy.compose("--freeze", NEXT)).toMatch(/needs none/);
    expect(await copy.read("releases.json")).toBe(text);
    const last = releases.at(-1)?.release as string;
    await expect(copy.compose("--freeze", last)).rejects.toThrow("frozen already");
    await expect(copy.compose("--freeze", "next")).rejects.toThrow("no version");
  });

  test("refuses a changed migration by its name, and does not rewrite it", async () => {
    const name = "migrations/014_optimize_contact_batch_operations.sql";
    await copy.edit(name, "-- The guide's types", "-- The guide's type");
    const changed = await copy.read(name);
    await refused(`${name} was released with`, "and is changed", "undo", "new migration");
    expect(await copy.read(name)).toBe(changed);
    await expect(copy.compose("--check")).rejects.toThrow(name);
    await expect(copy.compose("--freeze", NEXT)).rejects.toThrow(name);
    await copy.delete(name);
    await refused(`${name} was released with`, "and is missing");
  });

  test("refuses a changed definition that no later migration brings", async () => {
    await copy.edit(FUNCTION, "returns boolean", "returns  -- or null, it isn't\n boolean");
    await copy.compose("--check"); // white space is nothing
    await copy.write(
      FUNCTION,
      `-- A comment that no database keeps.\n${await copy.read(FUNCTION)}`,
    );
    await copy.compose("--check");
    await copy.edit(FUNCTION, "> 0", "> 1");
    await refused(`${FUNCTION} is not what was released with`, "no later migration", "list it");

    await copy.list(LATER, [FUNCTION.replace("definitions/", "")]);
    await copy.compose();
    const text = await copy.read(`migrations/${LATER}`);
    expect(text).toMatch(/^create or replace function unlink_phone\(/m);
    expect(text).not.toMatch(/^create function/m);
  });

  test("tells white space that a database keeps from what it does not", async () => {
    const body = "definitions/functions/guide/get_optimal_batch_size.sql";
    await copy.edit(body, "as $$\nbegin\n", "as $$\nbegin  \n");
    await refused(`${body} is not what was released with`);
    await copy.edit(body, "as $$\nbegin  \n", "as $$\nbegin\n");
    const view = "definitions/access/check_contact_sync.sql";
    const text = await copy.read(view);
    const comment = /--.*\n/.exec(text.slice(text.indexOf("$$")))?.[0] as string;
    await copy.write(view, text.replace(comment, comment.replace("\n", " ")));
    await refused(`${view} is not what was released with`); // what followed is a comment now
    await copy.write(view, text);
    await copy.compose("--check");
  });

  test("refuses a changed table without a statement that changes it", async () => {
    await copy.edit(
      TABLE,
      "verified_at    timestamptz not null,",
      "verified_at    timestamptz not null,\n  note text,",
    );
    await refused(`${TABLE} is not what was released with`);
    await copy.list(LATER, ["tables/phones.sql"]);
    await refused(`${LATER} lists ${TABLE}`, `changes/${LATER}`);
    await copy.write(`changes/${LATER}`, "alter table phones add column note text;\n");
    await copy.compose();
    const text = await copy.read(`migrations/${LATER}`);
    expect(text).toContain("\nalter table phones add column note text;\n");
    expect(text).not.toContain("create table");
  });

  test.each([
    ["result", "returns integer", "returns bigint"],
    [
      "default",
      "p_estimated_contact_count integer,",
      "p_estimated_contact_count integer default 1,",
    ],
    ["argument's name", "p_estimated_contact_count integer,", "p_count integer,"],
    [
      "argument",
      "p_avg_contact_size_kb     numeric default 0.5)",
      "p_avg_contact_size_kb numeric default 0.5, p_more text default '')",
    ],
  ])("refuses a function with another %s that is not dropped before", async (_, from, to) => {
    const file = "functions/guide/get_optimal_batch_size.sql";
    await copy.edit(`definitions/${file}`, from, to);
    await copy.list(LATER, [file, OBJECTS]);
    const drop = "drop function get_optimal_batch_size(integer, numeric);";
    await refused("function get_optimal_batch_size(integer, numeric) was released", `"${drop}"`);
    await copy.write(`changes/${LATER}`, `${drop}\n`);
    await copy.compose();
  });

  test("refuses an object that is defined no more and not dropped", async () => {
    await copy.delete(FUNCTION);
    await copy.list(LATER, [OBJECTS]);
    await refused(
      "function unlink_phone(uuid, uuid, uuid) was released, and no definition",
      "drop function",
    );
    await copy.write(`changes/${LATER}`, "drop function unlink_phone(uuid, uuid, uuid);\n");
    await copy.compose();
    expect(await copy.read(`migrations/${LATER}`)).not.toContain("'unlink_phone'");
  });

  test("wants the list of our objects anew when there is a new one", async () => {
    await copy.write(
      "definitions/tables/contact_sync_notes.sql",
      "create table contact_sync_notes (\n  note text\n);\n",
    );
    await expect(copy.compose()).rejects.toThrow(
      "tables/contact_sync_notes.sql is in no migration",
    );
    await copy.list(LATER, ["tables/contact_sync_notes.sql"]);
    await refused(`definitions/${OBJECTS} is not what was released with`);
    await copy.list(LATER, ["tables/contact_sync_notes.sql", OBJECTS]);
    await copy.compose();
    const text = await copy.read(`migrations/${LATER}`);
    const [, asked] = /<objects kind, name>\n([\s\S]*?)-- <\/objects>/.exec(text) ?? [];
    expect(asked?.trim()).toBe("('table', 'contact_sync_notes')"); // the others are there by right
  });

  test("refuses what has no place", async () => {
    await copy.write("migrations/901_stray.sql", "select 1;");
    await copy.write("changes/902_stray.sql", "select 1;");
    await expect(copy.compose()).rejects.toThrow(
      /changes\/902_stray\.sql belongs to no migration[\s\S]*migrations\/901_stray\.sql is not in/,
    );
    await copy.delete("migrations/901_stray.sql");
    await copy.delete("changes/902_stray.sql");
    await copy.list("011_too_early.sql", []);
    await expect(copy.compose()).rejects.toThrow("011_too_early.sql would come before ");
  });

  test("refuses a definition that two migrations are to bring, or that is not there", async () => {
    await copy.list(LATER, ["functions/directory/unlink_phone.sql", "functions/nothing.sql"]);
    await copy.list("901_again.sql", ["functions/directory/unlink_phone.sql"]);
    await expect(copy.compose()).rejects.toThrow(
      /functions\/nothing\.sql, which is not there[\s\S]*list it once/,
    );
  });

  test("holds a second release as well, and its changes", async () => {
    await copy.edit(
      TABLE,
      "verified_at    timestamptz not null,",
      "verified_at    timestamptz not null,\n  note text,",
    );
    await copy.list(LATER, ["tables/phones.sql"]);
    await copy.write(`changes/${LATER}`, "alter table phones add column note text;\n");
    await expect(copy.compose("--freeze", NEXT)).rejects.toThrow("run npm run compose");
    await copy.compose();
    await copy.compose("--freeze", NEXT);
    await copy.compose("--check");
    const releases: Release[] = JSON.parse(await copy.read("releases.json"));
    const added = releases.at(-1) as Release;
    expect(added).toMatchObject({ release: NEXT });
    expect(Object.keys(added.migrations)).toEqual([LATER]);
    expect(Object.keys(added.definitions)).toEqual(["tables/phones.sql"]);
    expect(Object.keys(added.changes)).toEqual([LATER]);
    for (const text of ["alter table phones add column notes text;\n", "alter table phones", ""]) {
      await copy.write(`changes/${LATER}`, text);
      await refused(`changes/${LATER} is changed since it was released with ${NEXT}`, "undo");
    }
    await cp(
      new URL(`changes/${LATER}`, copy.folder),
      new URL("changes/901_next.sql", copy.folder),
    );
    await copy.delete(`changes/${LATER}`);
    await refused(`changes/${LATER} was released with ${NEXT} and is missing`);
    await copy.write(`changes/${LATER}`, "alter table phones add column note text;\n");
    await copy.write("changes/012_create_phones.sql", "create table phones");
    await refused("changes/012_create_phones.sql came after", "new migration");
    await copy.delete("changes/012_create_phones.sql");
    await copy.list("901_next.sql", ["tables/phones.sql"]);
    await copy.compose();
  });
});

const escaped = (text: string) => text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");

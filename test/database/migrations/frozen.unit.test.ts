import { cp, readdir } from "node:fs/promises";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { readMigrationFiles } from "../../../src/database/migrations/migration-files.ts";
import { copyDatabase, type DatabaseCopy } from "./support/copy-database.ts";

const FUNCTION = "definitions/functions/directory/unlink_phone.sql";
const TABLE = "definitions/tables/phones.sql";
const LATER = "018_more.sql";
const OBJECTS = "access/contact_sync_objects.sql";

describe("a release that is frozen", () => {
  let frozen: DatabaseCopy;
  let copy: DatabaseCopy;
  beforeAll(async () => {
    frozen = await copyDatabase();
    await frozen.compose("--freeze", "1.2.3");
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
    const [record, ...others] = JSON.parse(await copy.read("releases.json"));
    expect(others).toEqual([]);
    expect(record).toMatchObject({
      release: "1.2.3",
      day: expect.stringMatching(/^20\d\d-\d\d-\d\d$/),
    });
    expect(Object.keys(record.migrations)).toEqual(migrations.sort());
    for (const { day } of await readMigrationFiles("public", copy.folder)) {
      expect(day).toBe(record.day);
    }
    await copy.compose();
    await copy.compose("--check");
    expect(JSON.parse(await copy.read("releases.json"))).toEqual([record]);
    expect(await copy.compose("--freeze", "1.3.0")).toMatch(/needs none/);
    await expect(copy.compose("--freeze", "1.2.3")).rejects.toThrow("frozen already");
    await expect(copy.compose("--freeze", "next")).rejects.toThrow("no version");
  });

  test("refuses a changed migration by its name, and does not rewrite it", async () => {
    const name = "migrations/014_optimize_contact_batch_operations.sql";
    await copy.edit(name, "-- The guide's types", "-- The guide's type");
    const changed = await copy.read(name);
    await refused(`${name} was released with 1.2.3 and is changed`, "undo", "new migration");
    expect(await copy.read(name)).toBe(changed);
    await expect(copy.compose("--check")).rejects.toThrow(name);
    await expect(copy.compose("--freeze", "1.3.0")).rejects.toThrow(name);
    await copy.delete(name);
    await refused(`${name} was released with 1.2.3 and is missing`);
  });

  test("refuses a changed definition that no later migration brings", async () => {
    await copy.edit(FUNCTION, "returns boolean", "returns  boolean");
    await copy.compose("--check"); // white space is nothing
    await copy.write(
      FUNCTION,
      `-- A comment that no database keeps.\n${await copy.read(FUNCTION)}`,
    );
    await copy.compose("--check");
    await copy.edit(FUNCTION, "> 0", "> 1");
    await refused(
      `${FUNCTION} is not what was released with 1.2.3`,
      "no later migration",
      "list it",
    );

    await copy.list(LATER, [FUNCTION.replace("definitions/", "")]);
    await copy.compose();
    const text = await copy.read(`migrations/${LATER}`);
    expect(text).toMatch(/^create or replace function unlink_phone\(/m);
    expect(text).not.toMatch(/^create function/m);
  });

  test("refuses a changed table without a statement that changes it", async () => {
    await copy.edit(
      TABLE,
      "verified_at    timestamptz not null,",
      "verified_at    timestamptz not null,\n  note text,",
    );
    await refused(`${TABLE} is not what was released with 1.2.3`);
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
      "function unlink_phone(text, uuid) was released, and no definition",
      "drop function",
    );
    await copy.write(`changes/${LATER}`, "drop function unlink_phone(text, uuid);\n");
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
    await refused(`definitions/${OBJECTS} is not what was released with 1.2.3`);
    await copy.list(LATER, ["tables/contact_sync_notes.sql", OBJECTS]);
    await copy.compose();
    const text = await copy.read(`migrations/${LATER}`);
    const [, asked] = /<objects kind, name>\n([\s\S]*?)-- <\/objects>/.exec(text) ?? [];
    expect(asked?.trim()).toBe("('table', 'contact_sync_notes')"); // the others are there by right
  });

  test("refuses what has no place", async () => {
    await copy.write("migrations/019_stray.sql", "select 1;");
    await copy.write("changes/020_stray.sql", "select 1;");
    await expect(copy.compose()).rejects.toThrow(
      /changes\/020_stray\.sql belongs to no migration[\s\S]*migrations\/019_stray\.sql is not in/,
    );
    await copy.delete("migrations/019_stray.sql");
    await copy.delete("changes/020_stray.sql");
    await copy.list("011_too_early.sql", []);
    await expect(copy.compose()).rejects.toThrow("011_too_early.sql would come before 017_");
  });

  test("refuses a definition that two migrations are to bring, or that is not there", async () => {
    await copy.list(LATER, ["functions/directory/unlink_phone.sql", "functions/nothing.sql"]);
    await copy.list("019_again.sql", ["functions/directory/unlink_phone.sql"]);
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
    await expect(copy.compose("--freeze", "1.3.0")).rejects.toThrow("run npm run compose");
    await copy.compose();
    await copy.compose("--freeze", "1.3.0");
    await copy.compose("--check");
    const releases = JSON.parse(await copy.read("releases.json"));
    expect(releases).toMatchObject([
      { release: "1.2.3" },
      { release: "1.3.0", definitions: { "tables/phones.sql": expect.any(String) } },
    ]);
    expect(Object.keys(releases[1].migrations)).toEqual([LATER]);
    await copy.write(`changes/${LATER}`, "alter table phones add column notes text;\n");
    await expect(copy.compose()).rejects.toThrow(
      `changes/${LATER} is changed since it was released with 1.3.0`,
    );
    await cp(
      new URL(`changes/${LATER}`, copy.folder),
      new URL("changes/019_next.sql", copy.folder),
    );
    await copy.write(`changes/${LATER}`, "alter table phones add column note text;\n");
    await copy.list("019_next.sql", ["tables/phones.sql"]);
    await copy.compose();
  });
});

const escaped = (text: string) => text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");

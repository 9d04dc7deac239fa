// What a migration after a release may be called, may drop and may move.
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { copyDatabase, type DatabaseCopy } from "./support/copy-database.ts";

const LATER = "900_more.sql";
const OBJECTS = "access/contact_sync_objects.sql";
const UNLINK = "functions/directory/unlink_phone.sql";
const DROP = "drop function unlink_phone(uuid, uuid, uuid);\n";

describe("a migration after a release", () => {
  let frozen: DatabaseCopy;
  let copy: DatabaseCopy;
  beforeAll(async () => {
    frozen = await copyDatabase();
    await frozen.compose("--freeze", "900.0.0");
  });
  beforeEach(async () => {
    copy = await copyDatabase(frozen.folder);
  });
  afterEach(() => copy.remove());
  afterAll(() => frozen.remove());

  const refused = (text: string | RegExp) => expect(copy.compose()).rejects.toThrow(text);
  const written = () => copy.read(`migrations/${LATER}`);

  test("has a number and a name of its own", async () => {
    await copy.list(LATER, []);
    await copy.list("900_other.sql", []);
    await refused(`900_other.sql has the number of ${LATER}: give the later one the next number`);
  });

  test("is not called as another is behind its number", async () => {
    await copy.list("900_create_phones.sql", []);
    await refused("900_create_phones.sql is called as 012_create_phones.sql is, and migrate");
  });

  test.each([
    `definitions/${UNLINK}`,
    "definitions/tables/phones.sql",
    "definitions/guard/refuse-open-schema.sql",
    "migrations/012_create_phones.sql",
    `changes/${LATER}`,
  ])("has no carriage returns in %s", async (file) => {
    await copy.list(LATER, []);
    await copy.write(`changes/${LATER}`, "select 1;\n");
    const text = (await copy.read(file)).replaceAll("\n", "\r\n");
    await copy.write(file, text);
    await refused(new RegExp(`^${file} has carriage returns[^\n]*line feeds alone\n$`));
    expect(await copy.read(file)).toBe(text);
  });

  describe("without a table that was released", () => {
    const TABLE = "tables/contact_sync_renewed_links.sql";
    const RENAME = "alter table contact_sync_renewed_links rename to contact_sync_links_anew;\n";
    beforeEach(async () => {
      await copy.list(LATER, [OBJECTS]);
    });

    test("is told first to bring it back", async () => {
      await copy.delete(`definitions/${TABLE}`);
      await refused(
        /^table contact_sync_renewed_links was released, and no definition makes it any more: bring the definition back; or/,
      );
      await copy.write(`changes/${LATER}`, RENAME); // to what is not defined
      await refused("bring the definition back");
      await copy.write(`changes/${LATER}`, "Drop Table If Exists contact_sync_renewed_links;\n");
      await copy.compose();
    });

    test.each([
      TABLE,
      "tables/contact_sync_links_anew.sql",
    ])("may have it by another name, in %s", async (file) => {
      const text = await copy.read(`definitions/${TABLE}`);
      await copy.delete(`definitions/${TABLE}`);
      await copy.write(
        `definitions/${file}`,
        text.replace(
          "create table contact_sync_renewed_links",
          "create table contact_sync_links_anew",
        ),
      );
      await copy.list(LATER, [file, OBJECTS]);
      await copy.write(`changes/${LATER}`, `-- ${RENAME}`);
      await refused("bring the definition back");
      await copy.write(`changes/${LATER}`, RENAME);
      await copy.compose();
      expect(await written()).toContain(RENAME);
      expect(await written()).not.toContain("create table");
    });
  });

  test.each([
    ["a comment", "-- drop function unlink_phone(uuid, uuid, uuid);\nselect 1;\n"],
    [
      "a comment of many lines",
      "/* drop function\n unlink_phone(uuid, uuid, uuid); */ select 1;\n",
    ],
    ["a string", "select 'drop function unlink_phone(uuid, uuid, uuid)';\n"],
    ["other arguments", "drop function unlink_phone(uuid, text);\n"],
    ["fewer arguments", "drop function unlink_phone(uuid);\n"],
    ["another kind", "drop view unlink_phone;\n"],
    ["a longer name", "drop function unlink_phones(uuid, uuid);\n"],
  ])("does not drop a function by %s", async (_, changes) => {
    await copy.delete(`definitions/${UNLINK}`);
    await copy.list(LATER, [OBJECTS]);
    await copy.write(`changes/${LATER}`, changes);
    await refused(
      "function unlink_phone(uuid, uuid, uuid) was released, and no definition makes it",
    );
  });

  test.each([
    "drop function unlink_phone;\n",
    "DROP FUNCTION IF EXISTS public.Unlink_Phone (UUID,\n  uuid, Uuid) CASCADE;\n",
    "drop function unlink_phone(p_a uuid, in p_b uuid, p_d uuid, out c text); -- by its names\n",
    "drop function nobody(int, text), unlink_phone(uuid, uuid, uuid);\n",
    "do $$\nbegin -- it isn't there everywhere\n  drop function unlink_phone(uuid, uuid, uuid);\nend\n$$;\n",
  ])("drops a function by %s", async (changes) => {
    await copy.delete(`definitions/${UNLINK}`);
    await copy.list(LATER, [OBJECTS]);
    await copy.write(`changes/${LATER}`, changes);
    await copy.compose();
  });

  test("brings again what it drops and is still defined", async () => {
    const TYPE = "types/contact_sync_target.sql";
    await copy.list(LATER, []);
    await copy.write(`changes/${LATER}`, `${DROP}drop type contact_sync_target cascade;\n`);
    await refused(
      `changes/${LATER} drops function unlink_phone(uuid, uuid, uuid), which is still defined: list definitions/${UNLINK} in ${LATER}`,
    );
    await copy.list(LATER, [UNLINK]);
    await copy.list("901_next.sql", [TYPE]); // too late
    await copy.write("changes/901_next.sql", "select 1;\n");
    await refused(`changes/${LATER} drops type contact_sync_target, which is still defined`);
    await copy.list("901_next.sql", []);
    await copy.list(LATER, [TYPE, UNLINK]);
    await copy.compose();
    expect(await written()).toMatch(/^create type contact_sync_target as/m);
    expect(await written()).toMatch(/^create or replace function unlink_phone\(/m);
    await copy.write(
      `changes/${LATER}`,
      `${DROP}drop type contact_sync_target cascade;\ncreate type contact_sync_target as (a int);\n`,
    );
    await copy.compose();
    expect((await written()).split("create type contact_sync_target")).toHaveLength(2);
  });

  test("has each object from one definition", async () => {
    const again = "functions/unlink_again.sql";
    await copy.write(`definitions/${again}`, await copy.read(`definitions/${UNLINK}`));
    await copy.list(LATER, [again]);
    await refused(
      `function unlink_phone(uuid, uuid, uuid) is made by definitions/${UNLINK} and by definitions/${again}: leave it in one`,
    );
  });

  test("leaves an object in the file that it was released from", async () => {
    const elsewhere = "functions/unlink_phone.sql";
    await copy.write(`definitions/${elsewhere}`, await copy.read(`definitions/${UNLINK}`));
    await copy.delete(`definitions/${UNLINK}`);
    await copy.list(LATER, [elsewhere, OBJECTS]);
    await refused(
      `function unlink_phone(uuid, uuid, uuid) was released, and is moved to definitions/${elsewhere}, which would create it again: move it back to its released file, definitions/${UNLINK}; or`,
    );
    await copy.write(`changes/${LATER}`, DROP);
    await copy.compose();
    expect(await written()).toMatch(/^create function unlink_phone\(/m);
  });
});

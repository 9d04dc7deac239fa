// The text of one migration that is not frozen.
import { dropsOf, isDropOf, renamesOf } from "./changes.js";
import { releasedDefinitions, releasedObjects } from "./releases.js";
import { statements } from "./sql-text.js";
import { writeLists } from "./written-lists.js";

/** @typedef {import("./database-folder.js").DatabaseFolder} DatabaseFolder */
/** @typedef {import("./database-folder.js").Definition} Definition */
/** @typedef {import("./database-folder.js").Migration} Migration */

/**
 * A first installation creates everything. After a release a migration asks the guards again, of
 * the names alone that it brings, makes the changes, and then creates what is new and replaces what
 * was released.
 *
 * @param {Migration} migration
 * @param {DatabaseFolder} folder
 */
export function migrationText({ name, title, definitions, changes }, folder) {
  const released = releasedDefinitions(folder.releases);
  const listed = definitions.flatMap((file) => folder.definitions.get(file) ?? []);
  return [
    `-- ${name}`,
    `-- ${title}`,
    "--",
    "-- Composed from database/definitions (npm run compose): until it is released,",
    "-- change it there; from then on it stays as it is.",
    "-- To run it by hand: psql --single-transaction --file, in the order of the numbers.",
    "",
    // The schema of choice: whoever runs it for another writes that one's name here.
    "set local search_path = public, pg_temp;",
    "",
    "-- Outside of a transaction that line only warns, and what follows would be pinned to another path.",
    "do $transaction$",
    "begin",
    "  if pg_catalog.right(pg_catalog.current_setting('search_path'), 7) operator(pg_catalog.<>) 'pg_temp' then",
    "    raise exception using",
    "      errcode = '25P01',",
    "      message = 'this migration has to run in one transaction; nothing was changed',",
    '      hint = \'psql --set ON_ERROR_STOP=1 --single-transaction --file FILE, or "begin" before it and "commit" behind it.\';',
    "  end if;",
    "end",
    "$transaction$;",
    "",
    "",
    [
      ...(folder.releases.length > 0 ? guards(listed, folder) : []),
      ...(changes === null ? [] : [changes.trim()]),
      ...listed.flatMap((definition) => {
        if (isBroughtByRename(definition, changes ?? "")) return [];
        return released.has(definition.file)
          ? replacing(definition, changes ?? "")
          : [definition.text.trim()];
      }),
    ].join("\n\n\n"),
    "",
    "",
    `insert into contact_sync_migrations (name, run_on) values ('${name.slice(0, -".sql".length)}', pg_catalog.now());`,
    "select apply_contact_sync_grants();",
    "",
    "-- PostgREST, as on Supabase, learns of it; elsewhere nobody listens.",
    "do $reload$",
    "begin",
    "  if pg_catalog.to_regrole('authenticator') is not null then",
    "    notify pgrst, 'reload schema';",
    "  end if;",
    "end",
    "$reload$;",
    "",
  ].join("\n");
}

/**
 * Whether a definition can be run over what it made before; a table, an index and a type can't.
 *
 * @param {Definition} definition
 */
export function isReplaceable({ objects }) {
  return objects.every(({ kind }) => kind === "function" || kind === "view");
}

/**
 * Whether a definition's table is one that had another name.
 *
 * @param {Definition} definition
 * @param {string} changes
 */
export function isBroughtByRename({ objects }, changes) {
  const names = [...renamesOf(changes).values()];
  return objects.some(({ kind, name }) => kind === "table" && names.includes(name));
}

/**
 * @param {Definition} definition
 * @param {string} changes
 */
function replacing(definition, changes) {
  if (!isReplaceable(definition)) {
    // Or else the changes bring it to what it says.
    return isToBeMadeAnew(definition, changes) ? [definition.text.trim()] : [];
  }
  return [definition.text.trim().replace(/^create (?=function|view)/gm, "create or replace ")];
}

/**
 * Whether the changes drop all that a definition makes, and leave the rest to it.
 *
 * @param {Definition} definition
 * @param {string} changes
 */
function isToBeMadeAnew({ objects }, changes) {
  const drops = dropsOf(changes);
  const tables = objects.filter(({ kind }) => kind === "table"); // what is theirs goes with them
  const made = tables.length > 0 ? tables : objects;
  return made.every(
    (object) =>
      drops.some((drop) => isDropOf(drop, object)) &&
      !new RegExp(`\\bcreate\\s+(?:unique\\s+)?${object.kind}\\s+${object.name}\\b`, "i").test(
        statements(changes),
      ),
  );
}

/**
 * @param {Definition[]} listed
 * @param {DatabaseFolder} folder
 */
function guards(listed, folder) {
  const ours = new Set(releasedObjects(folder).map(({ kind, name }) => `${kind} ${name}`));
  const added = listed
    .flatMap(({ objects }) => objects)
    .filter(({ kind, name }) => !ours.has(`${kind} ${name}`));
  return ["guard/refuse-open-schema.sql", "guard/refuse-foreign-objects.sql"]
    .filter((file) => added.length > 0 || file === "guard/refuse-open-schema.sql")
    .map((file) => writeLists(folder.definitions.get(file)?.text ?? "", added).trim());
}

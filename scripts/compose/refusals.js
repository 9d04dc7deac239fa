// What is not composed, because databases that exist would never get it, or would fail at it.
import { isGuard } from "./database-folder.js";
import { isReplaceable } from "./migration-text.js";
import { digestOf, digestOfDefinition, releasedDefinitions, releasedObjects } from "./releases.js";

/** @typedef {import("./database-folder.js").DatabaseFolder} DatabaseFolder */
/** @typedef {import("./objects.js").DatabaseObject} DatabaseObject */

/**
 * Why the folder can't be composed: a sentence each, with the file's name and what to do.
 *
 * @param {DatabaseFolder} folder
 * @returns {string[]}
 */
export function refusals(folder) {
  const broken = frozenMigrations(folder);
  if (broken.length > 0) return broken; // nothing can be compared with what is broken
  return [
    ...names(folder),
    ...listings(folder),
    ...definitionsLeftBehind(folder),
    ...objectsLeftBehind(folder),
  ];
}

/** @param {DatabaseFolder} folder */
function frozenMigrations({ migrations, releases }) {
  return releases.flatMap(({ release, migrations: frozen }) =>
    Object.entries(frozen).flatMap(([name, digest]) => {
      const migration = migrations.find((candidate) => candidate.name === name);
      const what = `migrations/${name} was released with ${release} and`;
      if (migration === undefined) return [`${what} is missing from composition.json: put it back`];
      if (migration.written === null) return [`${what} is missing: bring it back as it was`];
      if (digestOf(migration.written) !== digest) {
        return [
          `${what} is changed, which databases that have it would never notice: undo the change of the file, and put what was meant into a new migration`,
        ];
      }
      return migration.changes === null || migration.written.includes(migration.changes.trim())
        ? []
        : [`changes/${name} is changed since it was released with ${release}: undo that`];
    }),
  );
}

/** @param {DatabaseFolder} folder */
function names({ migrations, changes, written }) {
  const known = migrations.map(({ name }) => name);
  const last = migrations.findLast(({ release }) => release !== undefined)?.name ?? "";
  return [
    ...migrations
      .filter(({ name }) => !/^\d{3}_[a-z0-9_]+\.sql$/.test(name))
      .map(({ name }) => `${name} is no name of a migration: 018_what_it_does.sql`),
    ...migrations
      .filter(({ name, release }) => release === undefined && name < last)
      .map(
        ({ name }) =>
          `${name} would come before ${last}, which is released: give it a later number`,
      ),
    ...known
      .filter((name, place) => place > 0 && name < (known[place - 1] ?? ""))
      .map((name) => `${name} stands behind a later one in composition.json: sort them`),
    ...changes
      .filter((name) => !known.includes(name))
      .map(
        (name) =>
          `changes/${name} belongs to no migration: list one of its name in composition.json`,
      ),
    ...written
      .filter((name) => !known.includes(name))
      .map((name) => `migrations/${name} is not in composition.json: list it there, or delete it`),
  ];
}

/** @param {DatabaseFolder} folder */
function listings({ migrations, definitions, releases }) {
  const released = releasedDefinitions(releases);
  const fresh = migrations.filter(({ release }) => release === undefined);
  const seen = new Map();
  return fresh.flatMap(({ name, definitions: files, changes }) =>
    files.flatMap((file) => {
      const before = seen.get(file);
      seen.set(file, name);
      const definition = definitions.get(file);
      if (definition === undefined)
        return [`${name} lists definitions/${file}, which is not there`];
      if (before !== undefined)
        return [`definitions/${file} is in ${before} and in ${name}: list it once`];
      return released.has(file) && changes === null && !isReplaceable(definition)
        ? [
            `${name} lists definitions/${file}, which is released and can't be replaced: write the alter or drop that brings a database there into changes/${name}`,
          ]
        : [];
    }),
  );
}

/** @param {DatabaseFolder} folder */
function definitionsLeftBehind({ migrations, definitions, releases }) {
  const released = releasedDefinitions(releases);
  const listed = new Set(
    migrations.flatMap((migration) =>
      migration.release === undefined ? migration.definitions : [],
    ),
  );
  return [...definitions.values()].flatMap(({ file, text }) => {
    const before = released.get(file);
    if (listed.has(file)) return [];
    if (isGuard(file) && migrations.some((migration) => migration.definitions.includes(file)))
      return [];
    if (before === undefined)
      return [
        `definitions/${file} is in no migration that is still to be released: list it in composition.json`,
      ];
    return before.digest === digestOfDefinition(text)
      ? []
      : [
          `definitions/${file} is not what was released with ${before.release}, and no later migration brings the change: list it in one (composition.json), or undo the change`,
        ];
  });
}

/**
 * Objects of databases that exist which no definition makes any more, and functions that
 * `create or replace` can't turn into what is defined: both have to be dropped by a change.
 *
 * @param {DatabaseFolder} folder
 */
function objectsLeftBehind(folder) {
  const current = [...folder.definitions.values()].flatMap(({ objects }) => objects);
  const changes = folder.migrations
    .map((migration) => (migration.release === undefined ? (migration.changes ?? "") : ""))
    .join("\n");
  return releasedObjects(folder).flatMap((object) => {
    const { kind, name, detail } = object;
    const now = current.find(
      (other) =>
        other.kind === kind &&
        other.name === name &&
        (kind !== "function" || other.detail === detail),
    );
    // Sequences and indexes go with their tables, or are told apart by the test of the catalogs.
    if (kind === "sequence" || kind === "index") return [];
    if (now !== undefined && (now.head ?? null) === (object.head ?? null)) return [];
    if (new RegExp(`\\bdrop ${kind} (?:if exists )?${name}\\b`).test(changes)) return [];
    const shown = kind === "function" ? `${name}(${detail})` : name;
    const drop = `"drop ${kind} ${shown};" into the changes of a later migration (database/changes)`;
    return now === undefined
      ? [`${kind} ${shown} was released, and no definition makes it any more: write ${drop}`]
      : [
          `${kind} ${shown} was released with other names or defaults of its arguments, or another result, which "create or replace" can't change: write ${drop}`,
        ];
  });
}

// What is not composed, because databases that exist would never get it, or would fail at it.
import { isGuard } from "./database-folder.js";
import { isReplaceable } from "./migration-text.js";
import { objectRefusals } from "./object-refusals.js";
import { digestOf, digestOfDefinition, releasedDefinitions } from "./releases.js";

/** @typedef {import("./database-folder.js").DatabaseFolder} DatabaseFolder */
/** @typedef {import("./database-folder.js").Migration} Migration */

/**
 * Why the folder can't be composed: a sentence each, with the file's name and what to do.
 *
 * @param {DatabaseFolder} folder
 * @returns {string[]}
 */
export function refusals(folder) {
  const unreadable = carriageReturns(folder);
  if (unreadable.length > 0) return unreadable;
  const broken = frozenMigrations(folder);
  if (broken.length > 0) return broken; // nothing can be compared with what is broken
  return [
    ...names(folder),
    ...listings(folder),
    ...definitionsLeftBehind(folder),
    ...objectRefusals(folder),
  ];
}

/**
 * Windows line ends: digests are over bytes, and bodies would be stored with them.
 *
 * @param {DatabaseFolder} folder
 */
function carriageReturns({ definitions, migrations }) {
  return [
    ...[...definitions.values()].map(({ file, text }) => ({ file: `definitions/${file}`, text })),
    ...migrations.flatMap(({ name, changes, written }) => [
      { file: `changes/${name}`, text: changes },
      { file: `migrations/${name}`, text: written },
    ]),
  ]
    .filter(({ text }) => text?.includes("\r"))
    .map(
      ({ file }) =>
        `${file} has carriage returns, as editors on Windows write them: save it with line feeds alone`,
    );
}

/** @param {DatabaseFolder} folder */
function frozenMigrations({ migrations, releases }) {
  return releases.flatMap(({ release, migrations: frozen, changes }) =>
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
      return frozenChanges(migration, release, changes[name]);
    }),
  );
}

/**
 * @param {Migration} migration
 * @param {string} release
 * @param {string | undefined} digest of its changes when it was released
 */
function frozenChanges({ name, changes }, release, digest) {
  if (digest === undefined) {
    return changes === null
      ? []
      : [
          `changes/${name} came after ${name} was released with ${release}: put what was meant into a new migration`,
        ];
  }
  if (changes === null) {
    return [`changes/${name} was released with ${release} and is missing: bring it back as it was`];
  }
  return digestOf(changes) === digest
    ? []
    : [`changes/${name} is changed since it was released with ${release}: undo that`];
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
    ...known.flatMap((name, place) => {
      const twin = known.slice(0, place).find((other) => numberOf(other) === numberOf(name));
      return twin === undefined
        ? []
        : [`${name} has the number of ${twin}: give the later one the next number`];
    }),
    ...known.flatMap((name, place) => {
      const twin = known.slice(0, place).find((other) => wordsOf(other) === wordsOf(name));
      return twin === undefined
        ? []
        : [
            `${name} is called as ${twin} is, and migrate --supabase, which dates the files anew, would take one for the other: give it another name behind its number`,
          ];
    }),
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

/** @param {string} name of a migration */
const numberOf = (name) => name.slice(0, "018".length);

/** @param {string} name of a migration */
const wordsOf = (name) => name.slice("018_".length);

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

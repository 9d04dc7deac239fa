// What of the objects themselves is not composed: made twice, moved, left behind or lost.
import { dropsOf, isDropOf, renamesOf } from "./changes.js";
import { isBroughtByRename } from "./migration-text.js";
import { releasedDefinitions, releasedObjects } from "./releases.js";

/** @typedef {import("./database-folder.js").DatabaseFolder} DatabaseFolder */
/** @typedef {import("./objects.js").DatabaseObject} DatabaseObject */

/**
 * @param {DatabaseFolder} folder
 * @returns {string[]}
 */
export function objectRefusals(folder) {
  return [...madeTwice(folder), ...moved(folder), ...leftBehind(folder), ...lost(folder)];
}

/** @param {DatabaseFolder} folder */
function madeTwice({ definitions }) {
  /** @type {Map<string, string>} */
  const makers = new Map();
  return [...definitions.values()].flatMap(({ file, objects }) =>
    objects.flatMap((object) => {
      const maker = makers.get(identity(object));
      makers.set(identity(object), file);
      return maker === undefined
        ? []
        : [
            `${identity(object)} is made by definitions/${maker} and by definitions/${file}: leave it in one of them`,
          ];
    }),
  );
}

/**
 * What databases have from a file of another name would be created again.
 *
 * @param {DatabaseFolder} folder
 */
function moved(folder) {
  const released = releasedDefinitions(folder.releases);
  const gone = [...released.keys()].filter((file) => !folder.definitions.has(file));
  const there = new Map(releasedObjects(folder).map((object) => [identity(object), object]));
  const changes = freshChanges(folder);
  const drops = dropsOf(changes);
  return [...folder.definitions.values()].flatMap((definition) => {
    const { file, objects } = definition;
    if (released.has(file) || isBroughtByRename(definition, changes)) return [];
    const object = objects.find((candidate) => there.has(identity(candidate)));
    if (object === undefined) return [];
    const had = there.get(identity(object));
    if (drops.some((drop) => had !== undefined && isDropOf(drop, had))) return [];
    const from = gone.find((other) => nameOf(other) === nameOf(file)) ?? gone.join(" or ");
    const back =
      from === "" ? "back where it was" : `back to its released file, definitions/${from}`;
    return [
      `${identity(object)} was released, and is moved to definitions/${file}, which would create it again: move it ${back}; or, if nothing stands on it, write "drop ${identity(object)};" into the changes of the migration that lists the new file`,
    ];
  });
}

/**
 * Objects of databases that exist which no definition makes any more, and functions that
 * `create or replace` can't turn into what is defined: both have to be dropped by a change.
 *
 * @param {DatabaseFolder} folder
 */
function leftBehind(folder) {
  const current = new Map(
    [...folder.definitions.values()]
      .flatMap(({ objects }) => objects)
      .map((object) => [identity(object), object]),
  );
  const changes = freshChanges(folder);
  const drops = dropsOf(changes);
  const renames = renamesOf(changes);
  return releasedObjects(folder).flatMap((object) => {
    const now = current.get(identity(object));
    // Sequences and indexes go with their tables, or are told apart by the test of the catalogs.
    if (object.kind === "sequence" || object.kind === "index") return [];
    if (now !== undefined && (now.head ?? null) === (object.head ?? null)) return [];
    if (drops.some((drop) => isDropOf(drop, object))) return [];
    const drop = `"drop ${identity(object)};" into the changes of a later migration (database/changes)`;
    if (now !== undefined) {
      return [
        `${identity(object)} was released with other names or defaults of its arguments, or another result, which "create or replace" can't change: write ${drop}`,
      ];
    }
    const gone = `${identity(object)} was released, and no definition makes it any more:`;
    if (object.kind !== "table") return [`${gone} write ${drop}`];
    return current.has(`table ${renames.get(object.name)}`)
      ? []
      : [
          `${gone} bring the definition back; or, if the table has another name now, write "alter table ${object.name} rename to …;" and if what people have in it may be lost, ${drop}`,
        ];
  });
}

/**
 * What a change drops is created again only by the migration of that change.
 *
 * @param {DatabaseFolder} folder
 */
function lost({ migrations, definitions }) {
  return migrations
    .filter(({ release }) => release === undefined)
    .flatMap(({ name, changes, definitions: listed }) =>
      dropsOf(changes ?? "").flatMap((drop) =>
        [...definitions.values()]
          .filter(({ file }) => !listed.includes(file))
          .flatMap(({ file, objects }) =>
            objects
              .filter((object) => isDropOf(drop, object))
              .map(
                (object) =>
                  `changes/${name} drops ${identity(object)}, which is still defined: list definitions/${file} in ${name}, or delete it`,
              ),
          ),
      ),
    );
}

/** @param {DatabaseFolder} folder */
function freshChanges({ migrations }) {
  return migrations
    .map(({ release, changes }) => (release === undefined ? (changes ?? "") : ""))
    .join(";\n");
}

/** @param {DatabaseObject} object */
function identity({ kind, name, detail }) {
  return kind === "function" ? `${kind} ${name}(${detail})` : `${kind} ${name}`;
}

/** @param {string} file */
function nameOf(file) {
  return file.split("/").at(-1);
}

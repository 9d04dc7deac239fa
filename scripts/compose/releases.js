// What was released: digests of files, and the objects that databases of the last release have.
import { createHash } from "node:crypto";
import { isGuard } from "./database-folder.js";
import { functionsOf } from "./objects.js";
import { condensed, withoutComments } from "./sql-text.js";

/** @typedef {import("./database-folder.js").DatabaseFolder} DatabaseFolder */
/** @typedef {import("./database-folder.js").Release} Release */
/** @typedef {import("./objects.js").DatabaseObject} DatabaseObject */

/** @param {string} text */
export function digestOf(text) {
  return createHash("sha256").update(text).digest("hex");
}

/**
 * The digest of what a definition makes. White space and a comment that PostgreSQL does not keep may
 * be mended without a migration: whatever stands outside of bodies and strings.
 *
 * @param {string} text
 */
export function digestOfDefinition(text) {
  return digestOf(condensed(text));
}

/**
 * The digests of the definitions as the last release has them.
 *
 * @param {Release[]} releases
 * @returns {Map<string, { digest: string, release: string }>}
 */
export function releasedDefinitions(releases) {
  return new Map(
    releases.flatMap(({ release, definitions }) =>
      Object.entries(definitions).map(([file, digest]) => [file, { digest, release }]),
    ),
  );
}

/**
 * The objects of a database that has all frozen migrations: the last list that they wrote of them,
 * and of each function the head that was created last.
 *
 * @param {DatabaseFolder} folder
 * @returns {DatabaseObject[]}
 */
export function releasedObjects({ migrations }) {
  const texts = migrations.flatMap(({ release, written }) =>
    release !== undefined && written !== null ? [written] : [],
  );
  const list = texts.map((text) => LIST.exec(text)?.[1]).findLast((found) => found !== undefined);
  if (list === undefined) return [];
  const heads = new Map(
    texts
      .flatMap((text) => functionsOf(withoutComments(text)))
      .map(({ name, detail, head }) => [`${name}(${detail})`, head]),
  );
  return [...list.matchAll(ROW)].map(([, kind, name = "", detail = null]) => ({
    kind: /** @type {DatabaseObject["kind"]} */ (kind),
    name,
    detail,
    is_definer: false,
    is_for_users: false,
    head: heads.get(`${name}(${detail})`) ?? null,
  }));
}

// That of contact_sync_objects(), and a row of it.
const LIST = /-- <objects kind, name, detail, [\w, ]+>\n([\s\S]*?)-- <\/objects>/;
const ROW = /^ *\('(\w+)', '(\w+)', (?:'((?:[^']|'')*)'|null), /gm;

/**
 * The record of a release of all that is not frozen yet.
 *
 * @param {DatabaseFolder} folder
 * @param {string} release
 * @param {string} day
 * @returns {Release}
 */
export function releaseOf({ migrations, definitions }, release, day) {
  const fresh = migrations.filter((migration) => migration.release === undefined);
  return {
    release,
    day,
    migrations: Object.fromEntries(
      fresh.map(({ name, written }) => [name, digestOf(written ?? "")]),
    ),
    changes: Object.fromEntries(
      fresh.flatMap(({ name, changes }) => (changes === null ? [] : [[name, digestOf(changes)]])),
    ),
    definitions: Object.fromEntries(
      fresh
        .flatMap((migration) => migration.definitions)
        .filter((file) => !isGuard(file))
        .map((file) => [file, digestOfDefinition(definitions.get(file)?.text ?? "")]),
    ),
  };
}

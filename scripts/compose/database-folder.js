// What lies in a database folder: the composition, the releases, and the files that they name.
import { readdir, readFile } from "node:fs/promises";
import { objectsOf } from "./objects.js";
import { writeLists } from "./written-lists.js";

/** @typedef {import("./objects.js").DatabaseObject} DatabaseObject */

/**
 * A release, as `--freeze` records it: the digests of its migrations, of the changes in them that
 * were written by hand, and of the definitions that they brought to the database.
 *
 * @typedef {object} Release
 * @property {string} release its version
 * @property {string} day when it was frozen, in UTC
 * @property {Record<string, string>} migrations
 * @property {Record<string, string>} changes
 * @property {Record<string, string>} definitions
 */

/**
 * @typedef {object} Definition
 * @property {string} file
 * @property {string} text with its lists of objects written
 * @property {DatabaseObject[]} objects what it makes; of a guard nothing
 */

/**
 * @typedef {object} Migration
 * @property {string} name
 * @property {string} title
 * @property {string[]} definitions
 * @property {string | null} changes what was written by hand: alter, drop
 * @property {string | null} written the file in database/migrations
 * @property {Release | undefined} release the one that it is frozen since
 */

/**
 * @typedef {object} DatabaseFolder
 * @property {Map<string, Definition>} definitions in the order in which they are first listed
 * @property {Migration[]} migrations
 * @property {Release[]} releases
 * @property {string[]} changes names of the files in database/changes
 * @property {string[]} written names of the files in database/migrations
 */

/** @param {string} file of a definition */
export const isGuard = (file) => file.startsWith("guard/");

/**
 * @param {URL} folder
 * @returns {Promise<DatabaseFolder>}
 */
export async function readDatabaseFolder(folder) {
  /** @type {Record<string, { title: string, definitions: string[] }>} */
  const composition = JSON.parse(await readFile(new URL("composition.json", folder), "utf8"));
  /** @type {Release[]} */
  const releases = JSON.parse(await readFile(new URL("releases.json", folder), "utf8"));
  const migrations = await Promise.all(
    Object.entries(composition).map(async ([name, { title, definitions }]) => ({
      name,
      title,
      definitions,
      changes: await readIfThere(new URL(`changes/${name}`, folder)),
      written: await readIfThere(new URL(`migrations/${name}`, folder)),
      release: releases.find((release) => Object.hasOwn(release.migrations, name)),
    })),
  );
  return {
    definitions: await readDefinitions(folder, migrations),
    migrations,
    releases,
    changes: await sqlFiles(new URL("changes/", folder)),
    written: await sqlFiles(new URL("migrations/", folder)),
  };
}

/**
 * @param {URL} folder
 * @param {Migration[]} migrations
 */
async function readDefinitions(folder, migrations) {
  const there = await sqlFiles(new URL("definitions/", folder));
  const listed = migrations.flatMap(({ definitions }) => definitions);
  const files = [...new Set([...listed, ...there])].filter((file) => there.includes(file));
  const read = await Promise.all(
    files.map(async (file) => {
      const text = await readFile(new URL(`definitions/${file}`, folder), "utf8");
      // A text with carriage returns is refused, and read no further.
      const isRead = !isGuard(file) && !text.includes("\r");
      return { file, text, objects: isRead ? objectsOf(text, file) : [] };
    }),
  );
  const objects = read.flatMap((definition) => definition.objects);
  return new Map(
    read.map((definition) => [
      definition.file,
      { ...definition, text: writeLists(definition.text, objects) },
    ]),
  );
}

/** @param {URL} folder */
async function sqlFiles(folder) {
  const files = await readdir(folder, { recursive: true }).catch(() => []);
  return files
    .map((file) => file.replaceAll("\\", "/"))
    .filter((file) => file.endsWith(".sql"))
    .sort();
}

/** @param {URL} file */
async function readIfThere(file) {
  return readFile(file, "utf8").catch((error) => {
    if (error.code === "ENOENT") return null;
    throw error;
  });
}

// What the changes of a migration, written by hand, do to objects.
import { catalogName } from "./objects.js";
import { statements } from "./sql-text.js";

/** @typedef {import("./objects.js").DatabaseObject} DatabaseObject */

/**
 * @typedef {object} Drop
 * @property {string} kind
 * @property {string} name
 * @property {string | null} types of a function's arguments, where they are given
 */

const NAME = String.raw`(?:"?\w+"?\.)?"?(\w+)"?`;
const DROP =
  /\bdrop\s+(table|view|sequence|index|type|function|routine)\s+(?:concurrently\s+)?(?:if\s+exists\s+)?([^;]+)/gi;
const DROPPED = new RegExp(String.raw`^\s*${NAME}\s*(?:\(([\s\S]*)\))?`);
const RENAME = new RegExp(
  String.raw`\balter\s+table\s+(?:if\s+exists\s+)?(?:only\s+)?${NAME}\s+rename\s+to\s+"?(\w+)"?`,
  "gi",
);

/**
 * @param {string} changes
 * @returns {Drop[]}
 */
export function dropsOf(changes) {
  return [...statements(changes).matchAll(DROP)].flatMap(([, kind = "", list = ""]) =>
    list.split(/,(?![^(]*\))/).flatMap((dropped) => {
      const [, name, types] = DROPPED.exec(dropped) ?? [];
      if (name === undefined) return [];
      return {
        kind: kind.toLowerCase().replace("routine", "function"),
        name: name.toLowerCase(),
        types: types?.trim().toLowerCase() ?? null,
      };
    }),
  );
}

/**
 * Whether a statement drops this object; a function without its types is whichever has the name.
 *
 * @param {Drop} drop
 * @param {DatabaseObject} object
 */
export function isDropOf(drop, { kind, name, detail }) {
  if (drop.kind !== kind || drop.name !== name) return false;
  return kind !== "function" || drop.types === null || isListOf(drop.types, detail ?? "");
}

/**
 * Whether `p_a int, out b text` names the arguments `integer`.
 *
 * @param {string} list
 * @param {string} types as the catalog writes them
 */
function isListOf(list, types) {
  const given = split(list).filter((argument) => !/^out\s/.test(argument));
  const wanted = split(types);
  return (
    given.length === wanted.length &&
    given.every((argument, place) => {
      const type = argument
        .replace(/^(?:in|inout|variadic)\s+/, "")
        .replace(/\b(?:pg_catalog|public)\./, "")
        .replace(/\s+/g, " ");
      return [type, type.replace(/^"?\w+"? /, "")].map(catalogName).includes(wanted[place] ?? "");
    })
  );
}

/** @param {string} list */
function split(list) {
  return list
    .split(",")
    .map((argument) => argument.trim())
    .filter((argument) => argument !== "");
}

/**
 * Tables that get another name: from the old ones to the new.
 *
 * @param {string} changes
 * @returns {Map<string, string>}
 */
export function renamesOf(changes) {
  return new Map(
    [...statements(changes).matchAll(RENAME)].map(([, from = "", to = ""]) => [
      from.toLowerCase(),
      to.toLowerCase(),
    ]),
  );
}

// What the definitions make: one entry an object, read from the definitions themselves, so that
// the guard, the grants, the checks and the tests speak of the same things.
import { withoutComments } from "./sql-text.js";

/**
 * @typedef {object} DatabaseObject
 * @property {"table" | "view" | "sequence" | "index" | "type" | "function"} kind
 * @property {string} name
 * @property {string | null} detail of a function the types of its arguments, as the catalog writes
 *   them; of an index the statement that makes it
 * @property {boolean} is_definer whether a function runs with its owner's rights
 * @property {boolean} is_for_users whether signed-in users may call it
 * @property {string | null} head of a function its arguments and what it returns, as written:
 *   what `create or replace` can't change
 */

/** The line by which a definition says that its function is not for service_role alone. */
const FOR_USERS = /^-- For (?:the owner|every signed-in user) and service_role\.$/m;
const NEARLY_FOR_USERS = /For (?:the\s+(?:-- )?owner|every\s+(?:-- )?signed-in\s+(?:-- )?user)\b/;

/** Types that have another name in the catalog than in the definitions. */
const CATALOG_NAMES = new Map([
  ["timestamptz", "timestamp with time zone"],
  ["int", "integer"],
  ["int4", "integer"],
  ["int8", "bigint"],
  ["bool", "boolean"],
  ["float8", "double precision"],
  ["decimal", "numeric"],
]);

/**
 * A type's name, `int[]` too, as the catalog writes it.
 *
 * @param {string} type
 */
export function catalogName(type) {
  const [, element = "", brackets] = /^(.*?)\s*((?:\[\])?)$/.exec(type) ?? [];
  return `${CATALOG_NAMES.get(element) ?? element}${brackets}`;
}

/**
 * @param {string} text a definition
 * @param {string} file its name, for complaints
 * @returns {DatabaseObject[]}
 */
export function objectsOf(text, file) {
  const isForUsers = FOR_USERS.test(text);
  if (!isForUsers && NEARLY_FOR_USERS.test(text)) {
    throw new Error(`${file}: "For the owner and service_role." needs a line of its own`);
  }
  const sql = withoutComments(text);
  const objects = [
    ...tables(sql),
    ...indexes(sql),
    ...named(sql, /^create (?:or replace )?view (\w+)/gm, "view"),
    ...named(sql, /^create type (\w+) as/gm, "type"),
    ...functionsOf(sql, isForUsers),
  ];
  if (objects.length === 0) throw new Error(`${file} makes nothing that is known here`);
  return objects;
}

/**
 * @param {DatabaseObject["kind"]} kind
 * @param {string | undefined} name
 * @param {string | null} [detail]
 * @returns {DatabaseObject}
 */
function entry(kind, name, detail = null, is_definer = false, is_for_users = false) {
  if (name === undefined) throw new Error(`a ${kind} without a name`);
  return { kind, name, detail, is_definer, is_for_users, head: null };
}

/** @param {string} sql @param {RegExp} pattern @param {DatabaseObject["kind"]} kind */
function named(sql, pattern, kind) {
  return [...sql.matchAll(pattern)].map(([, name]) => entry(kind, name));
}

/**
 * Tables, the sequences of their numbered columns, and the indexes of their keys.
 *
 * @param {string} sql
 */
function tables(sql) {
  return [...sql.matchAll(/^create table (\w+) \(\n([\s\S]*?)^\)/gm)].flatMap(
    ([, table, body = ""]) => [
      entry("table", table),
      ...[...body.matchAll(/^\s*(\w+) .*\b(?:as identity|serial)\b/gm)].map(([, column]) =>
        entry("sequence", `${table}_${column}_seq`),
      ),
      ...[...body.matchAll(/constraint (\w+) ((?:primary key|unique) \([^)]*\))/g)].map(
        ([, name, key]) =>
          entry("index", name, `alter table ${table} add constraint ${name} ${key}`),
      ),
    ],
  );
}

/** @param {string} sql */
function indexes(sql) {
  return [...sql.matchAll(/^create (?:unique )?index (\w+)[^;]*/gm)].map(([statement, name]) =>
    entry("index", name, statement.replace(/\s+/g, " ").trim()),
  );
}

/**
 * @param {string} sql without comments
 * @param {boolean} [isForUsers]
 */
export function functionsOf(sql, isForUsers = false) {
  return [...sql.matchAll(/^create (?:or replace )?function (\w+)\(/gm)].map((match) => {
    const start = match.index + match[0].length;
    const end = closingParenthesis(sql, start);
    const types = argumentTypes(sql.slice(start, end));
    const rest = sql.slice(end, sql.indexOf("as $$", end));
    const isDefiner = /\bsecurity definer\b/.test(rest);
    const returned = rest.slice(0, rest.search(/\blanguage\b/));
    const head = `(${sql.slice(start, end)}${returned}`.replace(/\s*([(),])\s*|\s+/g, " $1").trim();
    return { ...entry("function", match[1], types, isDefiner, isForUsers), head };
  });
}

/** @param {string} sql @param {number} start */
function closingParenthesis(sql, start) {
  let depth = 1;
  for (let index = start; index < sql.length; index += 1) {
    if (sql[index] === "(") depth += 1;
    if (sql[index] === ")") depth -= 1;
    if (depth === 0) return index;
  }
  throw new Error("a function's arguments never end");
}

/**
 * `p_a integer default 1, out b text` → `integer`.
 *
 * @param {string} list
 */
function argumentTypes(list) {
  return list
    .split(",")
    .map((argument) => argument.trim())
    .filter((argument) => argument !== "" && !argument.startsWith("out "))
    .map((argument) => {
      const [, type, brackets] = /^\w+\s+(\w+)((?:\[\])?)(?:\s+default\s.*)?$/.exec(argument) ?? [];
      if (type === undefined) throw new Error(`an argument that can't be read: ${argument}`);
      return catalogName(`${type}${brackets}`);
    })
    .join(", ");
}

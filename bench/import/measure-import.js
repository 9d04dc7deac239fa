/**
 * @import { Pool } from "pg"
 * @import { Cost } from "../lib/counters.js"
 * @import { Database } from "../lib/database.js"
 * @import { Measured, Run } from "../lib/run.js"
 * @import { Book, Row } from "./address-book.js"
 * @import { Form } from "./cases.js"
 * @import { Imported, Task } from "./import-process.js"
 * @import { Round } from "./report.js"
 */
import { fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { binaryRows, copyRows } from "../lib/binary-copy.js";
import { withConnection } from "../lib/connection.js";
import { withCounters } from "../lib/counters.js";
import { fillTables } from "../lib/fill.js";
import { ownerId } from "../lib/phone-keys.js";
import { rotated } from "../lib/turns.js";
import { withBook } from "./address-book.js";
import { FORMS, SIZES } from "./cases.js";
import { importRatios, importTable, summarize } from "./report.js";
import { measureStorage } from "./storage.js";

const IMPORT_PROCESS = fileURLToPath(new URL("import-process.js", import.meta.url));

/**
 * Measures the streamed import of one large book, from a file and in a process of its own, beside a
 * binary COPY of the same rows; then what contacts take on disk.
 *
 * @param {Run} run
 * @returns {Promise<Measured>}
 */
export function measureImport({ database, size, tell }) {
  const { contacts, stored, directory, rounds } = SIZES[size];
  return withConnection(database, ({ pool }) =>
    withBook({ contacts, key: database.key }, async (book) => {
      const { schema } = database;
      await fillTables(pool, schema, { contacts: stored, directory });
      await register(pool, schema, book.rows);
      /** @type {{ name: keyof Round, run: (owner: string) => Promise<Cost> }[]} */
      const turns = [
        { name: "hashes", run: (owner) => importFile(database, owner, "hashes", book) },
        { name: "numbers", run: (owner) => importFile(database, owner, "numbers", book) },
        { name: "copy", run: (owner) => copyContacts(database, owner, book.inKeyOrder) },
        { name: "copyAsItComes", run: (owner) => copyContacts(database, owner, book.rows) },
      ];

      /** @type {Round[]} */
      const measured = [];
      // None to warm up: every turn begins with a new connection, as an import does.
      for (let round = 1; round <= rounds; round += 1) {
        tell(`Round ${round} of ${rounds}.`);
        /** @type {Record<string, Cost>} */
        const taken = {};
        for (const { name, run } of rotated(turns, round)) {
          const owner = ownerId(`_import_${round}_${name}`);
          taken[name] = await run(owner);
          await verify(pool, schema, owner, { contacts, linked: book.linked });
          await clearAway(pool, schema, owner);
        }
        measured.push(/** @type {Round} */ (taken));
      }

      tell("Measuring what it takes on disk.");
      const importBook = () => importFile(database, ownerId("_import"), "hashes", book);
      const storage = await measureStorage(pool, schema, { contacts, directory, importBook });
      const cases = FORMS.map((form) => summarize(form, contacts, measured));
      return {
        cases: [...cases, ...storage],
        ratios: importRatios(cases),
        table: importTable(cases, storage),
      };
    }),
  );
}

const COLUMNS = "(owner_id, phone_key, linked_user_id, created_at, updated_at)";

/**
 * Enters the book's registered numbers in the directory, beside those that are there.
 *
 * @param {Pool} pool
 * @param {string} schema
 * @param {readonly Row[]} rows
 */
async function register(pool, schema, rows) {
  const now = new Date();
  const phones = binaryRows(
    rows.filter(({ userId }) => userId !== null),
    [
      { type: "uuid", of: ({ phoneKey }) => phoneKey },
      { type: "uuid", of: ({ userId }) => userId },
      { type: "timestamptz", of: () => now },
    ],
  );
  await copyRows(pool, `${schema}.phones (phone_key, linked_user_id, verified_at)`, phones);
  await pool.query(`vacuum (analyze) ${schema}.phones`);
}

/**
 * The limit: de-duplicated and matched, over a connection as new as the import's. In key order it
 * fills the indexes from one end to the other, which a stream can't: it would have to end first.
 *
 * @param {Database} database
 * @param {string} owner
 * @param {readonly Row[]} rows
 */
async function copyContacts(database, owner, rows) {
  const now = new Date();
  const contacts = binaryRows(rows, [
    { type: "uuid", of: () => owner },
    { type: "uuid", of: ({ phoneKey }) => phoneKey },
    { type: "uuid", of: ({ userId }) => userId },
    { type: "timestamptz", of: () => now },
    { type: "timestamptz", of: () => now },
  ]);
  const target = `${database.schema}.contacts_with_accounts ${COLUMNS}`;
  return withConnection(database, ({ pool }) =>
    withCounters(pool, () => copyRows(pool, target, contacts)),
  );
}

/**
 * @param {Database} database
 * @param {string} ownerId
 * @param {Form} form
 * @param {Book} book
 */
async function importFile(
  { connectionString, schema, key },
  ownerId,
  form,
  { files, rows, linked },
) {
  const child = fork(IMPORT_PROCESS);
  const kill = () => child.kill("SIGKILL");
  process.once("exit", kill);
  const ended = once(child, "exit");
  /** @type {Imported[]} */
  const told = [];
  child.once("message", (message) => told.push(/** @type {Imported} */ (message)));
  const database = { connectionString, schema, key };
  /** @type {Task} */
  const task = { database, ownerId, form, file: files[form] };
  child.send(task);
  await ended;
  process.removeListener("exit", kill);
  const [measured] = told;
  if (measured === undefined) throw new Error("the process that imports has failed");
  const { contacts_inserted: inserted, rejected, matches } = measured.result;
  if (inserted !== rows.length || rejected !== 0 || matches !== linked) {
    throw new Error(`${inserted} inserted, ${rejected} rejected, ${matches} linked`);
  }
  return measured;
}

/**
 * @param {Pool} pool
 * @param {string} schema
 * @param {string} owner
 * @param {{ contacts: number, linked: number }} expected
 */
async function verify(pool, schema, owner, expected) {
  const { rows } = await pool.query(
    `select count(*)::integer as contacts, count(linked_user_id)::integer as linked
       from ${schema}.contacts_with_accounts
      where owner_id = $1`,
    [owner],
  );
  const [{ contacts, linked }] = rows;
  if (contacts !== expected.contacts || linked !== expected.linked) {
    throw new Error(`${contacts} contacts are stored and ${linked} of them linked`);
  }
}

/**
 * Every turn finds the same tables.
 *
 * @param {Pool} pool
 * @param {string} schema
 * @param {string} owner
 */
async function clearAway(pool, schema, owner) {
  for (const table of ["contacts_with_accounts", "contact_sync_status", "contact_sync_runs"]) {
    await pool.query(`delete from ${schema}.${table} where owner_id = $1`, [owner]);
    await pool.query(`vacuum ${schema}.${table}`);
  }
}

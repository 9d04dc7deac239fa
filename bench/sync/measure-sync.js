/**
 * @import { Cost } from "../lib/counters.js"
 * @import { Measured, Run, Size, Tell } from "../lib/run.js"
 * @import { Kind } from "./cases.js"
 * @import { FilledTables } from "./environments.js"
 * @import { Opened, Subject } from "./subjects/subject.js"
 * @import { Case } from "./summary.js"
 * @import { Expected } from "./verify.js"
 */
import { collectYoungGarbage } from "../lib/collect-garbage.js";
import { withPool } from "../lib/connection.js";
import { withCounters } from "../lib/counters.js";
import { required } from "../lib/required.js";
import { counterFrom, rotated } from "../lib/turns.js";
import { bookOf } from "./books.js";
import { BOOKS, kindsOfTurn, SIZES } from "./cases.js";
import { clearAway, emptyAgain, warmSession, withFilledTables } from "./environments.js";
import { ratiosOf } from "./ratios.js";
import { syncTable } from "./report.js";
import { SUBJECTS } from "./subjects/all.js";
import { summarize } from "./summary.js";
import { verifyBook, verifyClaims } from "./verify.js";

// Beyond those of the books that are filled in.
const FIRST_OWNER = 10_000_000;
const SMALL_BOOK = 100;

/**
 * @typedef {object} Sample one sync
 * @property {number} round
 * @property {string} tables
 * @property {number} contacts
 * @property {string} subject
 * @property {Kind} kind
 * @property {Cost} counted
 *
 * @typedef {{ subject: Subject, on: ReadonlyMap<string, Opened> }} OpenedSubject by the names of tables
 *
 * @typedef {ReadonlyMap<string, string[]>} MeasuredOwners in a round, by the names of tables
 */

/**
 * Measures syncs by contact-sync and by others, on the same tables over the same connection: the
 * first one of a new owner, the same list again, and the list with 1 % others.
 *
 * A round measures every book size with every subject on all tables, and every subject syncs a new
 * owner; what is compared is measured close together, and ratios are taken within a round.
 *
 * @param {Run} run
 * @returns {Promise<Measured<Case>>}
 */
export function measureSync({ database, size, tell }) {
  return withPool(database.connectionString, (pool) =>
    withFilledTables(database, SIZES[size].tables, { pool, tell }, async (filled) => {
      const { opened, notMeasured } = await openSubjects(filled, tell);
      for (const tables of filled) await warmSession(tables);
      // Now, and not in the middle of a round. Who may not, measures with what comes.
      await pool.query("checkpoint").catch(() => {});
      const samples = await measureRounds(opened, filled, { size, tell });
      const cases = summarize(samples);
      const ratios = ratiosOf(samples, size);
      return { table: syncTable(cases, ratios, { size, notMeasured }), cases, ratios };
    }),
  );
}

/**
 * Opens each subject on each of the tables.
 *
 * @param {readonly FilledTables[]} filled
 * @param {Tell} tell
 */
async function openSubjects(filled, tell) {
  /** @type {OpenedSubject[]} */
  const opened = [];
  const notMeasured = [];
  for (const subject of SUBJECTS) {
    try {
      const on = new Map();
      for (const tables of filled) on.set(tables.name, await subject.open(tables));
      opened.push({ subject, on });
    } catch (error) {
      if (!subject.optional || !(error instanceof Error)) throw error;
      const [reason = ""] = error.message.trim().split("\n");
      notMeasured.push({ subject: subject.name, reason });
      tell(`${subject.name} is not measured: ${reason}`);
    }
  }
  return { opened, notMeasured };
}

/**
 * @param {readonly OpenedSubject[]} opened
 * @param {readonly FilledTables[]} filled
 * @param {{ size: Size, tell: Tell }} how
 */
async function measureRounds(opened, filled, { size, tell }) {
  const { rounds } = SIZES[size];
  /** @type {Sample[]} */
  const samples = [];
  const owners = counterFrom(FIRST_OWNER);
  // Round 0 warms up: code is compiled, plans are made.
  for (let round = 0; round <= rounds; round += 1) {
    tell(round === 0 ? "Warming up." : `Round ${round} of ${rounds}.`);
    /** @type {MeasuredOwners} */
    const measured = new Map(filled.map(({ name }) => [name, []]));
    for (const tables of filled) await makePlans(opened, tables, owners, measured);
    for (const contacts of BOOKS) {
      for (const { subject, on } of rotated(opened, round)) {
        for (const tables of rotated(filled, round)) {
          const kinds = kindsOfTurn(subject, { size, tables, contacts, round });
          if (kinds.length === 0) continue;
          await emptyAgain(tables);
          if (tables.contacts === 0) {
            await makePlans([{ subject, on }], tables, owners, measured);
          }
          const owner = owners();
          const sync = onTables(on, tables);
          const taken = await takeTurn(subject, sync, tables, { owner, contacts, kinds });
          onTables(measured, tables).push(taken.ownerId);
          for (const sample of taken.samples) samples.push({ round, ...sample });
        }
      }
    }
    for (const tables of filled) await clearAway(tables, onTables(measured, tables));
  }
  return samples.filter(({ round }) => round > 0);
}

/**
 * @template Value
 * @param {ReadonlyMap<string, Value>} byName
 * @param {FilledTables} tables
 */
const onTables = (byName, { name }) => required(byName.get(name), `entry of tables ${name}`);

/**
 * Syncs a small book that is not measured: after TRUNCATE and VACUUM, a session makes its plans anew.
 *
 * @param {readonly OpenedSubject[]} opened
 * @param {FilledTables} tables
 * @param {() => number} owners
 * @param {MeasuredOwners} measured
 */
async function makePlans(opened, tables, owners, measured) {
  for (const { subject, on } of opened.filter(({ subject: { pace } }) => pace !== "slowest")) {
    const { book } = bookOf(owners(), SMALL_BOOK, tables.directory);
    const sync = onTables(on, tables).prepare(book);
    await sync();
    if (!subject.onlyFirst) await sync();
    onTables(measured, tables).push(book.ownerId);
  }
}

/**
 * All syncs of one new owner by one subject.
 *
 * @param {Subject} subject
 * @param {Opened} opened
 * @param {FilledTables} tables
 * @param {{ owner: number, contacts: number, kinds: readonly Kind[] }} turn
 */
async function takeTurn(subject, opened, tables, { owner, contacts, kinds }) {
  const { book, changed, added, addedLinked } = bookOf(owner, contacts, tables.directory);
  /** @type {Expected} */
  const stored = { contacts, linked: book.linked };
  /** @type {Expected} */
  const left = subject.replaces
    ? { contacts, linked: changed.linked }
    : { contacts: contacts + added, linked: book.linked + addedLinked };
  const syncs = {
    first: { list: book, expected: stored, inserted: contacts },
    unchanged: { list: book, expected: stored, inserted: 0 },
    changed: { list: changed, expected: left, inserted: added },
  };
  const samples = [];
  for (const kind of kinds) {
    const { list, expected, inserted } = syncs[kind];
    const sync = opened.prepare(list);
    collectYoungGarbage();
    const { result: claims, ...counted } = await withCounters(tables.pool, sync);
    const what = `${subject.name} on ${tables.name}, ${kind} sync of ${contacts} contacts,`;
    verifyClaims(what, claims, {
      inserted,
      unchanged: contacts - inserted,
      matched: list.linked,
    });
    // What an unchanged list did wrong, the changed one that follows it shows.
    if (kind !== "unchanged") await verifyBook(what, tables, list, expected);
    samples.push({ tables: tables.name, contacts, subject: subject.name, kind, counted });
  }
  return { ownerId: book.ownerId, samples };
}

import { collectYoungGarbage } from "../lib/collect-garbage.js";
import { withPool } from "../lib/connection.js";
import { withCounters } from "../lib/counters.js";
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
 * @property {"first" | "unchanged" | "changed"} kind
 * @property {Omit<import("../lib/counters.js").Counted<unknown>, "result">} counted
 */

/**
 * Measures syncs by contact-sync and by others, on the same tables over the same connection: the
 * first one of a new owner, the same list again, and the list with 1 % others.
 *
 * A round measures every book size with every subject on all tables, and every subject syncs a new
 * owner; what is compared is measured close together, and ratios are taken within a round.
 *
 * @param {{ database: { connectionString: string, schema: string, key: string }, size: "quick" | "full", tell: (line: string) => void }} run
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

/** Opens each subject on each of the tables. */
async function openSubjects(filled, tell) {
  const opened = [];
  const notMeasured = [];
  for (const subject of SUBJECTS) {
    try {
      const on = new Map();
      for (const tables of filled) on.set(tables.name, await subject.open(tables));
      opened.push({ subject, on });
    } catch (error) {
      if (!subject.optional) throw error;
      const [reason] = String(error.message).trim().split("\n");
      notMeasured.push({ subject: subject.name, reason });
      tell(`${subject.name} is not measured: ${reason}`);
    }
  }
  return { opened, notMeasured };
}

async function measureRounds(opened, filled, { size, tell }) {
  const { rounds } = SIZES[size];
  const samples = [];
  const owners = counterFrom(FIRST_OWNER);
  // Round 0 warms up: code is compiled, plans are made.
  for (let round = 0; round <= rounds; round += 1) {
    tell(round === 0 ? "Warming up." : `Round ${round} of ${rounds}.`);
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
          const sync = on.get(tables.name);
          const taken = await takeTurn(subject, sync, tables, { owner, contacts, kinds });
          measured.get(tables.name).push(taken.ownerId);
          for (const sample of taken.samples) samples.push({ round, ...sample });
        }
      }
    }
    for (const tables of filled) await clearAway(tables, measured.get(tables.name));
  }
  return samples.filter(({ round }) => round > 0);
}

/** Syncs a small book that is not measured: after TRUNCATE and VACUUM, a session makes its plans anew. */
async function makePlans(opened, tables, owners, measured) {
  for (const { subject, on } of opened.filter(({ subject: { pace } }) => pace !== "slowest")) {
    const { book } = bookOf(owners(), SMALL_BOOK, tables.directory);
    const sync = on.get(tables.name).prepare(book);
    await sync();
    if (!subject.onlyFirst) await sync();
    measured.get(tables.name).push(book.ownerId);
  }
}

/** All syncs of one new owner by one subject. */
async function takeTurn(subject, opened, tables, { owner, contacts, kinds }) {
  const { book, changed, added, addedLinked } = bookOf(owner, contacts, tables.directory);
  const left = subject.replaces
    ? { contacts, linked: changed.linked }
    : { contacts: contacts + added, linked: book.linked + addedLinked };
  const syncs = {
    first: { list: book, expected: { contacts, linked: book.linked }, inserted: contacts },
    unchanged: { list: book, inserted: 0 },
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

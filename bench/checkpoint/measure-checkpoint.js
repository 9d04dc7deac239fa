/**
 * @import { Pool } from "pg"
 * @import { Cost } from "../lib/counters.js"
 * @import { Measured, Run } from "../lib/run.js"
 * @import { List } from "../sync/books.js"
 */
import { withConnection } from "../lib/connection.js";
import { withCounters } from "../lib/counters.js";
import { fillTables } from "../lib/fill.js";
import { required } from "../lib/required.js";
import { spreadOf } from "../lib/statistics.js";
import { formatSpread, formatTable } from "../lib/table.js";
import { bookOf } from "../sync/books.js";

// `touching`: syncs of 10,000 that change nearly every page of the index.
const SIZES = {
  quick: { contacts: 300_000, directory: 100_000, rounds: 3, touching: 3 },
  full: { contacts: 3_000_000, directory: 1_000_000, rounds: 9, touching: 12 },
};

const LARGE_BOOK = 10_000;
const BOOKS = [300, LARGE_BOOK];
// Beyond those of the books that are filled in.
const FIRST_OWNER = 10_000_000;

const CHANGED_BEFORE = { name: "pages changed before", checkpoint: false, compression: "off" };
/** What a first sync meets: pages that were changed before, or, after a checkpoint, none. */
const STATES = [
  CHANGED_BEFORE,
  { name: "after a checkpoint", checkpoint: true, compression: "off" },
  { name: "after a checkpoint, wal_compression", checkpoint: true, compression: "pglz" },
];

/** @typedef {Cost & { state: string, book: number }} Sample */

/**
 * Measures what a first sync writes to the WAL. The first change of a page after a checkpoint logs
 * the page whole, and new contacts are scattered over the index of phone keys: nearly each of them
 * changes a page of its own.
 *
 * https://www.postgresql.org/docs/current/wal-configuration.html
 *
 * @param {Run} run by a role that may do a checkpoint
 * @returns {Promise<Measured>}
 */
export function measureCheckpoint({ database, size, tell }) {
  const { contacts, directory, rounds, touching } = SIZES[size];
  return withConnection(database, async ({ pool }) => {
    tell(`Filling ${contacts} contacts and a directory of ${directory}.`);
    await fillTables(pool, database.schema, { contacts, directory, tell });
    /** @type {Sample[]} */
    const samples = [];
    let owner = FIRST_OWNER;
    const sync = (/** @type {number} */ book) => {
      owner += 1;
      return firstSync(pool, database.schema, bookOf(owner, book, directory).book);
    };
    // Round 0 warms up.
    for (let round = 0; round <= rounds; round += 1) {
      tell(round === 0 ? "Warming up." : `Round ${round} of ${rounds}.`);
      for (const { name, checkpoint, compression } of STATES) {
        await pool.query(`set wal_compression = ${compression}`);
        for (const book of BOOKS) {
          if (checkpoint) await pool.query("checkpoint");
          else for (let n = 0; n < touching; n += 1) await sync(LARGE_BOOK);
          const counted = await sync(book);
          if (round > 0) samples.push({ state: name, book, ...counted });
        }
      }
    }
    const cases = summarize(samples);
    return { cases, ratios: [], table: tableOf(cases) };
  });
}

/**
 * @param {Pool} pool
 * @param {string} schema
 * @param {List} list
 * @returns {Promise<Cost>}
 */
async function firstSync(pool, schema, { ownerId, phoneKeys }) {
  const { result, ...counted } = await withCounters(pool, () =>
    pool.query(`select contacts_inserted from ${schema}.sync_phone_keys($1, $2, $3)`, [
      ownerId,
      `{${phoneKeys.join(",")}}`,
      phoneKeys.length,
    ]),
  );
  if (result.rows[0].contacts_inserted !== phoneKeys.length) {
    throw new Error("a book was not stored whole");
  }
  return counted;
}

/** @param {readonly Sample[]} samples */
function summarize(samples) {
  return BOOKS.flatMap((book) => {
    const samplesOf = (/** @type {string} */ name) =>
      samples.filter((sample) => sample.book === book && sample.state === name);
    const before = samplesOf(CHANGED_BEFORE.name);
    return STATES.map(({ name }) => {
      const of = samplesOf(name);
      return {
        contacts: book,
        state: name,
        wal_bytes_per_contact: spreadOf(of.map(({ walBytes }) => walBytes / book)),
        times_before: spreadOf(
          of.map(({ ms }, place) => ms / required(before[place], "sample").ms),
        ),
      };
    });
  });
}

/** @param {ReturnType<typeof summarize>} cases */
function tableOf(cases) {
  return [
    "## What a checkpoint costs the first syncs after it",
    "",
    "Median of the rounds, with the 10th and 90th percentile; times: of the first state.",
    "",
    formatTable(
      ["first sync of", "pages", "WAL bytes a contact", "time"],
      cases.map(({ contacts, state, wal_bytes_per_contact: wal, times_before: times }) => [
        contacts.toLocaleString("en"),
        state,
        formatSpread(wal, 0),
        formatSpread(times),
      ]),
    ),
  ].join("\n");
}

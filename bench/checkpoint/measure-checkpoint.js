import { withConnection } from "../lib/connection.js";
import { withCounters } from "../lib/counters.js";
import { fillTables } from "../lib/fill.js";
import { spreadOf } from "../lib/statistics.js";
import { formatSpread, formatTable } from "../lib/table.js";
import { bookOf } from "../sync/books.js";

// `touching`: syncs of 10,000 that change nearly every page of the index.
const SIZES = {
  quick: { contacts: 300_000, directory: 100_000, rounds: 3, touching: 3 },
  full: { contacts: 3_000_000, directory: 1_000_000, rounds: 9, touching: 12 },
};

const BOOKS = [300, 10_000];
// Beyond those of the books that are filled in.
const FIRST_OWNER = 10_000_000;

/** What a first sync meets: pages that were changed before, or, after a checkpoint, none. */
const STATES = [
  { name: "pages changed before", checkpoint: false, compression: "off" },
  { name: "after a checkpoint", checkpoint: true, compression: "off" },
  { name: "after a checkpoint, wal_compression", checkpoint: true, compression: "pglz" },
];

/**
 * Measures what a first sync writes to the WAL. The first change of a page after a checkpoint logs
 * the page whole, and new contacts are scattered over the index of phone keys: nearly each of them
 * changes a page of its own.
 *
 * https://www.postgresql.org/docs/current/wal-configuration.html
 *
 * @param {import("../lib/run.js").Run} run by a role that may do a checkpoint
 */
export function measureCheckpoint({ database, size, tell }) {
  const { contacts, directory, rounds, touching } = SIZES[size];
  return withConnection(database, async ({ pool }) => {
    tell(`Filling ${contacts} contacts and a directory of ${directory}.`);
    await fillTables(pool, database.schema, { contacts, directory, tell });
    const samples = [];
    let owner = FIRST_OWNER;
    const sync = (book) => {
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
          else for (let n = 0; n < touching; n += 1) await sync(BOOKS.at(-1));
          const counted = await sync(book);
          if (round > 0) samples.push({ state: name, book, ...counted });
        }
      }
    }
    const cases = summarize(samples);
    return { cases, ratios: [], table: tableOf(cases) };
  });
}

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

function summarize(samples) {
  return BOOKS.flatMap((book) =>
    STATES.map(({ name }) => {
      const of = samples.filter((sample) => sample.book === book && sample.state === name);
      const before = samples.filter(
        (sample) => sample.book === book && sample.state === STATES[0].name,
      );
      return {
        contacts: book,
        state: name,
        wal_bytes_per_contact: spreadOf(of.map(({ walBytes }) => walBytes / book)),
        times_before: spreadOf(of.map(({ ms }, place) => ms / before[place].ms)),
      };
    }),
  );
}

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

// A number is linked while others sync: how long it takes to the last who holds it, and what the
// others notice of it.

/**
 * @import { Pool } from "pg"
 * @import { ContactsWithAccounts } from "../../dist/index.js"
 * @import { Database } from "../lib/database.js"
 * @import { Run } from "../lib/run.js"
 */
import { setTimeout as pause } from "node:timers/promises";
import pg from "pg";
import { withConnection } from "../lib/connection.js";
import { withSchema } from "../lib/database.js";
import { otherKey, ownerId, phoneHashesOf } from "../lib/phone-keys.js";
import { quantile } from "../lib/statistics.js";
import { BOOK } from "../link/cases.js";
import { EVERYBODYS, fillBooks, phoneKeysOf, SOMEBODYS } from "../link/fill-books.js";
import { bareUpdateSubject, contactSyncSubject, verifyLinks } from "../link/subjects.js";
import { SIZES } from "./cases.js";

/** Others who sync meanwhile, and what each waits between two syncs, as people do. */
const OTHERS = 2;
const PAUSE_MS = 5;
/** Idle phases are as long as those that are compared with them, and this at least. */
const LEAST_MS = 2_000;

const SUBJECTS = /** @type {const} */ ({
  "contact-sync": contactSyncSubject,
  update: bareUpdateSubject,
});

/**
 * @typedef {keyof typeof SUBJECTS} SubjectName
 *
 * @typedef {object} Phase
 * @property {number} linkMs the median of one number, to the last who holds it
 * @property {number} othersP50
 * @property {number} othersP99
 * @property {number} othersMax
 * @property {number} syncs that the others had done
 *
 * @typedef {{ books: number, round: number, idle: Omit<Phase, "linkMs"> } & Record<SubjectName, Phase>} LinkSample
 */

/**
 * @param {Run} run
 * @returns {Promise<LinkSample[]>}
 */
export function measureLinks({ database, size, tell }) {
  return withSchema(database, "links", (own) =>
    withConnection(own, async ({ pool, contactSync }) => {
      const { holders, directorySize } = SIZES[size];
      const owners = Math.max(...holders.map(({ books }) => books));
      const someBooks = holders[1]?.books ?? 0;
      tell(`Filling the books of ${owners} owners.`);
      await fillBooks(pool, own.schema, { owners, directory: directorySize, someBooks, tell });
      const others = await openOthers(own, { owners, someBooks });
      try {
        /** @type {LinkSample[]} */
        const samples = [];
        for (const { books, links, rounds } of holders) {
          // Round 0 warms up, where that is not as long as all the rest.
          for (let round = books > 100_000 ? 1 : 0; round <= rounds; round += 1) {
            tell(
              `A number in ${books} books: ${round === 0 ? "warming up" : `round ${round} of ${rounds}`}.`,
            );
            const turn = { pool, contactSync, own, books, links, round, owners, others };
            const sample = await takeRound(turn);
            if (round > 0) samples.push({ books, round, ...sample });
          }
        }
        return samples;
      } finally {
        await others.close();
      }
    }),
  );
}

/**
 * @typedef {Awaited<ReturnType<typeof openOthers>>} Others
 *
 * @typedef {{
 *   pool: Pool, contactSync: ContactsWithAccounts, own: Database, books: number, links: number,
 *   round: number, owners: number, others: Others,
 * }} Turn
 */

/**
 * @param {Turn} turn
 * @returns {Promise<Omit<LinkSample, "books" | "round">>}
 */
async function takeRound(turn) {
  const names = /** @type {SubjectName[]} */ (Object.keys(SUBJECTS));
  if (turn.round % 2 === 1) names.reverse();
  /** @type {Partial<Record<SubjectName, Phase>>} */
  const phases = {};
  let longest = LEAST_MS;
  for (const name of names) {
    const startedAt = performance.now();
    phases[name] = await linkUnderLoad(turn, name);
    longest = Math.max(longest, Math.min(performance.now() - startedAt, 30_000));
  }
  const idle = await turn.others.during(() => pause(longest));
  return { idle, .../** @type {Record<SubjectName, Phase>} */ (phases) };
}

/**
 * Links each of some numbers, while the others sync, and unlinks them while nobody does.
 *
 * @param {Turn} turn
 * @param {SubjectName} name
 * @returns {Promise<Phase>}
 */
async function linkUnderLoad(
  { pool, contactSync, own, books, links, round, owners, others },
  name,
) {
  const subject = SUBJECTS[name];
  const { schema, key } = own;
  /** @type {number[]} */
  const times = [];
  /** @type {number[]} */
  const latencies = [];
  for (let link = 0; link < links; link += 1) {
    const phoneKeys = keysOf(books, { round: round * links + link, owners });
    const work = {
      pool,
      schema,
      contactSync,
      phoneKeys,
      phoneHashes: phoneHashesOf(key, phoneKeys),
      together: false,
    };
    const { latencies: taken } = await others.watch(async () => {
      const startedAt = performance.now();
      await subject.link(work);
      if (name === "contact-sync") await finish(contactSync, pool, schema);
      times.push(performance.now() - startedAt);
    });
    latencies.push(...taken);
    await verifyLinks(work, { contacts: books, linked: true });
    await subject.unlink(work);
    if (name === "contact-sync") await finish(contactSync, pool, schema);
    await verifyLinks(work, { contacts: books, linked: false });
    if (books >= 1_000) await vacuum(pool, schema);
  }
  return { linkMs: quantile(times, 0.5), ...figuresOf(latencies) };
}

/**
 * To the last: an owner who was syncing when their turn came has it later.
 *
 * @param {ContactsWithAccounts} contactSync
 * @param {Pool} pool
 * @param {string} schema
 */
async function finish(contactSync, pool, schema) {
  for (;;) {
    const { rows } = await pool.query(
      `select exists (select from ${schema}.contact_sync_pending_links) as waits`,
    );
    if (!rows[0].waits) return;
    await contactSync.linkPendingPhones();
  }
}

/**
 * @param {number} books
 * @param {{ round: number, owners: number }} place
 */
function keysOf(books, place) {
  if (books === place.owners) return [EVERYBODYS];
  if (books > 1) return [SOMEBODYS];
  const of = { kind: /** @type {const} */ ("single"), numbers: 1 };
  return phoneKeysOf(
    /** @type {import("../link/cases.js").Case} */ (/** @type {unknown} */ (of)),
    place,
  );
}

/** @param {Pool} pool @param {string} schema */
async function vacuum(pool, schema) {
  for (const table of ["contacts_with_accounts", "contact_sync_status", "contact_sync_runs"]) {
    await pool.query(`vacuum ${schema}.${table}`);
  }
}

/**
 * People who sync, over connections of their own: each a whole small book, unchanged, of any owner,
 * in whose books the number is as in all the others. That takes the owner's lock, which the linker
 * wants as well.
 *
 * @param {Database} database
 * @param {{ owners: number, someBooks: number }} books
 */
async function openOthers({ connectionString, schema }, { owners, someBooks }) {
  const clients = Array.from({ length: OTHERS }, () => new pg.Client({ connectionString }));
  await Promise.all(clients.map((client) => client.connect()));
  let next = 0;

  /**
   * @param {() => boolean} isOver
   * @param {number[]} latencies
   */
  const syncUntil = (isOver, latencies) =>
    Promise.all(
      clients.map(async (client) => {
        while (!isOver()) {
          next = (next + 104_729) % owners;
          const owner = next;
          const keys = Array.from({ length: BOOK }, (_, index) => {
            if (index === 0) return EVERYBODYS;
            return index === 1 && owner < someBooks ? SOMEBODYS : otherKey(owner, index);
          });
          const startedAt = performance.now();
          await client.query(
            `select contacts_unchanged from ${schema}.sync_phone_keys($1, $2, ${BOOK})`,
            [ownerId(owner), `{${keys.join(",")}}`],
          );
          latencies.push(performance.now() - startedAt);
          await pause(PAUSE_MS);
        }
      }),
    );

  /** @param {() => Promise<unknown>} work */
  async function watch(work) {
    /** @type {number[]} */
    const latencies = [];
    let isOver = false;
    const syncs = syncUntil(() => isOver, latencies);
    await pause(10 * PAUSE_MS);
    latencies.length = 0; // what they did before
    await work().finally(() => {
      isOver = true;
    });
    await syncs;
    return { latencies };
  }
  return {
    watch,
    /** @param {() => Promise<unknown>} work */
    during: async (work) => figuresOf((await watch(work)).latencies),
    close: () => Promise.all(clients.map((client) => client.end())),
  };
}

/** @param {readonly number[]} latencies */
function figuresOf(latencies) {
  return {
    othersP50: quantile(latencies, 0.5),
    othersP99: quantile(latencies, 0.99),
    othersMax: Math.max(...latencies),
    syncs: latencies.length,
  };
}

/**
 * @import { Pool } from "pg"
 * @import { ContactsWithAccounts } from "../../dist/index.js"
 * @import { Database } from "../lib/database.js"
 * @import { Size, Tell } from "../lib/run.js"
 * @import { LinkCase } from "./cases.js"
 * @import { Databases } from "./measure-citus.js"
 */
import { performance } from "node:perf_hooks";
import pg from "pg";
import { createContactSync } from "../../dist/index.js";
import { otherKey, phoneHashesOf, registeredUser } from "../lib/phone-keys.js";
import { phoneKeysOf } from "../link/fill-books.js";
import { linkCasesOf, SIZES } from "./cases.js";

const CLIENTS = 16;
const USER = registeredUser("_citus");
const ACTIONS = /** @type {const} */ (["link", "unlink"]);

/**
 * @typedef {Record<(typeof ACTIONS)[number], number>} Times milliseconds until every book says so
 * @typedef {Record<keyof Databases, Times>} LinkRound
 * @typedef {{ of: LinkCase, rounds: LinkRound[] }} MeasuredLinks
 */

/**
 * Links numbers and takes them away again, on both databases by turns.
 *
 * @param {Databases} databases filled by fillBooks()
 * @param {{ size: Size, tell: Tell }} how
 */
export function measureLinks(databases, { size, tell }) {
  return withLinker(databases.plain, (plain) =>
    withLinker(databases.cluster, async (cluster) => {
      const linkers = { plain, cluster };
      const { owners } = SIZES[size];
      const measured = linkCasesOf(size).map((of) => ({
        of,
        rounds: /** @type {LinkRound[]} */ ([]),
      }));
      const lastRound = Math.max(...measured.map(({ of }) => of.rounds));
      // Round 0 warms up, and finds pages full, as inserts leave them.
      for (let round = 0; round <= lastRound; round += 1) {
        tell(round === 0 ? "Warming up the linker." : `Links: round ${round} of ${lastRound}.`);
        for (const { of, rounds } of measured.filter(({ of }) => round <= of.rounds)) {
          const phoneKeys = keysOf(of, { round, owners });
          /** @type {Partial<LinkRound>} */
          const taken = {};
          for (const name of round % 2 === 0 ? NAMES : NAMES.toReversed()) {
            taken[name] = await takeTurn(linkers[name], of, phoneKeys);
          }
          if (round > 0) rounds.push(/** @type {LinkRound} */ (taken));
        }
      }
      return measured;
    }),
  );
}

const NAMES = /** @type {const} */ (["plain", "cluster"]);

/** @typedef {Database & { pool: Pool, contactSync: ContactsWithAccounts }} Linker */

/**
 * @template Result
 * @param {Database} database
 * @param {(linker: Linker) => Promise<Result>} work
 * @returns {Promise<Result>}
 */
async function withLinker(database, work) {
  const { connectionString, schema, key } = database;
  const pool = new pg.Pool({ connectionString, max: CLIENTS, idleTimeoutMillis: 0 });
  pool.on("error", () => {});
  try {
    const contactSync = await createContactSync({ database: pool, schema, key });
    return await work({ ...database, pool, contactSync });
  } finally {
    await pool.end();
  }
}

/**
 * @param {LinkCase} of
 * @param {{ round: number, owners: number }} place
 */
function keysOf({ kind, numbers, ...of }, { round, owners }) {
  if (kind === "nobody") {
    return Array.from({ length: numbers }, (_, index) => otherKey(-1 - round, index));
  }
  return phoneKeysOf({ ...of, kind, numbers, together: false }, { round, owners });
}

/**
 * @param {Linker} linker
 * @param {LinkCase} of
 * @param {readonly string[]} phoneKeys
 * @returns {Promise<Times>}
 */
async function takeTurn(linker, { books, numbers, how }, phoneKeys) {
  const { contactSync, key } = linker;
  const hashes = phoneHashesOf(key, phoneKeys);
  const entries = hashes.map((phoneHash) => ({ userId: USER, phoneHash }));
  const acts = {
    link: {
      together: () => contactSync.linkMany(entries),
      one: (/** @type {string} */ hash) => contactSync.link(USER, hash),
    },
    unlink: {
      together: () => contactSync.unlink(hashes),
      one: (/** @type {string} */ hash) => contactSync.unlink([hash]),
    },
  };
  /** @type {Partial<Times>} */
  const taken = {};
  for (const action of ACTIONS) {
    const { together, one } = acts[action];
    const startedAt = performance.now();
    if (how === "together") {
      await together();
    } else {
      const share = how === "one by one" ? 1 : CLIENTS;
      await Promise.all(
        Array.from({ length: share }, async (_, client) => {
          for (let at = client; at < hashes.length; at += share) await one(String(hashes[at]));
        }),
      );
    }
    // What had to wait for another linker.
    while ((await contactSync.linkPendingPhones()).entries_waiting > 0);
    taken[action] = performance.now() - startedAt;
    await verify(linker, phoneKeys, { contacts: books * numbers, isLinked: action === "link" });
  }
  if (books * numbers > VACUUM_FROM) await vacuum(linker);
  return /** @type {Times} */ (taken);
}

/** Contacts changed; fewer are cleared up in passing. */
const VACUUM_FROM = 5_000;

/** @param {Linker} linker */
async function vacuum({ pool, schema }) {
  for (const table of ["contacts_with_accounts", "contact_sync_status"]) {
    await pool.query(`vacuum ${schema}.${table}`);
  }
}

/**
 * Stops the run unless every book says what the directory says.
 *
 * @param {Linker} linker
 * @param {readonly string[]} phoneKeys
 * @param {{ contacts: number, isLinked: boolean }} expected
 */
async function verify({ pool, schema }, phoneKeys, { contacts, isLinked }) {
  const { rows } = await pool.query(
    `select count(*)::integer as holders,
            count(*) filter (where linked_user_id is not distinct from $2::uuid)::integer as right
       from ${schema}.contacts_with_accounts
      where phone_key = any ($1)`,
    [phoneKeys, isLinked ? USER : null],
  );
  const { rows: listed } = await pool.query(
    `select count(*)::integer as numbers from ${schema}.phones
      where phone_key = any ($1) and linked_user_id = $2`,
    [phoneKeys, USER],
  );
  const [{ holders, right }] = rows;
  const [{ numbers }] = listed;
  if (holders !== contacts || right !== contacts || numbers !== (isLinked ? phoneKeys.length : 0)) {
    throw new Error(
      `${right} of ${holders} contacts have the right link, ${numbers} numbers are the user's; expected ${contacts}`,
    );
  }
}

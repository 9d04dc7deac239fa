/**
 * @import { Measured, Run } from "../lib/run.js"
 * @import { Case } from "./cases.js"
 * @import { Actions, Round } from "./report.js"
 * @import { Subject, Turn } from "./subjects.js"
 */
import { withConnection } from "../lib/connection.js";
import { withCounters } from "../lib/counters.js";
import { phoneHashesOf } from "../lib/phone-keys.js";
import { required } from "../lib/required.js";
import { casesOf, SIZES } from "./cases.js";
import { fillBooks, phoneKeysOf } from "./fill-books.js";
import { ACTIONS, linkRatios, linkTable, summarize } from "./report.js";
import { bareUpdateSubject, contactSyncSubject, verifyLinks } from "./subjects.js";

/** @type {Subject[]} */
const SUBJECTS = [contactSyncSubject, bareUpdateSubject];

/**
 * Measures what linking and unlinking a number costs, by how many books it is in, beside one bare
 * UPDATE of the same contacts.
 *
 * Both change the same rows, one after the other in every round and each first in every other one,
 * and the table is vacuumed where a turn leaves much behind.
 *
 * @param {Run} run
 * @returns {Promise<Measured>}
 */
export function measureLink({ database, size, tell }) {
  return withConnection(database, async ({ pool, contactSync }) => {
    const { schema, key } = database;
    const cases = casesOf(size);
    const measured = cases.map((of) => ({ of, rounds: /** @type {Round[]} */ ([]) }));
    const { owners, directory } = SIZES[size];
    const { books: someBooks } = required(
      cases.find(({ kind }) => kind === "some"),
      "case of some books",
    );
    tell(`Filling the books of ${owners} owners.`);
    await fillBooks(pool, schema, { owners, directory, someBooks, tell });

    const lastRound = Math.max(...cases.map(({ rounds }) => rounds));
    // Round 0 finds pages full to the brim, as inserts leave them, and is reported by itself.
    for (let round = 0; round <= lastRound; round += 1) {
      tell(round === 0 ? "Warming up." : `Round ${round} of ${lastRound}.`);
      for (const { of, rounds } of measured.filter(({ of }) => round <= of.rounds)) {
        const phoneKeys = phoneKeysOf(of, { round, owners });
        const phoneHashes = phoneHashesOf(key, phoneKeys);
        const turn = { pool, schema, contactSync, phoneKeys, phoneHashes, together: of.together };
        /** @type {Partial<Round>} */
        const taken = {};
        for (const subject of round % 2 === 0 ? SUBJECTS : SUBJECTS.toReversed()) {
          taken[subject.name] = await takeTurn(subject, turn, of);
        }
        rounds.push(/** @type {Round} */ (taken));
      }
    }
    const summaries = measured.map(({ of, rounds }) => summarize(of, rounds));
    return { cases: summaries, ratios: linkRatios(summaries), table: linkTable(summaries) };
  });
}

/**
 * @param {Subject} subject
 * @param {Turn} turn
 * @param {Case} of
 * @returns {Promise<Actions>}
 */
async function takeTurn(subject, turn, { books, numbers }) {
  const contacts = books * numbers;
  /** @type {Partial<Actions>} */
  const taken = {};
  for (const action of ACTIONS) {
    const before = await readUpdates(turn);
    const { result: _, ...counted } = await withCounters(turn.pool, () => subject[action](turn));
    const after = await readUpdates(turn);
    await verifyLinks(turn, { contacts, linked: action === "link" });
    taken[action] = {
      ...counted,
      contacts,
      updates: after.updates - before.updates,
      hotUpdates: after.hot_updates - before.hot_updates,
    };
    if (contacts > VACUUM_FROM) await vacuum(turn);
  }
  return /** @type {Actions} */ (taken);
}

/** Contacts changed; fewer are cleared up in passing. */
const VACUUM_FROM = 5_000;

/** @param {Turn} turn */
async function vacuum({ pool, schema }) {
  for (const table of ["contacts_with_accounts", "contact_sync_status"]) {
    await pool.query(`vacuum ${schema}.${table}`);
  }
}

/**
 * @param {Turn} turn
 * @returns {Promise<{ updates: number, hot_updates: number }>}
 */
async function readUpdates({ pool, schema }) {
  await pool.query("select pg_stat_force_next_flush()");
  const { rows } = await pool.query(
    `select n_tup_upd::float8 as updates, n_tup_hot_upd::float8 as hot_updates
       from pg_stat_user_tables
      where relid = $1::regclass`,
    [`${schema}.contacts_with_accounts`],
  );
  return rows[0];
}

import { withConnection } from "../lib/connection.js";
import { withCounters } from "../lib/counters.js";
import { phoneHashesOf } from "../lib/phone-keys.js";
import { casesOf, SIZES } from "./cases.js";
import { fillBooks, phoneKeysOf } from "./fill-books.js";
import { linkRatios, linkTable, summarize } from "./report.js";
import { bareUpdateSubject, contactSyncSubject, verifyLinks } from "./subjects.js";

const SUBJECTS = [contactSyncSubject, bareUpdateSubject];

/**
 * Measures what linking and unlinking a number costs, by how many books it is in, beside one bare
 * UPDATE of the same contacts.
 *
 * Both change the same rows, one after the other in every round and each first in every other one,
 * and the table is vacuumed where a turn leaves much behind.
 *
 * @param {import("../lib/run.js").Run} run
 */
export function measureLink({ database, size, tell }) {
  return withConnection(database, async ({ pool, contactSync }) => {
    const { schema, key } = database;
    const cases = casesOf(size);
    const { owners, directory } = SIZES[size];
    const someBooks = cases.find(({ kind }) => kind === "some").books;
    tell(`Filling the books of ${owners} owners.`);
    await fillBooks(pool, schema, { owners, directory, someBooks, tell });

    const measured = new Map(cases.map((of) => [of, []]));
    const lastRound = Math.max(...cases.map(({ rounds }) => rounds));
    // Round 0 finds pages full to the brim, as inserts leave them, and is reported by itself.
    for (let round = 0; round <= lastRound; round += 1) {
      tell(round === 0 ? "Warming up." : `Round ${round} of ${lastRound}.`);
      for (const of of cases.filter(({ rounds }) => round <= rounds)) {
        const phoneKeys = phoneKeysOf(of, { round, owners });
        const phoneHashes = phoneHashesOf(key, phoneKeys);
        const turn = { pool, schema, contactSync, phoneKeys, phoneHashes, together: of.together };
        const taken = {};
        for (const subject of round % 2 === 0 ? SUBJECTS : SUBJECTS.toReversed()) {
          taken[subject.name] = await takeTurn(subject, turn, of);
        }
        measured.get(of).push(taken);
      }
    }
    const summaries = cases.map((of) => summarize(of, measured.get(of)));
    return { cases: summaries, ratios: linkRatios(summaries), table: linkTable(summaries) };
  });
}

async function takeTurn(subject, turn, { books, numbers }) {
  const contacts = books * numbers;
  const taken = {};
  for (const action of /** @type {const} */ (["link", "unlink"])) {
    const before = await readUpdates(turn);
    const counted = await withCounters(turn.pool, () => subject[action](turn));
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
  return taken;
}

/** Contacts changed; fewer are cleared up in passing. */
const VACUUM_FROM = 5_000;

async function vacuum({ pool, schema }) {
  for (const table of ["contacts_with_accounts", "contact_sync_status"]) {
    await pool.query(`vacuum ${schema}.${table}`);
  }
}

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

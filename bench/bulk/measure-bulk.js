/**
 * @import { Pool } from "pg"
 * @import { Measured, Run } from "../lib/run.js"
 * @import { Kind } from "./cases.js"
 * @import { BulkContact } from "./contacts.js"
 * @import { Case, Sample } from "./report.js"
 * @import { Opened, Subject } from "./subjects.js"
 */
import { assertCounts } from "../lib/assert-counts.js";
import { withConnection } from "../lib/connection.js";
import { withCounters } from "../lib/counters.js";
import { fillTables } from "../lib/fill.js";
import { rotated } from "../lib/turns.js";
import { KINDS, SIZES } from "./cases.js";
import { bulkContacts } from "./contacts.js";
import { bulkRatios, bulkTable, summarize } from "./report.js";
import { SUBJECTS } from "./subjects.js";

// Beyond those of the books that are filled in.
const FIRST_OWNER = 10_000_000;
const FEW_CONTACTS = 100;
const WARM_UP = [100];
const WRITTEN = ["contacts_with_accounts", "contact_sync_status"];

/**
 * Measures bulk inserts of contacts of one, some and many owners by contact-sync and by others, on
 * the same table over the same connection: the first one, and the same again.
 *
 * Every subject has owners of its own in every round.
 *
 * @param {Run} run
 * @returns {Promise<Measured<Case>>}
 */
export function measureBulk({ database, size, tell }) {
  return withConnection(database, async ({ pool }) => {
    const { schema, key } = database;
    const { contacts: count, owners: spreads, stored, directory, rounds, clears } = SIZES[size];
    tell(`Filling ${stored} contacts and a directory of ${directory}.`);
    await fillTables(pool, schema, { contacts: stored, directory });
    for (const table of WRITTEN) {
      // It would come whenever it likes.
      await pool.query(`alter table ${schema}.${table} set (autovacuum_enabled = off)`);
    }
    const opened = [];
    for (const subject of SUBJECTS) {
      opened.push({ subject, ...(await subject.open({ pool, schema, key })) });
    }

    /** @type {Sample[]} */
    const samples = [];
    let nextOwner = FIRST_OWNER;
    const contactsOf = (/** @type {number} */ contacts, /** @type {number} */ owners) => {
      nextOwner += owners;
      return bulkContacts(nextOwner - owners, { contacts, owners, directory });
    };
    // Round 0 warms up: code is compiled.
    for (let round = 0; round <= rounds; round += 1) {
      tell(round === 0 ? "Warming up." : `Round ${round} of ${rounds}.`);
      const firstOwner = nextOwner;
      // VACUUM makes a session forget its plans.
      for (const { prepare, subject } of opened) {
        const run = prepare(contactsOf(FEW_CONTACTS, 1));
        await run();
        if (!subject.onlyFirst) await run();
      }
      for (const owners of round === 0 ? WARM_UP : spreads) {
        for (const { subject, prepare } of rotated(opened, round)) {
          const contacts = contactsOf(count, owners);
          for (const sample of await takeTurn(subject, prepare, contacts, { pool, schema })) {
            samples.push({ round, contacts: count, owners, subject: subject.name, ...sample });
          }
        }
      }
      if (clears) await clearAway(pool, schema, { from: firstOwner, to: nextOwner });
    }
    const cases = summarize(samples.filter(({ round }) => round > 0));
    return { cases, ratios: bulkRatios(cases), table: bulkTable(cases) };
  });
}

/**
 * The bulk insert by one subject, and where it can, the same again.
 *
 * @param {Subject} subject
 * @param {Opened["prepare"]} prepare
 * @param {BulkContact[]} contacts
 * @param {{ pool: Pool, schema: string }} environment
 * @returns {Promise<Pick<Sample, "kind" | "counted">[]>}
 */
async function takeTurn(subject, prepare, contacts, { pool, schema }) {
  const linked = contacts.filter(({ userId }) => userId !== null).length;
  const claims = {
    first: { inserted: contacts.length, unchanged: 0, matched: linked },
    unchanged: { inserted: 0, unchanged: contacts.length, matched: linked },
  };
  /** @type {readonly Kind[]} */
  const kinds = subject.onlyFirst ? ["first"] : KINDS;
  const taken = [];
  for (const kind of kinds) {
    const run = prepare(contacts);
    const { result, ...counted } = await withCounters(pool, run);
    const what = `${subject.name}, ${kind},`;
    if (result) assertCounts(`${what} says`, result, claims[kind]);
    assertCounts(`${what} left`, await readStored(pool, schema, contacts), {
      contacts: contacts.length,
      linked,
      wrong: 0,
      favorites: contacts.filter(({ isFavorite }) => isFavorite).length,
      interactions: contacts.filter(({ lastInteraction }) => lastInteraction !== null).length,
    });
    taken.push({ kind, counted });
  }
  return taken;
}

/**
 * @param {Pool} pool
 * @param {string} schema
 * @param {readonly BulkContact[]} contacts
 * @returns {Promise<Record<"contacts" | "linked" | "wrong" | "favorites" | "interactions", number>>}
 */
async function readStored(pool, schema, contacts) {
  const { rows } = await pool.query(
    `select count(*)::integer as contacts,
            count(c.linked_user_id)::integer as linked,
            count(*) filter (where c.linked_user_id is distinct from p.linked_user_id)::integer as wrong,
            count(*) filter (where c.is_favorite)::integer as favorites,
            count(c.last_interaction)::integer as interactions
       from ${schema}.contacts_with_accounts c
       left join ${schema}.phones p on p.phone_key = c.phone_key
      where c.owner_id = any ($1)`,
    [[...new Set(contacts.map(({ ownerId }) => ownerId))]],
  );
  return rows[0];
}

/**
 * Takes everything of these owners away, and what that leaves behind.
 *
 * @param {Pool} pool
 * @param {string} schema
 * @param {{ from: number, to: number }} owners `to` not among them
 */
async function clearAway(pool, schema, { from, to }) {
  for (const table of WRITTEN) {
    await pool.query(
      `delete from ${schema}.${table}
        where owner_id in (select md5('o' || o)::uuid from generate_series($1::integer, $2::integer - 1) as o)`,
      [from, to],
    );
    await pool.query(`vacuum ${schema}.${table}`);
  }
}

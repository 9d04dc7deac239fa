/**
 * @import { Pool } from "pg"
 * @import { ContactsWithAccounts } from "../../dist/index.js"
 */
import { registeredUser } from "../lib/phone-keys.js";

/** A user with an account and no book. */
const USER = registeredUser("_link");

/**
 * @typedef {object} Subject
 * @property {"contact-sync" | "update"} name in ids
 * @property {(turn: Turn) => Promise<void>} link
 * @property {(turn: Turn) => Promise<void>} unlink
 *
 * @typedef {object} Turn
 * @property {Pool} pool of one connection
 * @property {string} schema
 * @property {ContactsWithAccounts} contactSync on that pool
 * @property {string[]} phoneKeys
 * @property {string[]} phoneHashes in the same order
 * @property {boolean} together
 */

/** The library: the directory's entry, and the linker until it is done. @type {Subject} */
export const contactSyncSubject = {
  name: "contact-sync",
  async link({ contactSync, phoneHashes, together }) {
    if (together) {
      await contactSync.linkMany(phoneHashes.map((phoneHash) => ({ userId: USER, phoneHash })));
    } else {
      for (const phoneHash of phoneHashes) await contactSync.link(USER, phoneHash);
    }
  },
  async unlink({ contactSync, phoneHashes, together }) {
    for (const phones of together ? [phoneHashes] : phoneHashes) await contactSync.unlink(phones);
  },
};

/**
 * The least that changes the same contacts: one UPDATE. No directory, no lock of an owner, nothing
 * that keeps a sync at the same time from writing the old link. @type {Subject}
 */
export const bareUpdateSubject = {
  name: "update",
  link: (turn) => update(turn, USER),
  unlink: (turn) => update(turn, null),
};

/**
 * @param {Turn} turn
 * @param {string | null} user
 */
async function update({ pool, schema, phoneKeys, together }, user) {
  for (const keys of together ? [phoneKeys] : phoneKeys.map((key) => [key])) {
    await pool.query(
      `update ${schema}.contacts_with_accounts set linked_user_id = $2 where phone_key = any ($1)`,
      [keys, user],
    );
  }
}

/**
 * Stops the run unless exactly the contacts that hold the numbers are linked, or none of them.
 *
 * @param {Turn} turn
 * @param {{ contacts: number, linked: boolean }} expected
 */
export async function verifyLinks({ pool, schema, phoneKeys }, { contacts, linked }) {
  const { rows } = await pool.query(
    `select count(*)::integer as holders,
            count(*) filter (where linked_user_id is not distinct from $2::uuid)::integer as right,
            (select count(*)::integer from ${schema}.contact_sync_pending_links) as waiting
       from ${schema}.contacts_with_accounts
      where phone_key = any ($1)`,
    [phoneKeys, linked ? USER : null],
  );
  const [{ holders, right, waiting }] = rows;
  if (holders !== contacts || right !== contacts || waiting !== 0) {
    throw new Error(
      `${right} of ${holders} contacts have the right link, ${waiting} entries wait; expected ${contacts}, 0`,
    );
  }
}

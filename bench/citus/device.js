/** @import { Client } from "./clients.js" */
import { SqlDevice } from "../incremental/sql-device.js";

/** A device's calls by what they are measured as. */
export class Device extends SqlDevice {
  async first() {
    await this.#full(0);
  }

  async unchanged() {
    await this.#full(this.keys.length);
  }

  /** @param {number} expected */
  async #full(expected) {
    const unchanged = await this.full();
    if (unchanged !== expected) {
      throw new Error(`${unchanged} contacts were there before, not ${expected}`);
    }
  }

  async delta() {
    await this.changed();
  }

  /**
   * An empty delta: no change of a link either, since nobody links meanwhile.
   *
   * @override
   */
  async nothing() {
    const { changed } = await super.nothing();
    if (changed !== "") throw new Error("links changed that nobody has changed");
  }
}

/**
 * Stops the run unless each device's book has what the device has, linked as the directory says.
 *
 * @param {Client} client in no transaction
 * @param {readonly Device[]} devices of one schema
 */
export async function verifyBooks(client, devices) {
  for (const { ownerId, schema, keys } of devices) {
    const { rows } = await client.query(
      `select count(*)::integer as contacts,
              count(*) filter (where c.phone_key = any ($2::uuid[]))::integer as listed,
              count(*) filter (where c.linked_user_id is distinct from p.linked_user_id)::integer as wrong
         from ${schema}.contacts_with_accounts c
         left join ${schema}.phones p on p.phone_key = c.phone_key
        where c.owner_id = $1`,
      [ownerId, keys],
    );
    const [{ contacts, listed, wrong }] = rows;
    if (contacts !== keys.length || listed !== keys.length || wrong !== 0) {
      throw new Error(
        `of ${keys.length} contacts ${contacts} are stored, ${listed} are theirs, ${wrong} linked wrongly`,
      );
    }
  }
}

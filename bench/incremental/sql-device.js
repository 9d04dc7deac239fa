// A device that syncs by SQL, as the library does it: what its calls cost the database.

/**
 * @import { Pool } from "pg"
 */
import { otherKey, ownerId, registeredKey } from "../lib/phone-keys.js";
import { ADDED, CALL, REMOVED } from "./cases.js";

const REGISTERED_OF_TEN = 3;
const REGISTERED_STEP = 104_729;

/** The answer as the library reads it: each array as one text. */
const DELTA = `
  select (d.result).sync_mark, (d.result).contacts_inserted, (d.result).contacts_removed,
         array_to_string((d.result).matched_phone_hashes, '') as matched,
         array_to_string((d.changes).changed_phone_hashes, '') as changed,
         (d.changes).changes_cursor`;

export class SqlDevice {
  /**
   * @param {Pick<Pool, "query">} pool
   * @param {string} schema
   * @param {{ owner: number, contacts: number, directorySize: number }} of
   */
  constructor(pool, schema, { owner, contacts, directorySize }) {
    this.pool = pool;
    this.schema = schema;
    this.owner = owner;
    this.ownerId = ownerId(owner);
    this.keys = Array.from({ length: contacts }, (_, index) =>
      index % 10 < REGISTERED_OF_TEN
        ? registeredKey((owner * 7_919 + index * REGISTERED_STEP) % directorySize)
        : otherKey(owner, index),
    );
    // A small directory has a number of a large book twice.
    this.keys = [...new Set(this.keys)];
    this.next = contacts;
    this.mark = "";
    this.cursor = "";
  }

  /** The whole snapshot. */
  async full() {
    const { rows } =
      this.keys.length > CALL
        ? await this.#session()
        : await this.pool.query(
            `select sync_mark, changes_cursor, contacts_inserted, contacts_unchanged,
                    array_to_string(matched_phone_hashes, '') as matched
               from ${this.schema}.sync_phone_keys($1, $2, $3, 500, 'replace', false, false, 'bench')`,
            [this.ownerId, arrayOf(this.keys), this.keys.length],
          );
    this.mark = rows[0].sync_mark;
    this.cursor = rows[0].changes_cursor;
    return Number(rows[0].contacts_unchanged);
  }

  async #session() {
    const { rows } = await this.pool.query(
      `select ${this.schema}.contact_sync_begin_session($1, 'bench', 'replace', $2) as id`,
      [this.ownerId, this.keys.length],
    );
    const { id } = rows[0];
    for (let from = 0; from < this.keys.length; from += CALL) {
      await this.pool.query(`select ${this.schema}.contact_sync_stage_part($1, $2, $3, $4)`, [
        this.ownerId,
        id,
        from / CALL,
        arrayOf(this.keys.slice(from, from + CALL)),
      ]);
    }
    const { rows: staged } = await this.pool.query(
      `select version, phone_keys from ${this.schema}.contact_sync_session_keys($1, $2, $3)`,
      [this.ownerId, id, Math.ceil(this.keys.length / CALL)],
    );
    return this.pool.query(
      `select sync_mark, changes_cursor, contacts_inserted, contacts_unchanged,
              array_to_string(matched_phone_hashes, '') as matched
         from ${this.schema}.contact_sync_commit_session($1, $2, $3, 500, false, false)`,
      [this.ownerId, id, staged[0].version],
    );
  }

  /** Nothing has changed. */
  nothing() {
    return this.#delta([], []);
  }

  /** Some numbers come and some go. */
  async changed() {
    const added = Array.from({ length: ADDED }, (_, index) =>
      otherKey(this.owner, this.next + index),
    );
    this.next += ADDED;
    const removed = this.keys.slice(0, REMOVED);
    const answer = await this.#delta(added, removed);
    this.keys = [...this.keys.slice(REMOVED), ...added];
    if (answer.contacts_inserted !== ADDED || answer.contacts_removed !== REMOVED) {
      throw new Error("a delta was not stored whole");
    }
  }

  /** Lets go of what `changed` has left too many, so that the book stays as large as it was. */
  async trim() {
    const removed = this.keys.splice(0, ADDED - REMOVED);
    await this.#delta([], removed);
  }

  /**
   * @param {string[]} added
   * @param {string[]} removed
   */
  async #delta(added, removed) {
    const { rows } = await this.pool.query(
      `${DELTA} from ${this.schema}.sync_phone_keys_delta($1, 'bench', $2, $3, $4, $5, false, false) as d`,
      [this.ownerId, this.mark, arrayOf(added), arrayOf(removed), this.cursor],
    );
    this.mark = rows[0].sync_mark;
    this.cursor = rows[0].changes_cursor;
    return rows[0];
  }
}

/** @param {readonly string[]} uuids */
const arrayOf = (uuids) => `{${uuids.join(",")}}`;

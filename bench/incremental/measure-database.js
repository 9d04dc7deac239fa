/**
 * @import { Pool } from "pg"
 * @import { Cost } from "../lib/counters.js"
 * @import { Run } from "../lib/run.js"
 */
import { withCounters } from "../lib/counters.js";
import { median } from "../lib/statistics.js";
import { rotated } from "../lib/turns.js";
import { BOOKS, KINDS, SIZES } from "./cases.js";
import { SqlDevice } from "./sql-device.js";

/**
 * @typedef {(typeof KINDS)[number]} Kind
 * @typedef {{ round: number, contacts: number, kind: Kind, ms: number, cost: Cost }} DatabaseSample
 *   `ms`: the median of the round's calls; `cost`: of one of them
 */

// Beyond those of the service's users.
const FIRST_OWNER = 10_000_000;

/**
 * What a device's syncs take of the database, by the size of its book: one connection, a call a
 * statement.
 *
 * @param {Pool} pool of one connection
 * @param {Run} run
 * @returns {Promise<DatabaseSample[]>}
 */
export async function measureDatabase(pool, { database, size, tell }) {
  const { schema } = database;
  const { rounds, calls, fullCalls, directorySize } = SIZES[size];
  tell("Filling the books of the database's part.");
  const devices = [];
  for (const [place, contacts] of BOOKS.entries()) {
    const device = new SqlDevice(pool, schema, {
      owner: FIRST_OWNER + place,
      contacts,
      directorySize,
    });
    await device.full();
    devices.push({ contacts, device });
  }
  // As a table is that has been in use.
  for (const table of ["contacts_with_accounts", "contact_sync_status", "contact_sync_devices"]) {
    await pool.query(`vacuum (analyze) ${schema}.${table}`);
  }

  /** @type {DatabaseSample[]} */
  const samples = [];
  // Round 0 warms up.
  for (let round = 0; round <= rounds; round += 1) {
    tell(`The database: ${round === 0 ? "warming up" : `round ${round} of ${rounds}`}.`);
    for (const { contacts, device } of rotated(devices, round)) {
      for (const kind of rotated(KINDS, round)) {
        const times = [];
        for (let call = 0; call < (kind === "full" ? fullCalls : calls); call += 1) {
          const startedAt = performance.now();
          const result = await device[kind]();
          times.push(performance.now() - startedAt);
          if (kind === "changed") await device.trim();
          if (kind === "full" && result !== device.keys.length) {
            throw new Error("a full sync was not unchanged");
          }
        }
        const { result: _, ...cost } = await withCounters(pool, () => device[kind]());
        if (kind === "changed") await device.trim();
        if (round > 0) samples.push({ round, contacts, kind, ms: median(times), cost });
      }
    }
  }
  return samples;
}

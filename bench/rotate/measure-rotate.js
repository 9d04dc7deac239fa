/**
 * @import { Pool } from "pg"
 * @import { ContactsWithAccounts } from "../../dist/index.js"
 * @import { Measured, Run } from "../lib/run.js"
 * @import { Database } from "../lib/database.js"
 */
import { setTimeout as delay } from "node:timers/promises";
import pg from "pg";
import { createContactSync, generateKey } from "../../dist/index.js";
import { withPool } from "../lib/connection.js";
import { withSchema } from "../lib/database.js";
import { fillTables } from "../lib/fill.js";
import { ownerId, phoneHashesOf } from "../lib/phone-keys.js";
import { quantile } from "../lib/statistics.js";
import { formatTable } from "../lib/table.js";

// Owners of 300 contacts each, and in another schema one who has all of them.
const SIZES = {
  quick: { contacts: 60_000, directory: 20_000, idleMs: 10_000 },
  full: { contacts: 1_000_000, directory: 100_000, idleMs: 60_000 },
};
const BOOK = 300;
const CLIENTS = 2;
// A client that waits a moment between two calls, as people do: the machine is not full before.
const PAUSE_MS = 20;

/**
 * Measures a change of the sealing key under load: its time beside one bare UPDATE of the same rows,
 * what calls of others take meanwhile beside what they take before, and how long the owner of a very
 * large book waits.
 *
 * @param {Run} run
 * @returns {Promise<Measured>}
 */
export async function measureRotate({ database, size, tell }) {
  const { contacts, directory, idleMs } = SIZES[size];
  tell(`Filling ${contacts} contacts.`);
  await withPool(database.connectionString, (pool) =>
    fillTables(pool, database.schema, { contacts, directory, tell }),
  );
  const many = await rotateUnderLoad(database, { contacts, idleMs, tell });
  const bareMs = await withSchema(database, "bare", async (bare) => {
    tell("Filling the same for a bare UPDATE.");
    return withPool(bare.connectionString, async (pool) => {
      await fillTables(pool, bare.schema, { contacts, directory, tell });
      return bareUpdate(pool, bare.schema);
    });
  });
  const large = await withSchema(database, "large", async (alone) => {
    tell(`Filling one book of ${contacts}.`);
    return withPool(alone.connectionString, (pool) => rotateLargeBook(pool, alone, contacts));
  });
  const cases = [
    { what: "owners of 300", contacts, seconds: many.ms / 1000, bare_seconds: bareMs / 1000 },
    { what: "one owner", contacts, seconds: large.ms / 1000, bare_seconds: large.bareMs / 1000 },
  ];
  const { idle, busy } = many;
  const waits = ["sync", "list"].map((call) => ({
    call,
    idle_p50: quantile(idle[call] ?? [], 0.5),
    idle_p99: quantile(idle[call] ?? [], 0.99),
    busy_p50: quantile(busy[call] ?? [], 0.5),
    busy_p99: quantile(busy[call] ?? [], 0.99),
    calls: busy[call]?.length ?? 0,
  }));
  return { cases: [...cases, ...waits], ratios: [], table: tableOf(cases, waits) };
}

/**
 * @typedef {Record<string, number[]>} Samples milliseconds of each call, by its kind
 *
 * @param {Database} database filled
 * @param {{ contacts: number, idleMs: number, tell: (line: string) => void }} options
 */
async function rotateUnderLoad({ connectionString, schema, key }, { contacts, idleMs, tell }) {
  const pool = new pg.Pool({ connectionString, max: CLIENTS + 2 });
  try {
    const next = generateKey();
    const options = { database: pool, schema };
    await recordSeal(pool, schema, key);
    const contactSync = await createContactSync({ ...options, key: next, previousKey: key });
    const books = await readBooks(pool, { schema, key }, contacts / BOOK);

    tell("Others alone.");
    const load = startLoad(contactSync, books);
    await delay(Math.min(idleMs, 5_000));
    load.take(); // warm
    await delay(idleMs);
    const idle = load.take();
    tell("Changing the key.");
    const startedAt = performance.now();
    await contactSync.rotateKey();
    const ms = performance.now() - startedAt;
    const busy = load.take();
    await load.stop();
    await contactSync.close();
    return { ms, idle, busy };
  } finally {
    await pool.end();
  }
}

/** Tables that were filled by SQL have no record of a key, and then the library takes none. */
async function recordSeal(
  /** @type {Pool} */ pool,
  /** @type {string} */ schema,
  /** @type {string} */ key,
) {
  const { keyCheck, parseKey } = await import("../../dist/security/key.js");
  const { keyId, checkValue } = keyCheck(parseKey(key));
  await pool.query(
    `insert into ${schema}.contact_sync_seal (is_sealed, key_id, check_value) values (true, $1, $2) on conflict do nothing`,
    [keyId, checkValue],
  );
}

/**
 * @param {Pool} pool
 * @param {{ schema: string, key: string }} database
 * @param {number} owners
 */
async function readBooks(pool, { schema, key }, owners) {
  const step = Math.max(1, Math.floor(owners / 200));
  const books = [];
  for (let owner = 0; owner < owners - 1; owner += step) {
    const { rows } = await pool.query(
      `select phone_key from ${schema}.contacts_with_accounts where owner_id = $1`,
      [ownerId(owner)],
    );
    const keys = rows.map(({ phone_key }) => phone_key);
    books.push({ owner: ownerId(owner), hashes: phoneHashesOf(key, keys) });
  }
  return books;
}

/**
 * @param {ContactsWithAccounts} contactSync
 * @param {{ owner: string, hashes: string[] }[]} books
 */
function startLoad(contactSync, books) {
  /** @type {Samples} */
  let samples = { sync: [], list: [] };
  let isStopped = false;
  const client = async () => {
    while (!isStopped) {
      const book = books[Math.floor(Math.random() * books.length)];
      if (book === undefined) throw new Error("there are no books");
      for (const [call, run] of /** @type {const} */ ([
        ["sync", () => contactSync.syncPhoneHashes(book.owner, book.hashes, book.hashes.length)],
        ["list", () => contactSync.listContacts(book.owner)],
      ])) {
        const startedAt = performance.now();
        await run();
        samples[call]?.push(performance.now() - startedAt);
      }
      await delay(PAUSE_MS);
    }
  };
  const clients = Array.from({ length: CLIENTS }, client);
  return {
    take() {
      const taken = samples;
      samples = { sync: [], list: [] };
      return taken;
    },
    async stop() {
      isStopped = true;
      await Promise.all(clients);
    },
  };
}

/**
 * The least that writes the same rows with other keys.
 *
 * @param {Pool} pool
 * @param {string} schema
 */
async function bareUpdate(pool, schema) {
  const startedAt = performance.now();
  await pool.query(
    `update ${schema}.contacts_with_accounts set phone_key = md5(phone_key::text)::uuid`,
  );
  return performance.now() - startedAt;
}

/**
 * @param {Pool} pool
 * @param {Database} database
 * @param {number} contacts
 */
async function rotateLargeBook(pool, { connectionString, schema, key }, contacts) {
  await pool.query(
    `insert into ${schema}.contacts_with_accounts (owner_id, phone_key)
     select $1, md5('l' || n)::uuid from generate_series(1, $2::integer) as n`,
    [ownerId("large"), contacts],
  );
  await pool.query(
    `insert into ${schema}.contact_sync_status (owner_id, contacts_count) values ($1, $2)`,
    [ownerId("large"), contacts],
  );
  await recordSeal(pool, schema, key);
  await pool.query(`vacuum (analyze) ${schema}.contacts_with_accounts`);
  const contactSync = await createContactSync({
    database: connectionString,
    schema,
    key: generateKey(),
    previousKey: key,
  });
  const startedAt = performance.now();
  await contactSync.rotateKey();
  const ms = performance.now() - startedAt;
  await contactSync.close();
  await pool.query(`vacuum (analyze) ${schema}.contacts_with_accounts`);
  return { ms, bareMs: await bareUpdate(pool, schema) };
}

/**
 * @param {readonly { what: string, contacts: number, seconds: number, bare_seconds: number }[]} cases
 * @param {readonly { call: string, idle_p50: number, idle_p99: number, busy_p50: number, busy_p99: number, calls: number }[]} waits
 */
function tableOf(cases, waits) {
  return [
    "## Changing the sealing key",
    "",
    formatTable(
      ["books", "contacts", "× bare UPDATE", "s", "bare s", "contacts/s"],
      cases.map(({ what, contacts, seconds, bare_seconds: bare }) => [
        what,
        contacts.toLocaleString("en"),
        (seconds / bare).toFixed(2),
        seconds.toFixed(1),
        bare.toFixed(1),
        Math.round(contacts / seconds).toLocaleString("en"),
      ]),
    ),
    "",
    formatTable(
      ["others' call", "× p99 before", "p99 ms", "p99 before", "p50 ms", "p50 before", "calls"],
      waits.map(({ call, idle_p50, idle_p99, busy_p50, busy_p99, calls }) => [
        call,
        (busy_p99 / idle_p99).toFixed(2),
        busy_p99.toFixed(1),
        idle_p99.toFixed(1),
        busy_p50.toFixed(1),
        idle_p50.toFixed(1),
        String(calls),
      ]),
    ),
  ].join("\n");
}

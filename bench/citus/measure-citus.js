/**
 * @import { Database } from "../lib/database.js"
 * @import { Measured, Run, Size, Tell } from "../lib/run.js"
 * @import { SyncSample } from "./report.js"
 */
import { performance } from "node:perf_hooks";
import pg from "pg";
import { createContactSync } from "../../dist/index.js";
import { withCounters } from "../lib/counters.js";
import { counterFrom, rotated } from "../lib/turns.js";
import { fillBooks } from "../link/fill-books.js";
import { KINDS, LOADS, MOST_CLIENTS, SIZES, SUBJECTS } from "./cases.js";
import { inBlocks, withClients } from "./clients.js";
import { countRemoteCommands } from "./count-commands.js";
import { withCluster } from "./databases.js";
import { Device, verifyBooks } from "./device.js";
import { measureLinks } from "./measure-links.js";
import { citusRatios, citusTable, summarizeLinks, summarizeSyncs } from "./report.js";

/** Beyond those that were filled in. */
const FIRST_OWNER = 1_000_000;

/**
 * Measures syncs and links on a Citus cluster beside the same on its coordinator without Citus,
 * which stands for one server: the same machine, PostgreSQL and settings, tables filled alike.
 *
 * @param {Run} run `database` on the coordinator, without the extension
 * @returns {Promise<Measured>}
 */
export function measureCitus({ database: plain, size, tell }) {
  return withCluster(plain.key, async ({ spread, ...cluster }) => {
    const { owners, directory, someBooks } = SIZES[size];
    for (const database of [plain, cluster]) {
      tell(`Filling the books of ${owners} owners.`);
      await recordKey(database);
      await withPoolOf(database, (pool) =>
        fillBooks(pool, database.schema, { owners, directory, someBooks, tell }),
      );
    }
    tell("Spreading them over the nodes.");
    const startedAt = performance.now();
    await spread();
    const spreadMs = performance.now() - startedAt;
    await withPoolOf(cluster, (pool) => vacuum(pool, cluster));
    const spreading = await spreadCase(cluster, spreadMs);

    const owner = counterFrom(FIRST_OWNER);
    const syncs = await measureSyncs({ plain, cluster }, { size, owner, tell });
    const links = await measureLinks({ plain, cluster }, { size, tell });
    tell("Counting remote commands.");
    const commands = await countRemoteCommands(cluster, { owner, directory, owners });

    const cases = { syncs: summarizeSyncs(syncs), links: summarizeLinks(links) };
    const ratios = citusRatios(cases);
    return {
      cases: [...cases.syncs, ...cases.links, ...commands, spreading],
      ratios,
      table: citusTable({ ...cases, commands }),
    };
  });
}

/**
 * @typedef {Record<"plain" | "cluster", Database>} Databases
 *
 * @param {Databases} databases
 * @param {{ size: Size, owner: () => number, tell: Tell }} how
 */
function measureSyncs(databases, { size, owner, tell }) {
  const { rounds, directory } = SIZES[size];
  return withClients(databases.plain, MOST_CLIENTS, (plain) =>
    withClients(databases.cluster, MOST_CLIENTS, async (cluster) => {
      /** @type {SyncSample[]} */
      const samples = [];
      // Round 0 warms up: plans are made, connections between the nodes opened.
      for (let round = 0; round <= rounds; round += 1) {
        tell(round === 0 ? "Warming up." : `Syncs: round ${round} of ${rounds}.`);
        for (const load of LOADS) {
          for (const subject of rotated(SUBJECTS, round)) {
            const clients = (subject.isSpread ? cluster : plain).slice(0, load.clients);
            const { schema } = databases[subject.isSpread ? "cluster" : "plain"];
            const books = clients.map((client) =>
              Array.from(
                { length: load.books },
                () =>
                  new Device(subject.inBlock ? inBlocks(client) : client, schema, {
                    owner: owner(),
                    contacts: load.contacts,
                    directorySize: directory,
                  }),
              ),
            );
            const taken = await takeTurn(clients, books);
            if (round > 0) samples.push(...taken.map((one) => ({ ...load, ...one, subject })));
          }
        }
        for (const database of [databases.plain, databases.cluster]) await clearAway(database);
      }
      return samples;
    }),
  );
}

/**
 * Each client with its own books, one after the other; all of them do a kind before any begins with
 * the next.
 *
 * @param {pg.Client[]} clients
 * @param {Device[][]} books of each client
 */
async function takeTurn([first, ...others], books) {
  if (first === undefined) throw new Error("there are no clients");
  const calls = books.flat().length;
  const samples = [];
  for (const kind of KINDS) {
    const { ms, serverCpuMs } = await withCounters(first, () =>
      Promise.all(
        books.map(async (devices) => {
          for (const device of devices) await device[kind]();
        }),
      ),
    );
    // Of one backend, so it says nothing of the others.
    const cpuMs = serverCpuMs === null || others.length > 0 ? null : serverCpuMs / calls;
    samples.push({ kind, ms: ms / calls, cpuMs });
    if (kind === "first" || kind === "delta") await verifyBooks(first, books.flat());
  }
  return samples;
}

/**
 * Tables filled by SQL have no record of a key, and then the library takes none.
 *
 * @param {Database} database
 */
async function recordKey({ connectionString, schema, key }) {
  await (await createContactSync({ database: connectionString, schema, key })).close();
}

/**
 * Removes the books that were measured.
 *
 * @param {Database} database
 */
function clearAway(database) {
  return withPoolOf(database, async (pool) => {
    const { schema } = database;
    for (const table of ["contacts_with_accounts", "contact_sync_status", "contact_sync_runs"]) {
      await pool.query(
        `delete from ${schema}.${table}
          where owner_id in (select owner_id from ${schema}.contact_sync_devices)`,
      );
    }
    await pool.query(`delete from ${schema}.contact_sync_devices`);
    await vacuum(pool, database);
  });
}

/**
 * @param {pg.Pool} pool
 * @param {Database} database
 */
async function vacuum(pool, { schema }) {
  const tables = [
    "contacts_with_accounts",
    "contact_sync_status",
    "contact_sync_devices",
    "phones",
  ];
  for (const table of tables) await pool.query(`vacuum (analyze) ${schema}.${table}`);
}

/**
 * @template Result
 * @param {Database} database
 * @param {(pool: pg.Pool) => Promise<Result>} work
 * @returns {Promise<Result>}
 */
async function withPoolOf({ connectionString }, work) {
  const pool = new pg.Pool({ connectionString, max: 1 });
  pool.on("error", () => {});
  try {
    return await work(pool);
  } finally {
    await pool.end();
  }
}

/**
 * What it took to spread the tables, filled as they were.
 *
 * @param {Database} cluster
 * @param {number} ms
 */
function spreadCase(cluster, ms) {
  return withPoolOf(cluster, async (pool) => {
    const { rows } = await pool.query(
      `select (select count(*)::integer from ${cluster.schema}.contacts_with_accounts) as contacts,
              (select count(*)::integer from ${cluster.schema}.phones) as numbers`,
    );
    return { what: "spread", ms, ...rows[0] };
  });
}

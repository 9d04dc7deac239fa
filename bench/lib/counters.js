/** @import { Pool } from "pg" */
import { readFileSync } from "node:fs";
import { performance } from "node:perf_hooks";

/**
 * What one piece of work cost. Bytes, rows, pages of 8 KB; CPU in milliseconds.
 *
 * @typedef {object} Cost
 * @property {number} ms
 * @property {number} walBytes of the whole server
 * @property {number} deadTuples row versions that it updated or deleted, which vacuum has to remove
 * @property {number} blocksHit pages of tables and indexes that were in the server's memory
 * @property {number} blocksRead pages that were not
 * @property {number | null} serverCpuMs of the connection's backend; null when it runs elsewhere
 * @property {number} clientCpuMs of this process, all threads
 */

/**
 * @template Result
 * @typedef {Cost & { result: Result }} Counted
 */

/**
 * The server's own counts so far, and whose they are.
 *
 * @typedef {object} Counters
 * @property {string} wal_bytes
 * @property {string} dead_tuples
 * @property {string} blocks_hit
 * @property {string} blocks_read
 * @property {number} backend its process id
 * @property {boolean} is_local
 */

/**
 * Times a piece of work and counts what it cost. Only the work itself is inside.
 *
 * @template Result
 * @param {Pick<Pool, "query">} client the one connection that the work uses (or a pool of 1): the
 *   server counts by connection
 * @param {() => Promise<Result>} work leaves no transaction open
 * @returns {Promise<Counted<Result>>}
 */
export async function withCounters(client, work) {
  const before = await readCounters(client);
  const serverCpuBefore = readServerCpuMs(before);
  const clientCpuBefore = process.cpuUsage();
  const startedAt = performance.now();
  const result = await work();
  const ms = performance.now() - startedAt;
  const clientCpu = process.cpuUsage(clientCpuBefore);
  const serverCpuAfter = readServerCpuMs(before);
  const after = await readCounters(client);
  const grown = (/** @type {keyof Counters} */ name) => Number(after[name]) - Number(before[name]);
  return {
    ms,
    walBytes: grown("wal_bytes"),
    deadTuples: grown("dead_tuples"),
    blocksHit: grown("blocks_hit"),
    blocksRead: grown("blocks_read"),
    serverCpuMs:
      serverCpuBefore === null || serverCpuAfter === null ? null : serverCpuAfter - serverCpuBefore,
    clientCpuMs: (clientCpu.user + clientCpu.system) / 1_000,
    result,
  };
}

/**
 * @param {Pick<Pool, "query">} client
 * @returns {Promise<Counters>}
 */
async function readCounters(client) {
  // The server holds counts back for up to a second, unless it is told not to.
  await client.query("select pg_stat_force_next_flush()");
  const { rows } = await client.query(
    `select pg_current_wal_insert_lsn() - '0/0'::pg_lsn as wal_bytes,
            (select sum(n_tup_upd + n_tup_del) from pg_stat_user_tables) as dead_tuples,
            sum(heap_blks_hit + coalesce(idx_blks_hit, 0)) as blocks_hit,
            sum(heap_blks_read + coalesce(idx_blks_read, 0)) as blocks_read,
            pg_backend_pid() as backend,
            coalesce(inet_server_addr() <<= '127.0.0.0/8' or inet_server_addr() = '::1', true) as is_local
       from pg_statio_user_tables`,
  );
  return rows[0];
}

/**
 * CPU that the backend has used so far, as Linux tells it; null elsewhere and of another machine's.
 *
 * @param {Counters} counters
 */
function readServerCpuMs({ backend, is_local: isLocal }) {
  if (!isLocal) return null;
  try {
    // Behind a port that is forwarded, another process has this id here.
    if (!readFileSync(`/proc/${backend}/cmdline`, "latin1").startsWith("postgres")) return null;
    return readNanoseconds(backend) ?? readTicks(backend);
  } catch {
    return null;
  }
}

/** @param {number} backend */
function readNanoseconds(backend) {
  try {
    const ran = Number(readFileSync(`/proc/${backend}/schedstat`, "latin1").split(" ")[0]);
    return ran > 0 ? ran / 1e6 : undefined;
  } catch {
    return undefined; // a kernel without it
  }
}

/**
 * user and system time, in hundredths of a second whatever the kernel's own clock.
 *
 * @param {number} backend
 */
function readTicks(backend) {
  const stat = readFileSync(`/proc/${backend}/stat`, "latin1");
  // The name before them is in brackets and may have spaces.
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return (Number(fields[11]) + Number(fields[12])) * 10;
}

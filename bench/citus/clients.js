/**
 * @import { Database } from "../lib/database.js"
 *
 * @typedef {Pick<import("pg").Pool, "query">} Client
 */
import pg from "pg";

/**
 * Gives the work so many connections, which stay.
 *
 * @template Result
 * @param {Database} database
 * @param {number} count
 * @param {(clients: pg.Client[]) => Promise<Result>} work
 * @returns {Promise<Result>}
 */
export async function withClients({ connectionString }, count, work) {
  const clients = Array.from({ length: count }, () => new pg.Client({ connectionString }));
  for (const client of clients) client.on("error", () => {});
  try {
    await Promise.all(clients.map((client) => client.connect()));
    return await work(clients);
  } finally {
    await Promise.all(clients.map((client) => client.end().catch(() => {})));
  }
}

/**
 * The same connection, each of whose statements has a transaction block of its own.
 *
 * @param {Pick<pg.ClientBase, "query">} client
 * @returns {Client}
 */
export function inBlocks(client) {
  const query = async (/** @type {string} */ text, /** @type {unknown[]} */ values) => {
    await client.query("begin");
    try {
      return await client.query(text, values);
    } finally {
      await client.query("commit");
    }
  };
  return { query: /** @type {Client["query"]} */ (query) };
}

/**
 * What the coordinator asks of other nodes while the work runs on the database that it is given:
 * statements, as `citus.log_remote_commands` tells them to the client. What a worker asks of others
 * is not among them.
 *
 * @param {Database} database
 * @param {(pool: pg.Pool, count: () => number) => Promise<void>} work `count` says how many since it
 *   was called last
 */
export async function withRemoteCommands({ connectionString }, work) {
  const pool = new pg.Pool({
    connectionString,
    max: 1,
    options: "-c citus.log_remote_commands=on -c client_min_messages=notice",
  });
  let counted = 0;
  pool.on("error", () => {});
  pool.on("connect", (client) => {
    client.on("notice", ({ message }) => {
      if (message?.startsWith("issuing ")) counted += 1;
    });
  });
  try {
    await work(pool, () => {
      const since = counted;
      counted = 0;
      return since;
    });
  } finally {
    await pool.end();
  }
}

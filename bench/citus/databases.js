/** @import { Database, DescribedDatabase } from "../lib/database.js" */
import pg from "pg";
import { migrate } from "../../dist/index.js";
import { onServer } from "../lib/database.js";

export const CLUSTER_VARIABLE = "CONTACT_SYNC_BENCH_CITUS";
/** Beside the cluster's database, on the coordinator. Not one that an app would have. */
const PLAIN_DATABASE = "contact_sync_bench_plain";
const CLUSTER_SCHEMA = "contact_sync_bench";

/** The coordinator's, of a database that has the extension and its nodes; undefined without it. */
export const clusterUrl = () => process.env[CLUSTER_VARIABLE];

/**
 * Gives the work a database of the coordinator's own server, without the extension: the same
 * PostgreSQL with the same settings, which knows of no cluster.
 *
 * @template Result
 * @param {(database: DescribedDatabase) => Promise<Result>} work
 * @returns {Promise<Result>}
 */
export async function withPlainDatabase(work) {
  const cluster = clusterUrl();
  if (!cluster) throw new Error(`${CLUSTER_VARIABLE} names no cluster`);
  const drop = `drop database if exists ${PLAIN_DATABASE}`;
  await run(cluster, drop, `create database ${PLAIN_DATABASE} template template0`);
  try {
    const url = new URL(cluster);
    url.pathname = PLAIN_DATABASE;
    const described = await describeCluster(cluster);
    return await onServer(url.href, (database) =>
      work({ ...database, server: { ...database.server, ...described } }),
    );
  } finally {
    await run(cluster, drop);
  }
}

/**
 * Gives the work a migrated, empty schema in the cluster's database, and a function that spreads it
 * over the nodes; drops it behind it.
 *
 * @template Result
 * @param {string} key
 * @param {(cluster: Database & { spread: () => Promise<void> }) => Promise<Result>} work
 * @returns {Promise<Result>}
 */
export async function withCluster(key, work) {
  const connectionString = String(clusterUrl());
  const options = { connectionString, schema: CLUSTER_SCHEMA };
  const drop = `drop schema if exists ${CLUSTER_SCHEMA} cascade`;
  await run(connectionString, drop);
  try {
    await migrate(options);
    const spread = async () => {
      const { spread: done } = await migrate({ ...options, citus: true });
      if (!done?.tables) throw new Error("nothing was spread over the cluster");
    };
    return await work({ connectionString, schema: CLUSTER_SCHEMA, key, spread });
  } finally {
    await run(connectionString, drop);
  }
}

/**
 * @param {string} connectionString
 * @returns {Promise<Record<string, string>>}
 */
async function describeCluster(connectionString) {
  const [result] = await run(
    connectionString,
    `select (select e.extversion from pg_extension e where e.extname = 'citus') as citus,
            (select count(*)::text from pg_dist_node n
              where n.groupid <> 0 and n.isactive and n.noderole = 'primary') as workers,
            current_setting('citus.shard_count') as shards`,
  );
  return result?.rows[0];
}

/**
 * @param {string} connectionString
 * @param {string[]} statements
 */
async function run(connectionString, ...statements) {
  const client = new pg.Client({ connectionString });
  await client.connect();
  try {
    await client.query("set client_min_messages = warning");
    const results = [];
    for (const statement of statements) results.push(await client.query(statement));
    return results;
  } finally {
    await client.end();
  }
}

import { rmSync } from "node:fs";
import { chmod, mkdtemp, readFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import pg from "pg";
import { generateKey, migrate, startEmbeddedDatabase } from "../../dist/index.js";
import { describeServer, tuneServer } from "./server-settings.js";

// Not one that an app would have: it is dropped before and after.
const SCHEMA = "contact_sync_bench";

/**
 * @typedef {{ connectionString: string, schema: string, key: string }} Database
 * @typedef {Database & { server: Record<string, string> }} DescribedDatabase `server`: version and settings
 */

/**
 * Gives the work a migrated, empty database, and clears up behind it.
 *
 * @template Result
 * @param {(database: DescribedDatabase) => Promise<Result>} work
 * @returns {Promise<Result>}
 */
export function withDatabase(work) {
  const url = process.env["DATABASE_URL"];
  return url
    ? onServer(url, work)
    : onEmbedded((connectionString) => onServer(connectionString, work));
}

/**
 * Gives the work a migrated, empty schema of its own in the same database, and drops it behind it.
 *
 * @template Result
 * @param {Database} database
 * @param {string} suffix of its name
 * @param {(database: Database) => Promise<Result>} work
 * @returns {Promise<Result>}
 */
export async function withSchema({ connectionString, schema, key }, suffix, work) {
  const name = `${schema}_${suffix}`;
  await dropSchema(connectionString, name);
  try {
    await migrate({ connectionString, schema: name });
    return await work({ connectionString, schema: name, key });
  } finally {
    await dropSchema(connectionString, name);
  }
}

/**
 * The same on a server that is there.
 *
 * @template Result
 * @param {string} connectionString
 * @param {(database: DescribedDatabase) => Promise<Result>} work
 * @returns {Promise<Result>}
 */
export async function onServer(connectionString, work) {
  await dropSchema(connectionString, SCHEMA);
  try {
    await migrate({ connectionString, schema: SCHEMA });
    const server = await describeServer(connectionString);
    return await work({ connectionString, schema: SCHEMA, key: generateKey(), server });
  } finally {
    await dropSchema(connectionString, SCHEMA);
  }
}

/**
 * @template Result
 * @param {(connectionString: string) => Promise<Result>} work
 * @returns {Promise<Result>}
 */
async function onEmbedded(work) {
  const folder = await mkdtemp(join(tmpdir(), "contact-sync-bench-"));
  const remove = () => rmSync(folder, { recursive: true, force: true });
  // Started by root, PostgreSQL runs as a user of its own, who has to get into it.
  await chmod(folder, 0o755);
  try {
    const dataDir = join(folder, "data");
    const untuned = await startEmbeddedDatabase({ dataDir });
    // On Ctrl-C as well; after the embedded database's own listener, which stops it.
    process.once("exit", remove);
    await tuneServer(await asSuperuser(untuned)).finally(untuned.stop);
    const embedded = await startEmbeddedDatabase({ dataDir });
    try {
      return await work(await asSuperuser(embedded));
    } finally {
      await embedded.stop();
    }
  } finally {
    remove();
    process.removeListener("exit", remove);
  }
}

/**
 * Settings and checkpoints are the superuser's, whose password lies in the data directory.
 *
 * @param {{ connectionString: string, dataDir: string }} embedded
 */
async function asSuperuser({ connectionString, dataDir }) {
  const password = (await readFile(join(dataDir, "postgres-password"), "utf8")).trim();
  return connectionString.replace(/\/\/[^@]*@/, `//postgres:${encodeURIComponent(password)}@`);
}

/**
 * @param {string} connectionString
 * @param {string} schema
 */
async function dropSchema(connectionString, schema) {
  const client = new pg.Client({ connectionString });
  await client.connect();
  try {
    await client.query(
      `set client_min_messages = warning; drop schema if exists ${schema} cascade`,
    );
  } finally {
    await client.end();
  }
}

import { rmSync } from "node:fs";
import { chmod, mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import pg from "pg";
import { generateKey, migrate, startEmbeddedDatabase } from "../../dist/index.js";

// Not one that an app would have: it is dropped before and after.
const SCHEMA = "contact_sync_bench";

/**
 * Gives the work a migrated, empty database, and clears up behind it.
 *
 * @template Result
 * @param {(database: { connectionString: string, schema: string, key: string }) => Promise<Result>} work
 * @returns {Promise<Result>}
 */
export function withDatabase(work) {
  const url = process.env.DATABASE_URL;
  return url
    ? onServer(url, work)
    : onEmbedded((connectionString) => onServer(connectionString, work));
}

async function onServer(connectionString, work) {
  await dropSchema(connectionString);
  try {
    await migrate({ connectionString, schema: SCHEMA });
    return await work({ connectionString, schema: SCHEMA, key: generateKey() });
  } finally {
    await dropSchema(connectionString);
  }
}

async function onEmbedded(work) {
  const folder = await mkdtemp(join(tmpdir(), "contact-sync-bench-"));
  const remove = () => rmSync(folder, { recursive: true, force: true });
  // Started by root, PostgreSQL runs as a user of its own, who has to get into it.
  await chmod(folder, 0o755);
  try {
    const embedded = await startEmbeddedDatabase({ dataDir: join(folder, "data") });
    // On Ctrl-C as well; after the embedded database's own listener, which stops it.
    process.once("exit", remove);
    try {
      return await work(embedded.connectionString);
    } finally {
      await embedded.stop();
    }
  } finally {
    remove();
    process.removeListener("exit", remove);
  }
}

async function dropSchema(connectionString) {
  const client = new pg.Client({ connectionString });
  await client.connect();
  try {
    await client.query(
      `set client_min_messages = warning; drop schema if exists ${SCHEMA} cascade`,
    );
  } finally {
    await client.end();
  }
}

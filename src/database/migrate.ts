import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { type MigrationBuilder, runner } from "node-pg-migrate";
import pg from "pg";
import { toContactSyncError } from "./errors.ts";
import {
  GUARD_FILE,
  inSchema,
  MIGRATIONS_FOLDER,
  MIGRATIONS_TABLE,
  SEARCH_PATH_LINE,
} from "./migration-files.ts";
import { readMigrationStatus } from "./migration-status.ts";
import { assertSchemaName, DEFAULT_SCHEMA } from "./schema.ts";

export interface MigrateOptions {
  /** A direct connection to the server, not one through a transaction pooler: it sets the session's search_path. */
  connectionString: string | pg.ClientConfig;
  /** Created where it is missing. Default `public`. */
  schema?: string;
  /** Told about each migration that was applied. */
  log?: (message: string) => void;
}

export interface Migrated {
  /** Names of the migrations that this call applied, in order; empty when nothing was to do. */
  applied: string[];
}

// Our own, so that we wait for our own migrations only; node-pg-migrate's is shared with every app
// that uses it. ASCII "csyncmig", less its last two bytes to stay a safe integer.
const LOCK = 0x6373_796e_636d;

/**
 * Brings a schema to the current migrations: all that are missing, in one transaction.
 *
 * Running it again, or from several processes at once, is harmless. Where a foreign object bears
 * one of our names it refuses before it has changed anything.
 *
 * @throws ContactSyncError `NAME_TAKEN`, `DATABASE_UNAVAILABLE`, `INVALID_ARGUMENT`
 */
export async function migrate(options: MigrateOptions): Promise<Migrated> {
  const schema = assertSchemaName(options.schema ?? DEFAULT_SCHEMA);
  const log = options.log ?? (() => {});
  const client = new pg.Client(options.connectionString as pg.ClientConfig);
  client.on("error", () => {}); // reported by the query that meets it
  try {
    await client.connect();
    // A transaction of our own around the runner's work: the runner would commit the schema and
    // the migrations' table by themselves, and a failure would leave them behind.
    await client.query("begin isolation level read committed");
    await client.query("select pg_advisory_xact_lock($1)", [LOCK]);
    const { applied } = await readMigrationStatus(client, schema);
    if (applied.length === 0) await refuseForeignObjects(client, schema);
    const ran = await runner({
      dbClient: client,
      dir: fileURLToPath(MIGRATIONS_FOLDER),
      direction: "up",
      schema,
      createSchema: true,
      migrationsTable: MIGRATIONS_TABLE,
      singleTransaction: false,
      noLock: true,
      migrationLoaderStrategies: [{ extensions: [".sql"], loader: (files) => load(files, schema) }],
      logger: { debug: ignore, info: ignore, warn: ignore, error: ignore },
    });
    await client.query("commit");
    for (const { name } of ran) log(`applied ${name}`);
    return { applied: ran.map(({ name }) => name) };
  } catch (error) {
    throw toContactSyncError(error);
  } finally {
    await client.end().catch(() => {});
  }
}

async function load(files: string[], schema: string) {
  return Promise.all(
    files.map(async (file) => {
      const text = inSchema(await readFile(file, "utf8"), schema);
      return {
        id: file,
        filePaths: [file],
        actions: {
          up: (builder: MigrationBuilder) => {
            builder.noTransaction(); // it is in ours
            builder.sql(text);
          },
          down: false as const,
        },
      };
    }),
  );
}

/** Asks the question that the first migration begins with, before anything at all is created. */
async function refuseForeignObjects(client: pg.Client, schema: string): Promise<void> {
  const { rows } = await client.query("select from pg_namespace where nspname = $1", [schema]);
  if (rows.length === 0) return; // a schema that is still to be created holds nothing
  await client.query(inSchema(SEARCH_PATH_LINE, schema));
  await client.query(await readFile(GUARD_FILE, "utf8"));
}

function ignore(): void {}

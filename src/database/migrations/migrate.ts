import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { ContactSyncError } from "@contact-sync/client";
import { type MigrationBuilder, runner } from "node-pg-migrate";
import pg from "pg";
import type { Fault } from "../check/fault.ts";
import { readFaults } from "../check/read-faults.ts";
import { toContactSyncError } from "../errors.ts";
import { assertSchemaName, DEFAULT_SCHEMA } from "../schema.ts";
import {
  GUARD_FILE,
  inSchema,
  MIGRATIONS_FOLDER,
  MIGRATIONS_TABLE,
  OPEN_SCHEMA_GUARD_FILE,
  SEARCH_PATH_LINE,
} from "./migration-files.ts";
import { readMigrationStatus } from "./migration-status.ts";
import { type Ownership, readOwnership } from "./ownership.ts";

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
  /** What is wrong with the installation afterwards: see `contact-sync doctor`. */
  faults: Fault[];
}

// Our own, so that we wait for our own migrations only; node-pg-migrate's is shared with every app
// that uses it. ASCII "csyncmig", less its last two bytes to stay a safe integer.
const LOCK = 0x6373_796e_636d;

/**
 * Brings a schema to the current migrations: all that are missing, in one transaction. Also where
 * none is missing, the owner's call sets rights and row-level security to what they should be, as
 * after a restore; then the installation is checked.
 *
 * Running it again, or from several processes at once, is harmless. Where a foreign object bears
 * one of our names, or others may create objects in the schema, it refuses before it has changed
 * anything.
 *
 * @throws ContactSyncError `NAME_TAKEN`, `UNSAFE_DATABASE`, `DATABASE_UNAVAILABLE`,
 *   `INVALID_ARGUMENT`, `DATABASE_NOT_MIGRATED` where something is missing and the connected role
 *   does not own what is there
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
    const { applied, pending } = await readMigrationStatus(client, schema);
    const owner = await readOwnership(client, schema);
    if (pending.length > 0) await prepare(client, { schema, owner, applied, pending });
    const ran = pending.length > 0 ? await runPending(client, schema, owner) : [];
    if (owner.isOurs) await client.query(`select "${schema}".apply_contact_sync_grants()`);
    await client.query("commit");
    for (const name of ran) log(`applied ${name}`);
    return { applied: ran, faults: await readFaults(client, schema) };
  } catch (error) {
    throw toContactSyncError(error);
  } finally {
    await client.end().catch(() => {});
  }
}

interface Preparation {
  readonly schema: string;
  readonly owner: Ownership;
  readonly applied: readonly string[];
  readonly pending: readonly string[];
}

/** Asks the questions that the first migration begins with, before anything at all is created. */
async function prepare(client: pg.Client, { schema, owner, applied, pending }: Preparation) {
  if (!owner.isOurs) {
    throw new ContactSyncError(
      "DATABASE_NOT_MIGRATED",
      `schema "${schema}" lacks ${pending.join(", ")}, and what is there belongs to ${owner.name}: ` +
        `run \`contact-sync migrate\` as ${owner.name}. Nothing was changed`,
    );
  }
  if (!owner.hasSchema) return; // one that is still to be created holds nothing
  await client.query(inSchema(SEARCH_PATH_LINE, schema));
  await client.query(await readFile(OPEN_SCHEMA_GUARD_FILE, "utf8"));
  if (applied.length === 0) await client.query(await readFile(GUARD_FILE, "utf8"));
  // Or else what is added would be somebody else's, and run with their rights.
  if (owner.name !== null) await client.query(`set local role ${owner.name}`);
}

async function runPending(client: pg.Client, schema: string, { hasSchema }: Ownership) {
  const ran = await runner({
    dbClient: client,
    dir: fileURLToPath(MIGRATIONS_FOLDER),
    direction: "up",
    schema,
    createSchema: !hasSchema,
    migrationsTable: MIGRATIONS_TABLE,
    singleTransaction: false,
    noLock: true,
    migrationLoaderStrategies: [{ extensions: [".sql"], loader: (files) => load(files, schema) }],
    logger: { debug: ignore, info: ignore, warn: ignore, error: ignore },
  });
  return ran.map(({ name }) => name);
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

function ignore(): void {}

import { readFile } from "node:fs/promises";
import { ContactSyncError, type OptionNames, readOptions } from "@contact-sync/client";
import pg from "pg";
import type { Fault } from "../check/fault.ts";
import { readFaults } from "../check/read-faults.ts";
import type { Queryable } from "../database.ts";
import { isServersOwn, toContactSyncError } from "../errors.ts";
import { assertSchemaName, DEFAULT_SCHEMA } from "../schema.ts";
import { inTransaction } from "../to-database.ts";
import type { DatabaseFault } from "../troubles.ts";
import { lockMigrations } from "./lock.ts";
import {
  DATABASE_FOLDER,
  GUARDS,
  inSchema,
  readMigrationFiles,
  SEARCH_PATH_LINE,
} from "./migration-files.ts";
import { readMigrationStatus } from "./migration-status.ts";
import { type Ownership, readOwnership } from "./ownership.ts";
import {
  assertMigratable,
  prepareSpread,
  type Spread,
  spreadLine,
  spreadTables,
} from "./spread.ts";

export interface MigrateOptions {
  /** As the tables' owner, or whoever is to be it. Also through a transaction pooler. */
  connectionString: string | pg.ClientConfig;
  /** Created where it is missing. Default `public`. */
  schema?: string;
  /**
   * Also spreads the tables over the nodes of the Citus cluster whose coordinator this is. Where
   * they are spread already, each call does so, asked or not.
   */
  citus?: boolean;
  /** Told about each migration that was applied, and of tables that were spread. */
  log?: (message: string) => void;
}

const OPTIONS: OptionNames<MigrateOptions> = {
  connectionString: true,
  schema: true,
  citus: true,
  log: true,
};

export interface Migrated {
  /** Names of the migrations that this call applied, in order; empty when nothing was to do. */
  applied: string[];
  /** How many tables were spread over how many nodes of a Citus cluster; null on a single server. */
  spread: Spread | null;
  /** What is wrong with the installation afterwards: see `contact-sync doctor`. */
  faults: Fault[];
  /**
   * Whether a pooler or proxy answered in the server's place. Nothing is left in its sessions, but
   * its limits count: a long migration may meet its `query_timeout`.
   */
  pooled: boolean;
}

/**
 * Brings a schema to the current migrations: all that are missing, in one transaction. Also where
 * none is missing, the owner's call sets rights and row-level security to what they should be, as
 * after a restore; then the installation is checked. On a Citus cluster the tables are spread in a
 * transaction behind it: Citus can't spread what was created in the same one.
 *
 * Running it again, or from several processes at once, is harmless. Where a foreign object bears
 * one of our names, or others may create objects in the schema, it refuses before it has changed
 * anything. Whatever it sets ends with its transaction, so that no other client of a transaction
 * pooler meets it.
 *
 * @throws ContactSyncError `NAME_TAKEN`, `UNSAFE_DATABASE`, `DATABASE_UNAVAILABLE`,
 *   `INVALID_ARGUMENT`, `DATABASE_NOT_MIGRATED` where something is missing and the connected role
 *   does not own what is there, `UNSUPPORTED_CLUSTER` where it can't be spread
 */
export async function migrate(options: MigrateOptions): Promise<Migrated> {
  return migrateFrom(DATABASE_FOLDER, options);
}

/** The same, to the migrations of another version: its `database` folder. */
export async function migrateFrom(folder: URL, givenOptions: MigrateOptions): Promise<Migrated> {
  const options = readOptions(givenOptions, OPTIONS);
  const schema = assertSchemaName(options.schema ?? DEFAULT_SCHEMA);
  const isAsked = options.citus === true;
  const log = options.log ?? (() => {});
  const client = new pg.Client(options.connectionString as pg.ClientConfig);
  client.on("error", () => {}); // reported by the query that meets it
  try {
    await client.connect();
    const { applied, isSpread } = await inTransaction(client, async (transaction) => {
      const { applied, owner } = await run(transaction, folder, schema);
      return { applied, isSpread: await prepareSpread(transaction, { schema, owner, isAsked }) };
    });
    for (const name of applied) log(`applied ${name}`);
    const spread = isSpread ? await spreadTables(client, schema) : null;
    if (spread !== null && spread.tables > 0) log(spreadLine(spread));
    const faults = await readFaults(client, schema);
    return { applied, spread, faults, pooled: await isPooled(client) };
  } catch (error) {
    throw toContactSyncError(error);
  } finally {
    await client.end().catch(() => {});
  }
}

interface Run {
  readonly applied: string[];
  readonly owner: Ownership;
}

/** Runs what is missing; each file records itself. */
async function run(transaction: Queryable, folder: URL, schema: string): Promise<Run> {
  await lockMigrations(transaction);
  await assertMigratable(transaction, schema);
  const { applied, pending } = await readMigrationStatus(transaction, schema, folder);
  const owner = await readOwnership(transaction, schema);
  if (pending.length > 0) {
    await prepare(transaction, { folder, schema, owner, applied, pending });
    for (const { name, text } of await readMigrationFiles(schema, folder)) {
      if (!pending.includes(name)) continue;
      await transaction.query(text).catch((error: Error) => {
        throw failureOf(name, error);
      });
    }
  }
  if (owner.isOurs) await transaction.query(`select "${schema}".apply_contact_sync_grants()`);
  return { applied: pending, owner };
}

interface Preparation {
  readonly folder: URL;
  readonly schema: string;
  readonly owner: Ownership;
  readonly applied: readonly string[];
  readonly pending: readonly string[];
}

/** Asks the questions that the first migration begins with, before anything at all is created. */
async function prepare(
  transaction: Queryable,
  { folder, schema, owner, applied, pending }: Preparation,
) {
  if (!owner.isOurs) {
    throw new ContactSyncError(
      "DATABASE_NOT_MIGRATED",
      `schema "${schema}" lacks ${pending.join(", ")}, and what is there belongs to ${owner.name}: ` +
        `run \`contact-sync migrate\` as ${owner.name}. Nothing was changed`,
    );
  }
  if (!owner.hasSchema) {
    await transaction.query(`create schema "${schema}"`); // it holds nothing
    return;
  }
  const ask = async (guard: string) =>
    transaction.query(await readFile(new URL(guard, folder), "utf8"));
  await transaction.query(inSchema(SEARCH_PATH_LINE, schema));
  await ask(GUARDS.openSchema);
  if (applied.length === 0) await ask(GUARDS.foreignObjects);
  // Or else what is added would be somebody else's, and run with their rights.
  if (owner.name !== null) await transaction.query(`set local role ${owner.name}`);
}

/**
 * What a migration met, with PostgreSQL's own words: it speaks of objects, such as a view of the
 * app's that stands on a function, and of nobody's data. Troubles and refusals of ours stay as they
 * are.
 */
function failureOf(name: string, error: Error): unknown {
  const fault: DatabaseFault = error;
  const { code, detail } = fault;
  // Syntax and objects; dependent objects; constraints, which may quote rows.
  if (code === undefined || !/^(?:42|2B|0A|23)/.test(code)) return error;
  const mayQuoteData = code.startsWith("23") || !isServersOwn(fault);
  const told = mayQuoteData ? [] : [error.message, ...(detail ? [detail] : [])];
  return new ContactSyncError(
    "INTERNAL",
    [`migration ${name} failed (SQLSTATE ${code}), and nothing was changed`, ...told].join(": "),
    { cause: error },
  );
}

/** A pooler hands out cancel keys of its own, so the process that it names is not the one that answers. */
async function isPooled(client: pg.Client): Promise<boolean> {
  const { rows } = await client.query<{ pid: number }>("select pg_catalog.pg_backend_pid() as pid");
  const { processID } = client as pg.Client & { processID: number | null };
  return processID !== null && rows[0]?.pid !== processID;
}

import { assertRegion, MAX_NEW_NUMBERS, type OptionNames, readOptions } from "@contact-sync/client";
import { assertSafe } from "../database/check/assert-safe.ts";
import { assertCurrent } from "../database/migrations/assert-current.ts";
import { assertSchemaName, DEFAULT_SCHEMA } from "../database/schema.ts";
import { createSqlFunctions } from "../database/sql-functions.ts";
import { type DatabaseSource, toDatabase } from "../database/to-database.ts";
import { invalid } from "../input/arguments.ts";
import { openSecrets } from "../security/open-secrets.ts";
import type { Engine } from "./engine.ts";
import { FailureRecords } from "./failure-records.ts";
import { UnchangedSyncs } from "./unchanged-syncs.ts";

export interface ContactSyncOptions {
  /**
   * A connection string, a `pg` pool, client or configuration, PGlite, or anything with
   * `query(text, values)` and `transaction(work)`.
   */
  database: DatabaseSource;
  /**
   * The sealing key (`CONTACT_SYNC_KEY`): 32 bytes as 64 hex characters or base64. Null only for a
   * database whose phones sync by RPC, which then stores phone hashes as they are.
   */
  key: string | null;
  /** Where `contact-sync migrate` installed; default `public`. */
  schema?: string | undefined;
  /**
   * Sets the budget for numbers that are new to an owner (SQL: `set_new_number_budget`). It is the
   * database's: it holds for whoever syncs, by whichever face, until somebody sets another one.
   * Default: what is set there, or else a burst of 20,000 and 2,000 a day.
   */
  newNumberBudget?: NewNumberBudgetSetting | undefined;
  /**
   * Sets for how many days a contact that was removed by a sync keeps its favourite and its last
   * interaction aside, to have them again when it comes back; 0 for not at all, at most 3,650. Like
   * the budget it is the database's (SQL: `set_choice_retention`). Default: what is set there, or
   * else 30.
   */
  keepChoicesDays?: number | undefined;
  /**
   * For how many days a device may go on from the token of its last sync, 1 to 3,650; then it has to
   * send a full one. Default 30.
   */
  syncTokenDays?: number | undefined;
  /** Where national numbers are dialled unless a call says otherwise, such as `EG`. */
  defaultRegion?: string | undefined;
}

/** The most that either number of days may be. */
export const MAX_DAYS = 3_650;
export const DEFAULT_SYNC_TOKEN_DAYS = 30;

export interface NewNumberBudgetSetting {
  /** How many an owner may sync at once, up to 1,000,000,000; 0 for no budget. */
  readonly burst?: number | undefined;
  /** How many come back a day, 1 to 1,000,000,000. */
  readonly perDay?: number | undefined;
}

const OPTIONS: OptionNames<ContactSyncOptions> = {
  database: true,
  key: true,
  schema: true,
  newNumberBudget: true,
  keepChoicesDays: true,
  syncTokenDays: true,
  defaultRegion: true,
};
const BUDGET_OPTIONS: OptionNames<NewNumberBudgetSetting> = { burst: true, perDay: true };

export interface OpenedEngine {
  readonly engine: Engine;
  /**
   * Waits for what is written in the background, then ends the connections that were opened here; a
   * pool that was passed in is left alone.
   */
  close(): Promise<void>;
}

/**
 * Opens the engine on a migrated database, after it has made sure that nobody else gets at it and
 * that the key is the one it is sealed with.
 *
 * @throws ContactSyncError `DATABASE_NOT_MIGRATED`, `UNSAFE_DATABASE`, `KEY_MISMATCH`, `INVALID_KEY`,
 *   `INVALID_ARGUMENT`, `INVALID_REGION`, `DATABASE_UNAVAILABLE`
 */
export async function openEngine(options: ContactSyncOptions): Promise<OpenedEngine> {
  const {
    database: source,
    key,
    schema: name,
    defaultRegion: region,
    newNumberBudget,
    ...days
  } = readOptions(options, OPTIONS);
  const schema = assertSchemaName(name ?? DEFAULT_SCHEMA);
  const defaultRegion = assertRegion(region);
  const budget = readOptions(newNumberBudget, BUDGET_OPTIONS, "newNumberBudget");
  const burst = assertWithin(budget.burst, 0, MAX_NEW_NUMBERS, "newNumberBudget.burst");
  const perDay = assertWithin(budget.perDay, 1, MAX_NEW_NUMBERS, "newNumberBudget.perDay");
  const keepChoicesDays = assertWithin(days.keepChoicesDays, 0, MAX_DAYS, "keepChoicesDays");
  const syncTokenDays =
    assertWithin(days.syncTokenDays, 1, MAX_DAYS, "syncTokenDays") ?? DEFAULT_SYNC_TOKEN_DAYS;
  const { database, close } = toDatabase(source);
  try {
    await assertCurrent(database, schema);
    await assertSafe(database, schema);
    const { record, ...secrets } = await openSecrets(createSqlFunctions(database, schema), {
      key,
      schema,
      syncTokenDays,
    });
    const sql = createSqlFunctions(database, schema, record);
    const failures = new FailureRecords(sql);
    const unchangedSyncs = new UnchangedSyncs(sql);
    const engine = { sql, failures, unchangedSyncs, defaultRegion, ...secrets };
    if (burst !== null || perDay !== null) {
      await sql.call("set_new_number_budget", [burst, perDay]);
    }
    if (keepChoicesDays !== null) await sql.call("set_choice_retention", [keepChoicesDays]);
    return {
      engine,
      async close() {
        await Promise.all([failures.settled(), unchangedSyncs.settled()]);
        await close();
      },
    };
  } catch (error) {
    await close();
    throw error;
  }
}

function assertWithin(value: unknown, least: number, most: number, name: string): number | null {
  if (value === undefined) return null;
  if (Number.isInteger(value) && Number(value) >= least && Number(value) <= most) {
    return Number(value);
  }
  throw invalid(`${name} must be a whole number from ${least} to ${most}`);
}

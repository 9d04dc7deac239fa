import {
  assertDiscoverable,
  assertRegion,
  type Discoverable,
  MAX_NEW_NUMBERS,
  type OptionNames,
  readOptions,
} from "@contact-sync/client";
import type pg from "pg";
import { assertSafe } from "../database/check/assert-safe.ts";
import type { Database } from "../database/database.ts";
import { databaseTrouble } from "../database/errors.ts";
import { assertCurrent } from "../database/migrations/assert-current.ts";
import { assertSchemaName, DEFAULT_SCHEMA } from "../database/schema.ts";
import { createSqlFunctions } from "../database/sql-functions.ts";
import { type DatabaseSource, toDatabase } from "../database/to-database.ts";
import { examine } from "../doctor/examine.ts";
import { assertWithin, invalid } from "../input/arguments.ts";
import { parseKey } from "../security/key.ts";
import { KeyRing } from "../security/key-ring.ts";
import { createReceipts, type Receipts, UNSIGNED } from "../security/receipt.ts";
import type { UserIdKind } from "../security/user-ids.ts";
import type { Engine } from "./engine.ts";
import { FailureRecords } from "./failure-records.ts";
import { UnchangedSyncs } from "./unchanged-syncs.ts";
import { openUsers } from "./users.ts";
import { createEngine } from "./with-keys.ts";

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
  /**
   * The key before (`CONTACT_SYNC_PREVIOUS_KEY`), while the key is being changed: from before
   * `rotateKey` begins until it has ended, each process has both. Which of them is in force the
   * database says.
   */
  previousKey?: string | undefined;
  /**
   * What the app calls its users: `uuid` (default), or `text` for ids of any form, 1 to 255
   * characters. It is the database's: whoever opens an empty one first says which, and it stays so.
   */
  userIds?: UserIdKind | undefined;
  /** Where `contact-sync migrate` installed; default `public`. */
  schema?: string | undefined;
  /**
   * Sets the budget for numbers that are new to an owner (SQL: `set_new_number_budget`). It is the
   * database's: it holds for whoever syncs, by whichever face, until somebody sets another one.
   * Default: what is set there, or else a burst of 20,000 and 2,000 a day.
   */
  newNumberBudget?: NewNumberBudgetSetting | undefined;
  /**
   * Sets the score from which a sync makes its owner a held one, 1 to 100, or 0 for nobody: they keep
   * the links they have and get no more until `releaseOwner`. Like the budget it is the database's
   * (SQL: `set_suspect_hold`). Default: what is set there, or else nobody.
   */
  holdSuspects?: number | undefined;
  /**
   * Sets for how many days a contact that was removed by a sync keeps its favourite and its last
   * interaction aside, to have them again when it comes back; 0 for not at all, at most 3,650. Like
   * the budget it is the database's (SQL: `set_choice_retention`). Default: what is set there, or
   * else 30.
   */
  keepChoicesDays?: number | undefined;
  /**
   * Sets how long what is kept (SQL: `set_retention`). Like the budget it is the database's. Default:
   * what is set there, or else 18 months, for good, and 90 days.
   */
  retention?: RetentionSetting | undefined;
  /**
   * For how many days a device may go on from the token of its last sync, 1 to 3,650; then it has to
   * send a full one. Default 30.
   */
  syncTokenDays?: number | undefined;
  /**
   * Sets who finds users that have not chosen (`setDiscoverability`): `everybody`, `mutual` or
   * `nobody`. Like the budget it is the database's (SQL: `set_default_discoverability`). It holds at
   * once for whatever is read; a change has every number of the directory looked at again. Default:
   * what is set there, or else everybody.
   */
  discoverable?: Discoverable | undefined;
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
  /** For how many days an account is new, up to 3,650; 0: none is. Default 7. */
  readonly newAccountDays?: number | undefined;
  /** How many a new account may sync at once, 1 to 1,000,000,000, never above `burst`. Default 12,000. */
  readonly newAccountBurst?: number | undefined;
}

export interface RetentionSetting {
  /**
   * After how many months the contacts without an account leave the book of an owner who was not heard
   * of, up to 240; 0 for never.
   */
  readonly silentOwnerMonths?: number | undefined;
  /** For how many months a forgotten number stays so, up to 240; 0 for good. */
  readonly forgottenNumberMonths?: number | undefined;
  /** After how many days a run becomes a day's sums, 1 to 3,650. */
  readonly runDays?: number | undefined;
}

/** The most that a number of months may be. */
export const MAX_MONTHS = 240;

const OPTIONS: OptionNames<ContactSyncOptions> = {
  database: true,
  key: true,
  previousKey: true,
  userIds: true,
  schema: true,
  newNumberBudget: true,
  holdSuspects: true,
  keepChoicesDays: true,
  retention: true,
  syncTokenDays: true,
  discoverable: true,
  defaultRegion: true,
};
const RETENTION_OPTIONS: OptionNames<RetentionSetting> = {
  silentOwnerMonths: true,
  forgottenNumberMonths: true,
  runDays: true,
};
const BUDGET_OPTIONS: OptionNames<NewNumberBudgetSetting> = {
  burst: true,
  perDay: true,
  newAccountDays: true,
  newAccountBurst: true,
};

export interface OpenedEngine {
  readonly engine: Engine;
  readonly schema: string;
  readonly database: Database;
  /** What the connections come from, where that is a pool of `pg`. */
  readonly pool: pg.Pool | undefined;
  /** The same engine by another way to the same database, with what is written in its background. */
  on(database: Database): { readonly engine: Engine; settled(): Promise<void> };
  /**
   * Has something that works with the engine end before the connections do.
   *
   * @returns takes it back, for what has ended by itself
   */
  beforeClose(end: () => Promise<void>): () => void;
  /**
   * For what begins later, and is to be ended by `close()`.
   *
   * @throws ContactSyncError `DATABASE_UNAVAILABLE`, once it was called
   */
  assertOpen(): void;
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
 *   `USER_IDS_MISMATCH`, `INVALID_ARGUMENT`, `INVALID_REGION`, `DATABASE_UNAVAILABLE`
 */
export async function openEngine(options: ContactSyncOptions): Promise<OpenedEngine> {
  const {
    database: source,
    key,
    previousKey,
    userIds = "uuid",
    schema: name,
    defaultRegion: region,
    newNumberBudget,
    retention: givenRetention,
    holdSuspects,
    discoverable: who,
    ...days
  } = readOptions(options, OPTIONS);
  const schema = assertSchemaName(name ?? DEFAULT_SCHEMA);
  if (userIds !== "uuid" && userIds !== "text") throw invalid('userIds must be "uuid" or "text"');
  const defaultRegion = assertRegion(region);
  const budget = readOptions(newNumberBudget, BUDGET_OPTIONS, "newNumberBudget");
  const kept = readOptions(givenRetention, RETENTION_OPTIONS, "retention");
  const retention = [
    givenWithin(kept.silentOwnerMonths, 0, MAX_MONTHS, "retention.silentOwnerMonths"),
    givenWithin(kept.forgottenNumberMonths, 0, MAX_MONTHS, "retention.forgottenNumberMonths"),
    givenWithin(kept.runDays, 1, MAX_DAYS, "retention.runDays"),
  ];
  const figures = [
    givenWithin(budget.burst, 0, MAX_NEW_NUMBERS, "newNumberBudget.burst"),
    givenWithin(budget.perDay, 1, MAX_NEW_NUMBERS, "newNumberBudget.perDay"),
    givenWithin(budget.newAccountDays, 0, MAX_DAYS, "newNumberBudget.newAccountDays"),
    givenWithin(budget.newAccountBurst, 1, MAX_NEW_NUMBERS, "newNumberBudget.newAccountBurst"),
  ];
  const holdFrom = givenWithin(holdSuspects, 0, 100, "holdSuspects");
  const keepChoicesDays = givenWithin(days.keepChoicesDays, 0, MAX_DAYS, "keepChoicesDays");
  const syncTokenDays =
    givenWithin(days.syncTokenDays, 1, MAX_DAYS, "syncTokenDays") ?? DEFAULT_SYNC_TOKEN_DAYS;
  const discoverable = who === undefined ? null : assertDiscoverable(who, "discoverable");
  const { database, pool, close } = toDatabase(source);
  try {
    await assertCurrent(database, schema);
    await assertSafe(database, schema);
    const keyRing = await KeyRing.open(createSqlFunctions(database, schema), {
      key,
      previousKey,
      schema,
      syncTokenDays,
    });
    const receipts = await openReceipts(key, previousKey);
    const users = await openUsers(createSqlFunctions(database, schema, keyRing), keyRing, userIds);
    const on = (reached: Database) => {
      const sql = createSqlFunctions(reached, schema, keyRing);
      const failures = new FailureRecords(sql);
      const unchangedSyncs = new UnchangedSyncs(sql);
      const base = {
        sql,
        keyRing,
        users,
        receipts,
        failures,
        unchangedSyncs,
        defaultRegion,
        syncTokenDays,
        examine: () =>
          examine(reached, { schema, key: key ?? undefined, previousKey, now: Date.now }),
      };
      return {
        engine: createEngine(base),
        async settled() {
          await Promise.all([failures.settled(), unchangedSyncs.settled()]);
        },
      };
    };
    const { engine, settled } = on(database);
    const { sql } = engine;
    if (figures.some((figure) => figure !== null)) await sql.call("set_new_number_budget", figures);
    if (holdFrom !== null) await sql.call("set_suspect_hold", [holdFrom]);
    if (keepChoicesDays !== null) await sql.call("set_choice_retention", [keepChoicesDays]);
    if (retention.some((figure) => figure !== null)) await sql.call("set_retention", retention);
    if (discoverable !== null) await sql.call("set_default_discoverability", [discoverable]);
    const ends = new Set<() => Promise<void>>();
    let isClosed = false;
    return {
      engine,
      schema,
      database,
      pool,
      on,
      beforeClose(end) {
        ends.add(end);
        return () => ends.delete(end);
      },
      assertOpen() {
        if (isClosed) throw databaseTrouble("CLOSED");
      },
      async close() {
        isClosed = true;
        await Promise.all([...ends].map((end) => end()));
        await settled();
        await close();
      },
    };
  } catch (error) {
    await close();
    throw error;
  }
}

/** Signed with the key that was given, whichever is in force; those of the one before still verify. */
async function openReceipts(
  key: string | null,
  previousKey: string | undefined,
): Promise<Receipts> {
  if (key === null) return UNSIGNED;
  return createReceipts(
    parseKey(key),
    previousKey === undefined ? undefined : parseKey(previousKey),
  );
}

/** Null where nothing is given. */
function givenWithin(value: unknown, least: number, most: number, name: string): number | null {
  return value === undefined ? null : assertWithin(value, least, most, name);
}

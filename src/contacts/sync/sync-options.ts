import { assertRegion, type OptionNames, type Region, type SyncMode } from "@contact-sync/client";
import type { Engine } from "../../engine/engine.ts";
import type { User } from "../../engine/users.ts";
import {
  assertBoolean,
  assertCount,
  assertDeviceId,
  assertTime,
  invalid,
} from "../../input/arguments.ts";
import { PROGRESS_OPTIONS, type ProgressOptions } from "../streams/progress.ts";

/** How long the parts of a sync took, in milliseconds. */
export interface SyncTimings {
  /** Reading numbers into E.164, duplicates and refusals included. */
  readonly normalize: number;
  /** SHA-256, and sealing. */
  readonly hash: number;
  /** The call of the database, from sending to its answer. */
  readonly database: number;
}

export interface SyncOptions extends ProgressOptions {
  /** Rows an INSERT, 1 to 1,000; default what `getOptimalBatchSize` says for the count. */
  batchSize?: number | undefined;
  /**
   * `merge` (default) adds only; `replace` takes the list for the whole book, or with a `deviceId`
   * for that device's.
   */
  mode?: SyncMode | undefined;
  /** Lets a `replace` remove more than half of the book. */
  confirmRemoval?: boolean | undefined;
  /**
   * The installation of the app that it is about, 1 to 64 of `A–Z a–z 0–9 . _ -`. A `replace` is then
   * this device's snapshot and removes nothing that another one holds, the result has a
   * `sync_token` for its next sync, and a stream is one transaction.
   */
  deviceId?: string | undefined;
  /**
   * Whether numbers that are new to the owner are charged to their budget; default true. False is
   * for what no user has sent: an import that the back end makes itself, which may be larger than
   * anybody's budget. Whoever may sync free of it can find out who of any numbers has an account.
   */
  budget?: boolean | undefined;
  /**
   * When the user's account was made, as a Date or in ISO 8601. For some days after that the budget
   * is that of a new account; default: after their first sync.
   */
  accountCreatedAt?: Date | string | undefined;
  /** Where national numbers are dialled, such as `EG`; default the engine's. There is no other. */
  defaultRegion?: string | undefined;
  /** Told how long the parts of a sync of one call took. */
  onTimings?: ((timings: SyncTimings) => void) | undefined;
}

export const SYNC_OPTIONS: OptionNames<SyncOptions> = {
  ...PROGRESS_OPTIONS,
  batchSize: true,
  mode: true,
  confirmRemoval: true,
  deviceId: true,
  budget: true,
  accountCreatedAt: true,
  defaultRegion: true,
  onTimings: true,
};

/** The arguments that every kind of sync has, checked. */
export interface SyncCall {
  readonly owner: User;
  /** Null for a stream whose own count is to be taken. */
  readonly deviceContactsCount: number | null;
  readonly mode: SyncMode;
  readonly confirmRemoval: boolean;
  /** Null for a call that names none. */
  readonly deviceId: string | null;
  readonly budget: boolean;
  /** In ISO 8601; null: not known. */
  readonly accountCreatedAt: string | null;
  readonly region: Region | undefined;
}

/** @throws ContactSyncError `INVALID_ARGUMENT`, `INVALID_REGION` */
export function readSyncCall(
  engine: Engine,
  userId: string,
  deviceContactsCount: number | null,
  options: SyncOptions,
  isStream: boolean,
): SyncCall {
  if (options.onTimings !== undefined && typeof options.onTimings !== "function") {
    throw invalid("onTimings must be a function");
  }
  return {
    owner: engine.users.of(userId, "userId"),
    deviceContactsCount:
      isStream && deviceContactsCount === null
        ? null
        : assertCount(deviceContactsCount, "deviceContactsCount"),
    mode: assertMode(options.mode ?? "merge"),
    confirmRemoval: assertBoolean(options.confirmRemoval ?? false, "confirmRemoval"),
    deviceId: options.deviceId === undefined ? null : assertDeviceId(options.deviceId, "deviceId"),
    budget: assertBoolean(options.budget ?? true, "budget"),
    accountCreatedAt: assertTime(options.accountCreatedAt, "accountCreatedAt"),
    region: assertRegion(options.defaultRegion) ?? engine.defaultRegion,
  };
}

export function assertMode(mode: unknown): SyncMode {
  if (mode === "merge" || mode === "replace") return mode;
  throw invalid('mode must be "merge" or "replace"');
}

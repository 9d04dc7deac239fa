import { type OptionNames, readOptions } from "@contact-sync/client";
import { assertWatching } from "../input/arguments.ts";

/**
 * `directory`: each number of the directory gets its second row. `books`: owners are moved to the
 * new key, one by one. `remains`: the new key is in force, and what is left of the old one goes.
 */
export type RotationStep = "directory" | "books" | "remains";

/** How far a change of the sealing key has come. */
export interface RotationProgress {
  readonly step: RotationStep;
  /** Numbers of the directory that were seen to, and contacts that were moved, since the call began. */
  readonly numbersDone: number;
  readonly contactsMoved: number;
  readonly ownersMoved: number;
  /** Contacts and owners who were yet to be moved when the call began. */
  readonly contactsInAll: number;
  readonly ownersInAll: number;
  /** Transactions, owners who are locked, or entries of the linker's queue that it waits for now. */
  readonly waitingFor: number;
}

/** What a change of the sealing key has come to. */
export interface RotationReport {
  /** Ids of the two keys; they say nothing about them. */
  readonly from_key_id: string;
  readonly to_key_id: string;
  /** What this call did: less than all where an earlier one was interrupted, nothing where it was done. */
  readonly numbers_done: number;
  readonly owners_moved: number;
  readonly contacts_moved: number;
}

/** How far a change of the sealing key has come, by what the database holds. */
export interface RotationState {
  /** Null: none is under way. */
  readonly step: RotationStep | null;
  readonly from_key_id: string | null;
  readonly to_key_id: string | null;
  /** What is left of the old key. */
  readonly numbers_left: number;
  readonly owners_left: number;
  readonly contacts_left: number;
}

export interface RotateKeyOptions {
  /** Told after every step, and once a second while it waits. */
  readonly onProgress?: ((progress: RotationProgress) => void) | undefined;
  /** Ends it between two transactions, with `ABORTED`; the next call goes on. */
  readonly signal?: AbortSignal | undefined;
}

const OPTIONS: OptionNames<RotateKeyOptions> = { onProgress: true, signal: true };

export function readRotateKeyOptions(given: RotateKeyOptions | undefined): RotateKeyOptions {
  const options = readOptions(given, OPTIONS);
  assertWatching(options.onProgress, options.signal);
  return options;
}

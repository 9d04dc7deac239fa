import { setTimeout as delay } from "node:timers/promises";
import { isContactSyncError, type OptionNames, readOptions } from "@contact-sync/client";
import { ERRORS } from "@contact-sync/client/errors";
import type { SqlFunctions } from "../database/sql-functions.ts";
import type { Engine } from "../engine/engine.ts";
import { assertBoolean, assertWatching, throwIfAborted } from "../input/arguments.ts";
import { reportProgress } from "../input/report-progress.ts";
import { enqueueStale } from "./stale-links.ts";

export interface LinkerReport {
  /** Contacts whose stored link was brought up to date. */
  readonly contacts_changed: number;
  readonly entries_finished: number;
  /**
   * Entries of the queue that are left, counted up to 10,000: they wait for transactions still
   * running, or another linker is at them.
   */
  readonly entries_waiting: number;
  /** With `all`: numbers of which a stored link was another than the directory says. */
  readonly numbers_found?: number;
  /**
   * With `all`, where there are any: transactions that write links and went on for longer than five
   * seconds. They may have read the directory before; call again when they have ended.
   */
  readonly transactions_running?: number;
}

/** How far the linker has come. */
export interface LinkerProgress {
  /** Numbers compared so far, and found to be otherwise; with `all`. */
  readonly numbersChecked: number;
  readonly numbersFound: number;
  readonly contactsChanged: number;
  readonly entriesFinished: number;
}

export interface LinkPendingOptions {
  /**
   * Compares all of the directory and all links with each other first: also finds what rows written
   * into the table `phones` by hand, or a restored table, have left behind. Default false.
   */
  readonly all?: boolean | undefined;
  /** Told after every step. */
  readonly onProgress?: ((progress: LinkerProgress) => void) | undefined;
  /** Ends it between two steps, with `ABORTED`; what is left is left to the next call. */
  readonly signal?: AbortSignal | undefined;
}

const OPTIONS: OptionNames<LinkPendingOptions> = { all: true, onProgress: true, signal: true };

/** What the back-fill that a change of the directory ends with has done, and has left. */
export interface Backfill {
  readonly contacts_changed: number;
  /** Numbers whose contacts may not all be right yet; the linker comes back to them. */
  readonly links_pending: number;
}

interface Pass extends LinkerReport {
  readonly entries_busy: number;
  readonly owners_late: number;
  readonly has_more: boolean;
}

// Numbers that a pass is narrowed to: about as many as one pass has contacts.
const KEYS_AT_ONCE = 500;
// Passes in a row that may find nothing but locked owners. Each goes on where the last one ended.
const IDLE_PASSES = 100;
// Passes over everybody's numbers that a request makes beside its own.
const PASSES_FOR_ALL = 3;
// And over its own, where a user asks for it: some 5,000 contacts, within a second mostly.
const PASSES_FOR_A_USER = 10;

// How long a back-fill waits, without a connection, for what is about to end: another linker's pass
// takes some ten milliseconds, and so does a sync of an owner's. What takes longer is left.
const PAUSES_MS = [5, 10, 20, 40, 80];
const PAUSES_FOR_LINKERS_MS = [...PAUSES_MS, ...Array.from({ length: 12 }, () => 150)];

/** `linkPendingPhones` of `ContactsWithAccounts`, which describes it. */
export async function linkPendingPhones(
  { sql }: Engine,
  givenOptions?: LinkPendingOptions,
): Promise<LinkerReport> {
  const { all = false, onProgress, signal } = readOptions(givenOptions, OPTIONS);
  assertBoolean(all, "all");
  assertWatching(onProgress, signal);
  const progress = { numbersChecked: 0, numbersFound: 0, contactsChanged: 0, entriesFinished: 0 };
  const tell = (step: Partial<LinkerProgress>) => {
    Object.assign(progress, step);
    reportProgress(onProgress, { ...progress });
    throwIfAborted(signal);
  };
  throwIfAborted(signal);
  const found = all ? await enqueueStale(sql, tell) : {};
  const { contacts_changed, entries_finished, entries_waiting } = await passes(sql, null, {
    onPass: (contactsChanged, entriesFinished) => tell({ contactsChanged, entriesFinished }),
  });
  return { contacts_changed, entries_finished, entries_waiting, ...found };
}

/** The linker for as long as it goes on and nobody stops it between two passes. */
export async function runLinker({ sql }: Engine, isStopped: () => boolean): Promise<void> {
  await passes(sql, null, { isStopped });
}

/**
 * The linker for some numbers only. Waits for nobody who is in the way for longer than a moment,
 * and does not fail for trouble around us: the change of the directory has been committed, and what
 * is left of its back-fill is the linker's.
 */
export async function linkPending(
  { sql }: Engine,
  phoneKeys: readonly string[],
  mostPasses = Number.POSITIVE_INFINITY,
): Promise<Backfill> {
  const isStopped = after(mostPasses);
  let changed = 0;
  let pending = 0;
  const pauses = { forOwners: [...PAUSES_MS], forLinkers: [...PAUSES_FOR_LINKERS_MS] };
  for (let first = 0; first < phoneKeys.length; first += KEYS_AT_ONCE) {
    const keys = phoneKeys.slice(first, first + KEYS_AT_ONCE);
    try {
      for (;;) {
        const pass = await passes(sql, keys, { isStopped });
        changed += pass.contacts_changed;
        const pause =
          pass.entries_busy > 0
            ? pauses.forLinkers.shift()
            : pass.owners_late > 0
              ? pauses.forOwners.shift()
              : undefined;
        if (pause === undefined) {
          pending += pass.entries_waiting;
          break;
        }
        await delay(pause);
      }
    } catch (error) {
      if (!isPassingTrouble(error)) throw error;
      return { contacts_changed: changed, links_pending: pending + phoneKeys.length - first };
    }
  }
  return { contacts_changed: changed, links_pending: pending };
}

/** The field of a result that says so, where something is pending. */
export function pendingOf(links_pending: number): { links_pending?: number } {
  return links_pending > 0 ? { links_pending } : {};
}

/** A few passes over everybody's numbers, as far as the database lets us. */
export async function linkSome({ sql }: Engine): Promise<void> {
  await passes(sql, null, { isStopped: after(PASSES_FOR_ALL) }).catch((error) => {
    if (!isPassingTrouble(error)) throw error;
  });
}

/**
 * What a choice or a block of a user's changes: the links to their numbers, and, of which the numbers
 * are not known, those that were given to them. Reads show neither from the start, so whatever is
 * more than a moment's work is the linker's.
 */
export async function linkByConsent(engine: Engine, phoneKeys: readonly string[]): Promise<void> {
  await linkPending(engine, phoneKeys, PASSES_FOR_A_USER);
  await linkSome(engine);
}

/** Says no so often, and then yes. */
function after(times: number): () => boolean {
  let asked = 0;
  return () => {
    asked += 1;
    return asked > times;
  };
}

/** Short transactions, so that no owner is locked for long. */
async function passes(
  sql: SqlFunctions,
  phoneKeys: readonly string[] | null,
  {
    isStopped = () => false,
    onPass = () => {},
  }: { isStopped?: () => boolean; onPass?: (changed: number, finished: number) => void } = {},
): Promise<Pass> {
  let changed = 0;
  let finished = 0;
  for (let idle = 0; ; ) {
    const pass = await sql.call<Pass>("contact_sync_link_pass", [phoneKeys]);
    changed += pass.contacts_changed;
    finished += pass.entries_finished;
    onPass(changed, finished);
    idle = pass.contacts_changed > 0 || pass.entries_finished > 0 ? 0 : idle + 1;
    const goesOn = pass.has_more ? idle < IDLE_PASSES : idle === 0;
    if (pass.entries_waiting === 0 || !goesOn || isStopped()) {
      return { ...pass, contacts_changed: changed, entries_finished: finished };
    }
  }
}

/** Of the kind that is answered with "try again", and of which none is the call's own fault. */
function isPassingTrouble(error: unknown): boolean {
  return isContactSyncError(error) && ERRORS[error.code].status === 503;
}

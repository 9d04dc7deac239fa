import { type OptionNames, readOptions } from "@contact-sync/client";
import type { SqlFunctions } from "../database/sql-functions.ts";
import type { Engine } from "../engine/engine.ts";
import { throwIfAborted } from "../input/arguments.ts";

/** How long what is kept, and what was kept long enough by now. */
export interface Retention {
  /** Months after which unlinked contacts of a silent owner go; 0: never. */
  readonly silent_owner_months: number;
  /** Months for which a forgotten number stays so; 0: for good. */
  readonly forgotten_number_months: number;
  /** Days until a run becomes a day's sums. */
  readonly run_days: number;
  /** Days for which the choices for a removed contact are kept aside. */
  readonly choice_days: number;
  /** What would go now. */
  readonly expired: ExpiredCounts;
}

export interface ExpiredCounts {
  readonly silent_owners: number;
  readonly unlinked_contacts: number;
  readonly forgotten_numbers: number;
  readonly runs: number;
  readonly choices: number;
}

/** What was removed. */
export interface AppliedRetention {
  /** Owners whose unlinked contacts were removed, counted once for each portion of a large book. */
  readonly owners_cleared: number;
  readonly contacts_removed: number;
  readonly forgotten_numbers_dropped: number;
  readonly runs_folded: number;
}

export interface ApplyRetentionOptions {
  /** Ends it between two portions. */
  signal?: AbortSignal | undefined;
}

const OPTIONS: OptionNames<ApplyRetentionOptions> = { signal: true };
// Of at most 200 owners: a portion takes a fraction of a second, for which syncs of those wait.
const CONTACTS_A_PORTION = 5_000;
const IDS_A_PORTION = 10_000;

/** `getRetention` of `ContactsWithAccounts`, which describes it. */
export async function getRetention({ sql }: Engine): Promise<Retention> {
  const kept = await sql.call<Omit<Retention, "expired">>("set_retention", []);
  // bigint, which `pg` gives as texts
  const row = await sql.call<Record<keyof ExpiredCounts, string>>("count_expired", []);
  return {
    silent_owner_months: kept.silent_owner_months,
    forgotten_number_months: kept.forgotten_number_months,
    run_days: kept.run_days,
    choice_days: kept.choice_days,
    expired: {
      silent_owners: Number(row.silent_owners),
      unlinked_contacts: Number(row.unlinked_contacts),
      forgotten_numbers: Number(row.forgotten_numbers),
      runs: Number(row.runs),
      choices: Number(row.choices),
    },
  };
}

/** `applyRetention` of `ContactsWithAccounts`, which describes it. */
export async function applyRetention(
  engine: Engine,
  options?: ApplyRetentionOptions,
): Promise<AppliedRetention> {
  const { signal } = readOptions(options, OPTIONS);
  return removeExpired(engine, () => throwIfAborted(signal));
}

/**
 * The same, for whoever stops otherwise.
 *
 * @param goOn asked before each portion; false, or what it throws, ends it
 */
export async function removeExpired(
  { sql }: Engine,
  goOn: () => unknown,
): Promise<AppliedRetention> {
  const done = { owners_cleared: 0, contacts_removed: 0, forgotten_numbers_dropped: 0 };
  for (;;) {
    if (goOn() === false) break;
    const { has_more, ...portion } = await sql.call<typeof done & { has_more: boolean }>(
      "apply_retention",
      [CONTACTS_A_PORTION],
    );
    done.owners_cleared += portion.owners_cleared;
    done.contacts_removed += portion.contacts_removed;
    done.forgotten_numbers_dropped += portion.forgotten_numbers_dropped;
    if (!has_more) break;
  }
  await dropUnusedIds(sql, goOn);
  // It takes a portion, too, of which the walk has left none.
  const folded = await sql.call<{ clean_up_contact_sync: number }>("clean_up_contact_sync", []);
  return { ...done, runs_folded: folded.clean_up_contact_sync };
}

/** What the app calls users whom nothing names any more, all the way through the table. */
async function dropUnusedIds(sql: SqlFunctions, goOn: () => unknown): Promise<void> {
  for (let after: string | null = null; goOn() !== false; ) {
    const { last_user_id }: { last_user_id: string | null } = await sql.call(
      "contact_sync_drop_unused_users",
      [after, IDS_A_PORTION],
    );
    after = last_user_id;
    if (after === null) return;
  }
}

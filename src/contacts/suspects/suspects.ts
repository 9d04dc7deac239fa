import { type OptionNames, type ReleasedOwner, readOptions } from "@contact-sync/client";
import type { Engine } from "../../engine/engine.ts";
import { assertTime, assertWithin } from "../../input/arguments.ts";

/** An owner whose syncs look like an attack, as the library returns it: with Dates. */
export interface Suspect {
  readonly owner_id: string;
  /** The highest score of the time, 1 to 100; of one who is held, at least what led to it. */
  readonly suspicion: number;
  /** Of their new numbers of the time, how many in per cent have a near neighbour; null: only hashes came. */
  readonly neighbours_percent: number | null;
  /** The owner's last sync, whenever that was. */
  readonly last_seen_at: Date | null;
  /** Syncs of the time, failed ones too, and what they did. */
  readonly syncs: number;
  readonly budget_refusals: number;
  readonly contacts_inserted: number;
  readonly contacts_removed: number;
  readonly matched_contacts: number;
  /** How many contacts the book has now. */
  readonly contacts_count: number;
  readonly first_sync_at: Date | null;
  /** Since when they get no new links; null: they are not held. */
  readonly held_at: Date | null;
  readonly released_at: Date | null;
}

export interface ListSuspectsOptions {
  /** From which score on, 1 to 100; default 30. Those who are held are listed whatever theirs is. */
  minScore?: number | undefined;
  /** A Date, or a time in ISO 8601; default 24 hours ago. */
  since?: Date | string | undefined;
  /** How many at most, 1 to 10,000; default 100. */
  limit?: number | undefined;
}

const OPTIONS: OptionNames<ListSuspectsOptions> = { minScore: true, since: true, limit: true };
export const DEFAULT_MIN_SCORE = 30;
export const DEFAULT_SUSPECTS = 100;
export const MAX_SUSPECTS = 10_000;

/** bigint comes from the driver as text. */
interface SuspectRow
  extends Omit<Suspect, "contacts_inserted" | "contacts_removed" | "matched_contacts"> {
  readonly contacts_inserted: string | number;
  readonly contacts_removed: string | number;
  readonly matched_contacts: string | number;
}

/** `listSuspects` of `ContactsWithAccounts`, which describes it. */
export async function listSuspects(
  { sql, users }: Engine,
  givenOptions?: ListSuspectsOptions,
): Promise<Suspect[]> {
  const { minScore, since, limit } = readOptions(givenOptions, OPTIONS);
  const rows = await sql.callForRows<SuspectRow>("list_suspects", [
    assertWithin(minScore ?? DEFAULT_MIN_SCORE, 1, 100, "minScore"),
    assertTime(since, "since"),
    assertWithin(limit ?? DEFAULT_SUSPECTS, 1, MAX_SUSPECTS, "limit"),
  ]);
  const idOf = await users.idsOf(rows.map(({ owner_id }) => owner_id));
  const named = rows.flatMap((row) => {
    const owner_id = idOf(row.owner_id);
    return owner_id === null ? [] : [{ ...row, owner_id }];
  });
  return named.map((row) => ({
    owner_id: row.owner_id,
    suspicion: row.suspicion,
    neighbours_percent: row.neighbours_percent,
    last_seen_at: row.last_seen_at,
    syncs: row.syncs,
    budget_refusals: row.budget_refusals,
    contacts_inserted: Number(row.contacts_inserted),
    contacts_removed: Number(row.contacts_removed),
    matched_contacts: Number(row.matched_contacts),
    contacts_count: row.contacts_count,
    first_sync_at: row.first_sync_at,
    held_at: row.held_at,
    released_at: row.released_at,
  }));
}

/** `releaseOwner` of `ContactsWithAccounts`, which describes it. */
export async function releaseOwner({ sql, users }: Engine, userId: string): Promise<ReleasedOwner> {
  const { released } = await sql.call<{ released: boolean }>(
    "release_owner",
    [users.of(userId, "userId").uuid],
    "release_owner as released",
  );
  return { released };
}

import {
  type Change,
  type ChangesPage,
  MAX_CHANGES_PER_PAGE,
  type OptionNames,
  readOptions,
} from "@contact-sync/client";
import type { Engine } from "../../engine/engine.ts";
import { assertUuid, invalid } from "../../input/arguments.ts";

export interface ListChangesOptions {
  /** `cursor` of the answer before. Without one: no changes, and a cursor at the present. */
  since?: string | undefined;
  /** Changes an answer, 1 to 1,000; default 1,000. */
  limit?: number | undefined;
}

const OPTIONS: OptionNames<ListChangesOptions> = { since: true, limit: true };

/** A `contact_sync_changes`, as PostgreSQL makes JSON of it. */
export interface StoredChanges {
  readonly changed_phone_hashes: string[];
  readonly changed_user_ids: (string | null)[];
  readonly changed_silent: boolean[];
  readonly changes_cursor: string;
  readonly has_more: boolean;
  readonly is_reset: boolean;
}

export const NO_CHANGES: Omit<StoredChanges, "changes_cursor"> = {
  changed_phone_hashes: [],
  changed_user_ids: [],
  changed_silent: [],
  has_more: false,
  is_reset: false,
};

export function toChanges({ cipher }: Engine, stored: StoredChanges): Change[] {
  return cipher.decrypt(stored.changed_phone_hashes).map((phone_hash, place) => ({
    phone_hash,
    user_id: stored.changed_user_ids[place] as string | null,
    silent: stored.changed_silent[place] as boolean,
  }));
}

/** `listChanges` of `ContactsWithAccounts`, which describes it. */
export async function listChanges(
  engine: Engine,
  userId: string,
  options?: ListChangesOptions,
): Promise<ChangesPage> {
  const { since, limit = MAX_CHANGES_PER_PAGE } = readOptions(options, OPTIONS);
  const ownerId = assertUuid(userId, "userId");
  if (!Number.isInteger(limit) || limit < 1 || limit > MAX_CHANGES_PER_PAGE) {
    throw invalid(`limit must be a whole number from 1 to ${MAX_CHANGES_PER_PAGE}`);
  }
  const { changes } = await engine.sql.call<{ changes: string }>(
    "list_contact_changes",
    [ownerId, since === undefined ? null : engine.changeCursors.read(ownerId, since), limit],
    "to_json(list_contact_changes)::text as changes",
  );
  const stored: StoredChanges = JSON.parse(changes);
  return {
    changes: toChanges(engine, stored),
    cursor: engine.changeCursors.write(ownerId, stored.changes_cursor),
    has_more: stored.has_more,
    reset: stored.is_reset,
  };
}

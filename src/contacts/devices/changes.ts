import {
  type Change,
  type ChangesPage,
  MAX_CHANGES_PER_PAGE,
  type OptionNames,
  readOptions,
} from "@contact-sync/client";
import type { BookEngine, Engine } from "../../engine/engine.ts";
import { assertWithin } from "../../input/arguments.ts";

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

export async function toChanges(
  { cipher, users }: BookEngine,
  stored: StoredChanges,
): Promise<Change[]> {
  const idOf = await users.idsOf(stored.changed_user_ids);
  const idAt = (place: number) => {
    const uuid = stored.changed_user_ids[place] as string | null;
    return uuid === null ? null : idOf(uuid);
  };
  return cipher.decrypt(stored.changed_phone_hashes).map((phone_hash, place) => ({
    phone_hash,
    user_id: idAt(place),
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
  const { uuid: ownerId } = engine.users.of(userId, "userId");
  assertWithin(limit, 1, MAX_CHANGES_PER_PAGE, "limit");
  return engine.forOwner(ownerId, async (book) => {
    const { changes } = await book.sql.call<{ changes: string }>(
      "list_contact_changes",
      [ownerId, since === undefined ? null : book.changeCursors.read(ownerId, since), limit],
      "to_json(list_contact_changes)::text as changes",
    );
    const stored: StoredChanges = JSON.parse(changes);
    return {
      changes: await toChanges(book, stored),
      cursor: book.changeCursors.write(ownerId, stored.changes_cursor),
      has_more: stored.has_more,
      reset: stored.is_reset,
    };
  });
}

import {
  type Change,
  type ChangesPage,
  MAX_CHANGES_PER_PAGE,
  type OptionNames,
  readOptions,
} from "@contact-sync/client";
import type { Engine } from "../../engine/engine.ts";
import { assertUuid, invalid } from "../../input/arguments.ts";
import { cut, HASH_LENGTH, UUID_LENGTH } from "../sync/sync-result.ts";

export interface ListChangesOptions {
  /** `cursor` of the answer before. Without one: no changes, and a cursor at the present. */
  since?: string | undefined;
  /** Changes an answer, 1 to 1,000; default 1,000. */
  limit?: number | undefined;
}

const OPTIONS: OptionNames<ListChangesOptions> = { since: true, limit: true };

/** The row of a `contact_sync_changes`, as `changesColumns` selects it. */
export interface ChangesRow {
  readonly changed_phone_hashes: string;
  readonly changed_user_ids: string;
  /** A letter each, t or f. */
  readonly changed_silent: string;
  readonly changes_cursor: string;
  readonly has_more: boolean;
  readonly is_reset: boolean;
}

// As long as a user, in the place of none.
const NOBODY = "-".repeat(UUID_LENGTH);

/**
 * What is selected of one; the lists come as one text each, as those of a sync do.
 *
 * @param of the field that holds it, with a dot behind
 */
export function changesColumns(of = ""): string {
  return [
    `array_to_string(${of}changed_phone_hashes, '') as changed_phone_hashes`,
    `array_to_string(${of}changed_user_ids, '', '${NOBODY}') as changed_user_ids`,
    `array_to_string(${of}changed_silent, '') as changed_silent`,
    `${of}changes_cursor`,
    `${of}has_more`,
    `${of}is_reset`,
  ].join(", ");
}

export function toChanges({ cipher }: Engine, row: ChangesRow): Change[] {
  const userIds = cut(row.changed_user_ids, UUID_LENGTH);
  return cipher.decrypt(cut(row.changed_phone_hashes, HASH_LENGTH)).map((phone_hash, place) => ({
    phone_hash,
    user_id: userIds[place] === NOBODY ? null : (userIds[place] as string),
    silent: row.changed_silent[place] === "t",
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
  const row = await engine.sql.call<ChangesRow>(
    "list_contact_changes",
    [ownerId, since === undefined ? null : engine.changeCursors.read(ownerId, since), limit],
    changesColumns(),
  );
  return {
    changes: toChanges(engine, row),
    cursor: engine.changeCursors.write(ownerId, row.changes_cursor),
    has_more: row.has_more,
    reset: row.is_reset,
  };
}

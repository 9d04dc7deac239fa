import {
  DEFAULT_BLOCKS_PER_PAGE,
  MAX_BLOCKS_PER_PAGE,
  type OptionNames,
  readOptions,
} from "@contact-sync/client";
import type { Engine } from "../engine/engine.ts";
import { assertWithin, invalid } from "../input/arguments.ts";
import { linkByConsent } from "./linker.ts";

export interface ListBlockedOptions {
  /** Users a page, 1 to 1,000; default 100. */
  limit?: number | undefined;
  /** `next_cursor` of the page before. */
  cursor?: string | undefined;
}

const OPTIONS: OptionNames<ListBlockedOptions> = { limit: true, cursor: true };

/** Somebody whom a user has blocked, as the library returns it: with a Date, where JSON has a text. */
export interface BlockedUser {
  readonly user_id: string;
  readonly blocked_at: Date;
}

export interface BlockedUserPage {
  readonly blocks: BlockedUser[];
  /** What the next page begins with; null on the last. */
  readonly next_cursor: string | null;
}

/** `blockUser` of `ContactsWithAccounts`, which describes it. */
export function blockUser(engine: Engine, userId: string, blockedUserId: string): Promise<boolean> {
  return changeBlock(engine, userId, blockedUserId, true);
}

/** `unblockUser` of `ContactsWithAccounts`, which describes it. */
export function unblockUser(
  engine: Engine,
  userId: string,
  blockedUserId: string,
): Promise<boolean> {
  return changeBlock(engine, userId, blockedUserId, false);
}

async function changeBlock(
  engine: Engine,
  userId: string,
  blockedUserId: string,
  isBlocked: boolean,
): Promise<boolean> {
  const user = engine.users.of(userId, "userId");
  const blocked = engine.users.of(blockedUserId, "blockedUserId");
  if (user.uuid === blocked.uuid) throw invalid("nobody can block themselves");
  const { has_changed, phone_keys } = await engine.sql.naming([user, blocked]).call<{
    has_changed: boolean;
    phone_keys: string[];
  }>("contact_sync_change_block", [user.uuid, blocked.uuid, isBlocked]);
  // Also where nothing changed: this may be the repeat of a call that was cut off in between.
  await linkByConsent(engine, phone_keys);
  return has_changed;
}

/** `listBlockedUsers` of `ContactsWithAccounts`, which describes it. */
export async function listBlockedUsers(
  { sql, keyRing, users }: Engine,
  userId: string,
  options?: ListBlockedOptions,
): Promise<BlockedUserPage> {
  const { limit = DEFAULT_BLOCKS_PER_PAGE, cursor } = readOptions(options, OPTIONS);
  const { uuid: user } = users.of(userId, "userId");
  const { cursors } = keyRing.inForce.current;
  assertWithin(limit, 1, MAX_BLOCKS_PER_PAGE, "limit");
  // A place among the contacts is none among the blocked.
  const list = `blocked by ${user}`;
  const rows = await sql.callForRows<{ blocked_user_id: string; blocked_at: Date }>(
    "list_blocked_users",
    [user, limit, cursor === undefined ? null : cursors.read(list, cursor)],
  );
  const last = rows.length < limit ? undefined : rows.at(-1);
  const idOf = await users.idsOf(rows.map(({ blocked_user_id }) => blocked_user_id));
  return {
    blocks: rows.flatMap(({ blocked_user_id, blocked_at }) => {
      const user_id = idOf(blocked_user_id);
      return user_id === null ? [] : [{ user_id, blocked_at }];
    }),
    next_cursor:
      last === undefined ? null : cursors.write(list, last.blocked_user_id.replaceAll("-", "")),
  };
}

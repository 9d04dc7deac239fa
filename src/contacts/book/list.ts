import {
  DEFAULT_CONTACTS_PER_PAGE,
  MAX_CONTACTS_PER_PAGE,
  type OptionNames,
  readOptions,
} from "@contact-sync/client";
import type { Engine } from "../../engine/engine.ts";
import { assertBoolean, assertPhoneHash, assertUuid, invalid } from "../../input/arguments.ts";
import {
  type Contact,
  type ContactRow,
  encryptOne,
  phoneKeyOf,
  toContact,
  toContacts,
} from "./contact.ts";

export interface ListOptions {
  /** Contacts a page, 1 to 1,000; default 100. */
  limit?: number | undefined;
  /** `next_cursor` of the page before. */
  cursor?: string | undefined;
  /** Only contacts that have an account. */
  linked?: boolean | undefined;
  /** Only favourites. */
  favorites?: boolean | undefined;
}

const OPTIONS: OptionNames<ListOptions> = {
  limit: true,
  cursor: true,
  linked: true,
  favorites: true,
};

export interface ContactPage {
  readonly contacts: Contact[];
  /** What the next page begins with; null on the last. */
  readonly next_cursor: string | null;
}

/** `listContacts` of `ContactsWithAccounts`, which describes it. */
export async function listContacts(
  engine: Engine,
  userId: string,
  options?: ListOptions,
): Promise<ContactPage> {
  const {
    limit = DEFAULT_CONTACTS_PER_PAGE,
    cursor,
    linked = false,
    favorites = false,
  } = readOptions(options, OPTIONS);
  const ownerId = assertUuid(userId, "userId");
  if (!Number.isInteger(limit) || limit < 1 || limit > MAX_CONTACTS_PER_PAGE) {
    throw invalid(`limit must be a whole number from 1 to ${MAX_CONTACTS_PER_PAGE}`);
  }
  const rows = await engine.sql.callForRows<ContactRow>("list_contacts", [
    ownerId,
    limit,
    cursor === undefined ? null : engine.cursors.read(ownerId, cursor),
    assertBoolean(linked, "linked"),
    assertBoolean(favorites, "favorites"),
  ]);
  const last = rows.length < limit ? undefined : rows.at(-1);
  return {
    contacts: toContacts(engine, ownerId, rows),
    next_cursor: last === undefined ? null : engine.cursors.write(ownerId, phoneKeyOf(last)),
  };
}

/** `findContact` of `ContactsWithAccounts`, which describes it. */
export async function findContact(
  engine: Engine,
  userId: string,
  phoneHash: string,
): Promise<Contact | null> {
  const ownerId = assertUuid(userId, "userId");
  const rows = await engine.sql.callForRows<ContactRow>("find_contact", [
    ownerId,
    encryptOne(engine, assertPhoneHash(phoneHash)),
  ]);
  return rows[0] === undefined ? null : toContact(engine, ownerId, rows[0]);
}

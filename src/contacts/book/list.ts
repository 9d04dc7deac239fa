import {
  DEFAULT_CONTACTS_PER_PAGE,
  MAX_CONTACTS_PER_PAGE,
  type OptionNames,
  readOptions,
} from "@contact-sync/client";
import type { Engine } from "../../engine/engine.ts";
import { assertBoolean, assertPhoneHash, assertWithin } from "../../input/arguments.ts";
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
  const owner = engine.users.of(userId, "userId");
  assertWithin(limit, 1, MAX_CONTACTS_PER_PAGE, "limit");
  return engine.forOwner(owner.uuid, async (book) => {
    const rows = await book.sql.callForRows<ContactRow>("list_contacts", [
      owner.uuid,
      limit,
      cursor === undefined ? null : book.cursors.read(owner.uuid, cursor),
      assertBoolean(linked, "linked"),
      assertBoolean(favorites, "favorites"),
    ]);
    const last = rows.length < limit ? undefined : rows.at(-1);
    return {
      contacts: await toContacts(book, owner, rows),
      next_cursor: last === undefined ? null : book.cursors.write(owner.uuid, phoneKeyOf(last)),
    };
  });
}

/** `findContact` of `ContactsWithAccounts`, which describes it. */
export async function findContact(
  engine: Engine,
  userId: string,
  phoneHash: string,
): Promise<Contact | null> {
  const owner = engine.users.of(userId, "userId");
  return engine.forOwner(owner.uuid, async (book) => {
    const rows = await book.sql.callForRows<ContactRow>("find_contact", [
      owner.uuid,
      encryptOne(book, assertPhoneHash(phoneHash)),
    ]);
    return rows[0] === undefined ? null : toContact(book, owner, rows[0]);
  });
}

import type { Engine } from "../../engine/engine.ts";
import { assertBoolean, assertPhoneHash, assertTime } from "../../input/arguments.ts";
import { type Contact, type ContactRow, encryptOne, toContact } from "./contact.ts";

/** `setFavorite` of `ContactsWithAccounts`, which describes it. */
export async function setFavorite(
  engine: Engine,
  userId: string,
  phoneHash: string,
  isFavorite: boolean,
): Promise<Contact> {
  const owner = engine.users.of(userId, "userId");
  return engine.forOwner(owner.uuid, async (book) => {
    const row = await book.sql.call<ContactRow>("set_contact_favorite", [
      owner.uuid,
      encryptOne(book, assertPhoneHash(phoneHash)),
      assertBoolean(isFavorite, "isFavorite"),
    ]);
    return toContact(book, owner, row);
  });
}

/** `recordInteraction` of `ContactsWithAccounts`, which describes it. */
export async function recordInteraction(
  engine: Engine,
  userId: string,
  phoneHash: string,
  at?: Date | string,
): Promise<Contact> {
  const owner = engine.users.of(userId, "userId");
  return engine.forOwner(owner.uuid, async (book) => {
    const row = await book.sql.call<ContactRow>("record_contact_interaction", [
      owner.uuid,
      encryptOne(book, assertPhoneHash(phoneHash)),
      assertTime(at, "at"),
    ]);
    return toContact(book, owner, row);
  });
}

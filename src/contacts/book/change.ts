import type { Engine } from "../../engine/engine.ts";
import { assertBoolean, assertPhoneHash, assertTime, assertUuid } from "../../input/arguments.ts";
import { type Contact, type ContactRow, encryptOne, toContact } from "./contact.ts";

/** `setFavorite` of `ContactsWithAccounts`, which describes it. */
export async function setFavorite(
  engine: Engine,
  userId: string,
  phoneHash: string,
  isFavorite: boolean,
): Promise<Contact> {
  const ownerId = assertUuid(userId, "userId");
  const row = await engine.sql.call<ContactRow>("set_contact_favorite", [
    ownerId,
    encryptOne(engine, assertPhoneHash(phoneHash)),
    assertBoolean(isFavorite, "isFavorite"),
  ]);
  return toContact(engine, ownerId, row);
}

/** `recordInteraction` of `ContactsWithAccounts`, which describes it. */
export async function recordInteraction(
  engine: Engine,
  userId: string,
  phoneHash: string,
  at?: Date | string,
): Promise<Contact> {
  const ownerId = assertUuid(userId, "userId");
  const row = await engine.sql.call<ContactRow>("record_contact_interaction", [
    ownerId,
    encryptOne(engine, assertPhoneHash(phoneHash)),
    assertTime(at, "at"),
  ]);
  return toContact(engine, ownerId, row);
}

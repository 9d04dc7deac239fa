import { ContactSyncError, DEFAULT_BATCH_SIZE } from "@contact-sync/client";
import type { Engine } from "../../engine/engine.ts";
import { type BulkContact, readBulkItem } from "../bulk-insert/bulk-insert-item.ts";
import { insertItems } from "../bulk-insert/insert-items.ts";
import { type Contact, type ContactRow, encryptOne, toContact } from "./contact.ts";

/** `create` of `ContactsWithAccounts`, which describes it. */
export async function createContact(engine: Engine, contact: BulkContact): Promise<Contact> {
  const item = readBulkItem(engine.users, contact, 0);
  return engine.forOwner(item.owner.uuid, async (book) => {
    const [row] = await book.sql.together(async (sql) => {
      await insertItems(book, sql, [item], DEFAULT_BATCH_SIZE);
      return sql.callForRows<ContactRow>("find_contact", [
        item.owner.uuid,
        encryptOne(book, item.phone_hash),
      ]);
    });
    // No book stores a number that was forgotten.
    if (row === undefined) {
      throw new ContactSyncError(
        "CONTACT_NOT_FOUND",
        "the contact is not stored: whoever has its number asked to be forgotten",
      );
    }
    return toContact(book, item.owner, row);
  });
}

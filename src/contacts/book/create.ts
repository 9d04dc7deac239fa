import { DEFAULT_BATCH_SIZE } from "@contact-sync/client";
import type { Engine } from "../../engine/engine.ts";
import { type BulkContact, readBulkItem } from "../bulk-insert/bulk-insert-item.ts";
import { insertItems } from "../bulk-insert/insert-items.ts";
import { type Contact, type ContactRow, sealOne, toContact } from "./contact.ts";

/**
 * Stores one contact and returns it. For a contact that exists, it updates the fields that are
 * given; so the same call may be repeated. Many at once: `bulkInsertContacts`.
 *
 * @throws ContactSyncError `INVALID_CONTACT`, `INVALID_PHONE_HASH`, `CONTACTS_LIMIT_EXCEEDED`
 */
export async function createContact(engine: Engine, contact: BulkContact): Promise<Contact> {
  const item = readBulkItem(contact, 0);
  const row = await engine.store.together(async (store) => {
    await insertItems(engine, store, [item], DEFAULT_BATCH_SIZE);
    return store.call<ContactRow>("find_contact", [
      item.owner_id,
      sealOne(engine, item.phone_hash),
    ]);
  });
  return toContact(engine, item.owner_id, row);
}

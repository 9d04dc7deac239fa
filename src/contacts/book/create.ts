import { DEFAULT_BATCH_SIZE } from "@contact-sync/client";
import type { Engine } from "../../engine/engine.ts";
import { type BulkContact, readBulkItem } from "../bulk-insert/bulk-insert-item.ts";
import { insertItems } from "../bulk-insert/insert-items.ts";
import { type Contact, type ContactRow, encryptOne, toContact } from "./contact.ts";

/** `create` of `ContactsWithAccounts`, which describes it. */
export async function createContact(engine: Engine, contact: BulkContact): Promise<Contact> {
  const item = readBulkItem(contact, 0);
  const row = await engine.sql.together(async (sql) => {
    await insertItems(engine, sql, [item], DEFAULT_BATCH_SIZE);
    return sql.call<ContactRow>("find_contact", [
      item.owner_id,
      encryptOne(engine, item.phone_hash),
    ]);
  });
  return toContact(engine, item.owner_id, row);
}

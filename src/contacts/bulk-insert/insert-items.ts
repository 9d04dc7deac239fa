import type { BulkInsertResult } from "@contact-sync/client";
import type { SqlFunctions } from "../../database/sql-functions.ts";
import type { BookEngine, Engine } from "../../engine/engine.ts";
import { bookEngine, placesByKey, repeated } from "../../engine/with-keys.ts";
import { writeCounts } from "../sync/sync-result.ts";
import type { BulkItem } from "./bulk-insert-item.ts";

/** A bulk insert of contacts of any owners: one call of bulk_insert_contacts(). */
export function insertForOwners(
  engine: Engine,
  items: readonly BulkItem[],
  batchSize: number,
): Promise<BulkInsertResult> {
  return repeated(engine, async () => {
    const places = await placesByKey(
      engine,
      items.map(({ owner }) => owner.uuid),
    );
    const parts = [...places].map(([secrets, ofKey]) => {
      const part = ofKey.map((place) => items[place] as BulkItem);
      return { part, book: bookEngine(engine, secrets, part[0]?.owner.uuid ?? "") };
    });
    const [only] = parts;
    if (only !== undefined && parts.length === 1) {
      return insertItems(only.book, only.book.sql, only.part, batchSize);
    }
    // Books of two keys, while a rotation moves them: two calls, all or nothing.
    return engine.sql.together(async (sql) => {
      const results: BulkInsertResult[] = [];
      for (const { part, book } of parts) {
        const record = engine.keyRing.recordOf(book.number);
        const sealed = sql.sealedWith(record, part[0]?.owner.uuid ?? null);
        results.push(await insertItems(book, sealed, part, batchSize));
      }
      return results.reduce(sumOf);
    });
  });
}

/** One call of bulk_insert_contacts(), in the transaction of `sql` if it has one. */
export async function insertItems(
  { cipher }: BookEngine,
  sql: SqlFunctions,
  items: readonly BulkItem[],
  batchSize: number,
): Promise<BulkInsertResult> {
  const phoneKeys = cipher.encrypt(items.map((item) => item.phone_hash));
  const sealed = items.map(({ owner, linked, is_favorite, last_interaction }, index) => ({
    owner_id: owner.uuid,
    phone_hash: phoneKeys[index],
    is_favorite,
    linked_user_id: linked?.uuid ?? null,
    last_interaction,
  }));
  const users = items.flatMap(({ owner, linked }) => (linked === null ? [owner] : [owner, linked]));
  const row = await sql
    .naming(users)
    .call<BulkInsertResult>("bulk_insert_contacts", [JSON.stringify(sealed), batchSize]);
  return { ...writeCounts(row), duplicates: row.duplicates };
}

function sumOf(one: BulkInsertResult, other: BulkInsertResult): BulkInsertResult {
  return {
    total_processed: one.total_processed + other.total_processed,
    contacts_inserted: one.contacts_inserted + other.contacts_inserted,
    contacts_updated: one.contacts_updated + other.contacts_updated,
    matched_contacts: one.matched_contacts + other.matched_contacts,
    processing_time_ms: one.processing_time_ms + other.processing_time_ms,
    batch_size: one.batch_size,
    contacts_unchanged: one.contacts_unchanged + other.contacts_unchanged,
    duplicates: one.duplicates + other.duplicates,
  };
}

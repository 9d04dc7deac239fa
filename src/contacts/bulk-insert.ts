import type { BulkInsertContact, BulkInsertResult } from "@contact-sync/client";
import { throwIfAborted } from "../arguments.ts";
import type { Store } from "../database/store.ts";
import type { Engine } from "../engine.ts";
import { isAsyncIterable, readList, readOptions } from "../reading.ts";
import { batchSizeFor } from "./batch-size.ts";
import { type BulkContact, readBulkItem } from "./bulk-insert-item.ts";
import { bulkInsertStream } from "./bulk-insert-stream.ts";
import { type ProgressOptions, readProgressOptions, reportProgress } from "./progress.ts";
import { writeCounts } from "./sync-result.ts";

export interface BulkInsertOptions extends ProgressOptions {
  /** Rows an INSERT, 1 to 1,000; default what `getOptimalBatchSize` says for the count. */
  batchSize?: number | undefined;
}

/**
 * Stores contacts of any owners: inserts the new ones, updates those that differ.
 *
 * An absent or null field keeps what is stored, and a null `linked_user_id` means "look it up".
 * Where a contact comes twice, the last one wins. An array is one call, all or nothing, at most
 * 10,000 contacts; an async iterable of up to 1,000,000 is streamed in chunks that commit one by
 * one. Safe to repeat.
 *
 * @throws ContactSyncError `CONTACTS_LIMIT_EXCEEDED`, `INVALID_BATCH_SIZE`, `INVALID_CONTACT`,
 *   `INVALID_PHONE_HASH` (the last two with the index of the first item at fault)
 */
export async function bulkInsertContacts(
  engine: Engine,
  contacts: readonly BulkContact[] | AsyncIterable<BulkContact>,
  givenOptions?: BulkInsertOptions,
): Promise<BulkInsertResult> {
  const options = readOptions(givenOptions);
  const { onProgress, signal } = readProgressOptions(options);
  if (isAsyncIterable(contacts)) return bulkInsertStream(engine, contacts, options);

  const received = readList(contacts, "contacts");
  const batchSize = batchSizeFor(options.batchSize, received.length);
  const items = received.map(readBulkItem);
  throwIfAborted(signal);
  const result = await insertItems(engine, engine.store, items, batchSize);
  reportProgress(onProgress, { received: received.length, processed: result.total_processed });
  return result;
}

/** One call of bulk_insert_contacts(), in the transaction of `store` if it has one. */
export async function insertItems(
  { sealer }: Engine,
  store: Store,
  items: readonly BulkInsertContact[],
  batchSize: number,
): Promise<BulkInsertResult> {
  const phoneKeys = sealer.seal(items.map((item) => item.phone_hash));
  const sealed = items.map((item, index) => ({ ...item, phone_hash: phoneKeys[index] }));
  const row = await store.call<BulkInsertResult>("bulk_insert_contacts", [
    JSON.stringify(sealed),
    batchSize,
  ]);
  return { ...writeCounts(row), duplicates: row.duplicates };
}

import { type BulkInsertResult, readOptions } from "@contact-sync/client";
import type { Engine } from "../../engine/engine.ts";
import { throwIfAborted } from "../../input/arguments.ts";
import { isAsyncIterable, readList } from "../../input/reading.ts";
import { readProgressOptions, reportProgress } from "../streams/progress.ts";
import { batchSizeFor } from "../sync/batch-size.ts";
import { type BulkContact, readBulkItem } from "./bulk-insert-item.ts";
import { BULK_INSERT_OPTIONS, type BulkInsertOptions } from "./bulk-insert-options.ts";
import { bulkInsertStream } from "./bulk-insert-stream.ts";
import { insertItems } from "./insert-items.ts";

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
  const options = readOptions(givenOptions, BULK_INSERT_OPTIONS);
  const { onProgress, signal } = readProgressOptions(options);
  if (isAsyncIterable(contacts)) return bulkInsertStream(engine, contacts, options);

  const received = readList(contacts, "contacts");
  const batchSize = batchSizeFor(options.batchSize, received.length);
  const items = received.map(readBulkItem);
  throwIfAborted(signal);
  const result = await insertItems(engine, engine.sql, items, batchSize);
  reportProgress(onProgress, { received: received.length, processed: result.total_processed });
  return result;
}

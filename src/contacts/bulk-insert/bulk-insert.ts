import { type BulkInsertResult, readOptions } from "@contact-sync/client";
import type { Engine } from "../../engine/engine.ts";
import { throwIfAborted } from "../../input/arguments.ts";
import { isAsyncIterable, readList } from "../../input/reading.ts";
import { reportProgress } from "../../input/report-progress.ts";
import { readProgressOptions } from "../streams/progress.ts";
import { batchSizeFor } from "../sync/batch-size.ts";
import { type BulkContact, readBulkItem } from "./bulk-insert-item.ts";
import { BULK_INSERT_OPTIONS, type BulkInsertOptions } from "./bulk-insert-options.ts";
import { bulkInsertStream } from "./bulk-insert-stream.ts";
import { insertForOwners } from "./insert-items.ts";

/** `bulkInsertContacts` of `ContactsWithAccounts`, which describes it. */
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
  const items = received.map((item, index) => readBulkItem(engine.users, item, index));
  throwIfAborted(signal);
  const result = await insertForOwners(engine, items, batchSize);
  reportProgress(onProgress, { received: received.length, processed: result.total_processed });
  return result;
}

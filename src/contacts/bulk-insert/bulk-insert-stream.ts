import { type BulkInsertResult, MAX_CONTACTS_PER_STREAM } from "@contact-sync/client";
import type { Engine } from "../../engine/engine.ts";
import { throwIfAborted } from "../../input/arguments.ts";
import { reportProgress } from "../../input/report-progress.ts";
import { type Chunk, chunksOf } from "../streams/chunks.ts";
import { oneAhead } from "../streams/one-ahead.ts";
import { batchSizeFor } from "../sync/batch-size.ts";
import { type BulkContact, readBulkItem } from "./bulk-insert-item.ts";
import type { BulkInsertOptions } from "./bulk-insert-options.ts";
import { insertForOwners } from "./insert-items.ts";

/**
 * The streamed form of `bulkInsertContacts`, in constant memory. Each chunk is all or nothing; one
 * that fails ends the stream, and those before it stay. Duplicates are told apart within a chunk:
 * a contact that comes again in a later one is processed again, and the last one wins all the same.
 */
export async function bulkInsertStream(
  engine: Engine,
  contacts: AsyncIterable<BulkContact>,
  { batchSize, onProgress, signal }: BulkInsertOptions,
): Promise<BulkInsertResult> {
  const startedAt = performance.now();
  const size = batchSizeFor(batchSize, MAX_CONTACTS_PER_STREAM);
  const counts = {
    total_processed: 0,
    contacts_inserted: 0,
    contacts_updated: 0,
    matched_contacts: 0,
    contacts_unchanged: 0,
    duplicates: 0,
  };
  const prepare = ({ first, entries }: Chunk<BulkContact>) => {
    throwIfAborted(signal);
    const items = entries.map((entry, index) => readBulkItem(engine.users, entry, first + index));
    return { items, received: first + entries.length };
  };
  const send = async ({ items, received }: ReturnType<typeof prepare>) => {
    throwIfAborted(signal);
    const result = await insertForOwners(engine, items, size);
    for (const field of Object.keys(counts) as (keyof typeof counts)[]) {
      counts[field] += result[field];
    }
    reportProgress(onProgress, { received, processed: counts.total_processed });
  };

  throwIfAborted(signal);
  await oneAhead(chunksOf(contacts), prepare, send);
  return {
    ...counts,
    processing_time_ms: Math.max(1, Math.round(performance.now() - startedAt)),
    batch_size: size,
  };
}

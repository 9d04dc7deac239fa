import { randomUUID } from "node:crypto";
import {
  ContactSyncError,
  isContactSyncError,
  MAX_CONTACTS_PER_CALL,
  MAX_CONTACTS_PER_STREAM,
  type Match,
  type SyncResult,
} from "@contact-sync/client";
import { UuidArray } from "../../database/uuid-array.ts";
import type { Engine } from "../../engine/engine.ts";
import { throwIfAborted } from "../../input/arguments.ts";
import { reportProgress } from "../../input/report-progress.ts";
import { type Chunk, chunksOf } from "../streams/chunks.ts";
import { oneAhead } from "../streams/one-ahead.ts";
import { batchSizeFor } from "./batch-size.ts";
import { recordingFailure } from "./failed-sync.ts";
import type { HashEntries } from "./hash-entries.ts";
import { seenOf, toSigns } from "./signs.ts";
import { type NewHashes, StreamLists } from "./stream-lists.ts";
import type { SyncCall, SyncOptions } from "./sync-options.ts";
import { SYNC_COLUMNS, type SyncRow, toMatches, toSyncResult } from "./sync-result.ts";

/**
 * The streamed form of a sync. Chunks commit one by one and only add; the last transaction removes
 * what a `replace` did not name, and writes the history. A chunk whose entries hold more than 10,000
 * new numbers commits in parts. The memory it needs grows with what it returns (matches, rejections
 * and repetitions) and some 30 bytes a distinct number, up to the limit of 1,000,000.
 */
export async function syncStream(
  engine: Engine,
  call: SyncCall,
  entries: AsyncIterable<unknown>,
  hashEntries: HashEntries,
  { batchSize, onProgress, signal }: SyncOptions,
): Promise<SyncResult> {
  const startedAt = performance.now();
  const size = batchSizeFor(batchSize, MAX_CONTACTS_PER_STREAM);
  const streamId = randomUUID();
  const stream = new StreamTotals(size);
  let received = 0;
  throwIfAborted(signal);

  const prepare = ({ first, entries: chunk }: Chunk<unknown>) => {
    throwIfAborted(signal);
    received = first + chunk.length;
    const hashed = hashEntries(chunk, first);
    // What could not be read counts at the end, over all of it.
    const signs = toSigns(call, { ...seenOf(hashed), rejected: undefined });
    return { ...stream.lists.takeNew(hashed, first), received, signs };
  };
  const send = async (news: ReturnType<typeof prepare>) => {
    throwIfAborted(signal);
    for (const part of partsOf(news)) {
      // The key may be another one from chunk to chunk.
      await engine
        .forOwner(call.owner.uuid, async (book) => {
          const chunkRow = await book.sql
            .naming([call.owner])
            .call<SyncRow>(
              "contact_sync_stream_chunk",
              [
                call.owner.uuid,
                streamId,
                new UuidArray(book.cipher.encryptToBytes(part.hashes)),
                size,
                call.mode === "replace",
                call.budget,
                news.signs,
              ],
              SYNC_COLUMNS,
            );
          stream.add(chunkRow, await toMatches(book, chunkRow, { ...part, repeated: [] }));
        })
        .catch((error) => {
          throw withStored(error, stream.processed);
        });
    }
    reportProgress(onProgress, { received: news.received, processed: stream.processed });
  };

  const row = await recordingFailure(engine, call, size, async () => {
    await oneAhead(chunksOf(entries), prepare, send);
    throwIfAborted(signal);
    return engine.forOwner(call.owner.uuid, ({ sql }) =>
      sql
        .naming([call.owner])
        .call<SyncRow>(
          "contact_sync_finish_stream",
          [
            call.owner.uuid,
            streamId,
            call.deviceContactsCount ?? received,
            call.mode,
            call.confirmRemoval,
            stream.asRow(Math.max(1, Math.round(performance.now() - startedAt))),
            call.budget,
            toSigns(call, { rejected: stream.lists.rejected }),
          ],
          SYNC_COLUMNS,
        ),
    );
  });
  return toSyncResult(row, stream.lists.all());
}

/** Nearly always the chunk as it is; entries that hold several numbers make more than a call takes. */
function* partsOf({ hashes, indexes }: NewHashes): Generator<NewHashes> {
  for (let start = 0; start < hashes.length; start += MAX_CONTACTS_PER_CALL) {
    const end = start + MAX_CONTACTS_PER_CALL;
    yield { hashes: hashes.slice(start, end), indexes: indexes.slice(start, end) };
  }
}

/** A budget that ends in the middle of a stream leaves the chunks before stored, and says so. */
function withStored(error: unknown, processed: number): unknown {
  if (!isContactSyncError(error) || error.code !== "NEW_NUMBER_BUDGET_EXCEEDED") return error;
  const message = `${error.message} The chunks before it, ${processed} contacts, are stored.`;
  return new ContactSyncError(error.code, message, {
    cause: error,
    details: { ...error.details, processed },
  });
}

/** What a stream has come to so far. */
class StreamTotals {
  readonly lists = new StreamLists();
  processed = 0;
  readonly #batchSize: number;
  #inserted = 0;
  #updated = 0;

  constructor(batchSize: number) {
    this.#batchSize = batchSize;
  }

  add(row: SyncRow, matches: readonly Match[]): void {
    this.processed += row.total_processed;
    this.#inserted += row.contacts_inserted;
    this.#updated += row.contacts_updated;
    this.lists.addMatches(matches);
  }

  /** The totals as a literal of `contact_sync_result`, in the order of its fields. */
  asRow(processingTimeMs: number): string {
    const fields = [
      this.processed,
      this.#inserted,
      this.#updated,
      this.lists.matched,
      processingTimeMs,
      this.#batchSize,
      this.processed - this.#inserted - this.#updated,
      0,
      this.lists.repeated,
      "{}",
      "{}",
      "", // the budget, which the finish reads for itself
      "",
      "",
      "", // a stream is no device's
      "",
      "{}",
    ];
    return `(${fields.join(",")})`;
  }
}

import { randomUUID } from "node:crypto";
import {
  ContactSyncError,
  isContactSyncError,
  MAX_CONTACTS_PER_CALL,
  MAX_CONTACTS_PER_STREAM,
  type Match,
  type Rejection,
  type RepeatedNumber,
  type Repetition,
  type SyncResult,
} from "@contact-sync/client";
import { UuidArray } from "../../database/uuid-array.ts";
import type { Engine } from "../../engine/engine.ts";
import { throwIfAborted } from "../../input/arguments.ts";
import { reportProgress } from "../../input/report-progress.ts";
import { type Chunk, chunksOf } from "../streams/chunks.ts";
import { oneAhead } from "../streams/one-ahead.ts";
import { SeenHashes } from "../streams/seen-hashes.ts";
import { batchSizeFor } from "./batch-size.ts";
import { recordingFailure } from "./failed-sync.ts";
import type { HashEntries } from "./hash-entries.ts";
import type { SyncCall, SyncOptions } from "./sync-options.ts";
import { addPosition, SYNC_COLUMNS, type SyncRow, toMatches, toSyncResult } from "./sync-result.ts";

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
    return { ...stream.takeNew(hashEntries(chunk, first), first), received };
  };
  const send = async (news: ReturnType<typeof prepare>) => {
    throwIfAborted(signal);
    for (const part of partsOf(news)) {
      const chunkRow = await engine.sql
        .call<SyncRow>(
          "contact_sync_stream_chunk",
          [
            call.ownerId,
            streamId,
            new UuidArray(engine.cipher.encryptToBytes(part.hashes)),
            size,
            call.mode === "replace",
            call.budget,
          ],
          SYNC_COLUMNS,
        )
        .catch((error) => {
          throw withStored(error, stream.processed);
        });
      stream.add(chunkRow, toMatches(engine, chunkRow, { ...part, repeated: [] }));
    }
    reportProgress(onProgress, { received: news.received, processed: stream.processed });
  };

  const row = await recordingFailure(engine, call, size, async () => {
    await oneAhead(chunksOf(entries), prepare, send);
    throwIfAborted(signal);
    return engine.sql.call<SyncRow>(
      "contact_sync_finish_stream",
      [
        call.ownerId,
        streamId,
        call.deviceContactsCount ?? received,
        call.mode,
        call.confirmRemoval,
        stream.asRow(Math.max(1, Math.round(performance.now() - startedAt))),
        call.budget,
      ],
      SYNC_COLUMNS,
    );
  });
  return toSyncResult(row, stream.lists());
}

interface NewHashes {
  readonly hashes: string[];
  readonly indexes: number[];
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
  processed = 0;
  readonly #seen = new SeenHashes();
  readonly #matches: Match[] = [];
  readonly #rejected: Rejection[] = [];
  readonly #repeated: Repetition[] = [];
  /** Of each of these, the index of its hash in `#seen`. */
  readonly #repeatedHashes: number[] = [];
  readonly #batchSize: number;
  #inserted = 0;
  #updated = 0;

  constructor(batchSize: number) {
    this.#batchSize = batchSize;
  }

  /** Sets aside what was there before, and what can't be read; positions become the stream's. */
  takeNew(chunk: ReturnType<HashEntries>, first: number): NewHashes {
    const hashes: string[] = [];
    const indexes: number[] = [];
    const repeated: RepeatedNumber[] = [];
    const repeat = (index: number, hashIndex: number) =>
      repeated.push({ index, repeats: this.#seen.positionOf(hashIndex), hashIndex });
    const hashIndexes = chunk.hashes.map((hash, place) => {
      const index = first + (chunk.indexes[place] as number);
      const known = this.#seen.size;
      const hashIndex = this.#seen.add(hash, index);
      if (hashIndex < known) {
        repeat(index, hashIndex);
      } else {
        hashes.push(hash);
        indexes.push(index);
      }
      return hashIndex;
    });
    for (const { index, hashIndex } of chunk.repeated) {
      repeat(first + index, hashIndexes[hashIndex] as number);
    }
    repeated.sort((one, other) => one.index - other.index);
    for (const { index, repeats, hashIndex } of repeated) {
      this.#repeated.push({ index, repeats });
      this.#repeatedHashes.push(hashIndex);
    }
    for (const { index, reason } of chunk.rejected) {
      this.#rejected.push({ index: first + index, reason });
    }
    return { hashes, indexes };
  }

  add(row: SyncRow, matches: Match[]): void {
    this.processed += row.total_processed;
    this.#inserted += row.contacts_inserted;
    this.#updated += row.contacts_updated;
    for (const match of matches) this.#matches.push(match);
  }

  /** What names entries of the stream, when all of it has been read and stored. */
  lists(): Pick<SyncResult, "rejected" | "repeated" | "matches"> {
    // A number may be repeated before it is known whether it is matched.
    if (this.#repeated.length > 0) {
      const placeOf = new Uint32Array(this.#seen.size); // in #matches, and 1 more
      this.#matches.forEach(({ phone_hash, index }, place) => {
        placeOf[this.#seen.add(phone_hash, index)] = place + 1; // it is there
      });
      this.#repeated.forEach(({ index }, nth) => {
        const place = placeOf[this.#repeatedHashes[nth] as number] as number;
        addPosition(this.#matches[place - 1], index);
      });
    }
    return { rejected: this.#rejected, repeated: this.#repeated, matches: this.#matches };
  }

  /** The totals as a literal of `contact_sync_result`, in the order of its fields. */
  asRow(processingTimeMs: number): string {
    const fields = [
      this.processed,
      this.#inserted,
      this.#updated,
      this.#matches.length,
      processingTimeMs,
      this.#batchSize,
      this.processed - this.#inserted - this.#updated,
      0,
      this.#repeated.length,
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

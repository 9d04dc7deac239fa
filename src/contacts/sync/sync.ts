import { digestOf, readOptions, type SyncResult } from "@contact-sync/client";
import { UuidArray } from "../../database/uuid-array.ts";
import type { Engine } from "../../engine/engine.ts";
import { throwIfAborted } from "../../input/arguments.ts";
import { assertCallSize, isAsyncIterable, readList } from "../../input/reading.ts";
import { reportProgress } from "../../input/report-progress.ts";
import { deviceToken } from "../devices/device-token.ts";
import { syncAtOnce } from "../devices/sync-at-once.ts";
import { readProgressOptions } from "../streams/progress.ts";
import { batchSizeFor } from "./batch-size.ts";
import { recordingFailure } from "./failed-sync.ts";
import { type HashEntries, hashNumbers, readHashes } from "./hash-entries.ts";
import { seenOf, toSigns } from "./signs.ts";
import { readSyncCall, SYNC_OPTIONS, type SyncCall, type SyncOptions } from "./sync-options.ts";
import { SYNC_COLUMNS, type SyncRow, toMatches, toRepeated, toSyncResult } from "./sync-result.ts";
import { syncStream } from "./sync-stream.ts";

/** `syncContacts` of `ContactsWithAccounts`, which describes it. */
export function syncContacts(
  engine: Engine,
  userId: string,
  phoneNumbers: readonly unknown[] | AsyncIterable<unknown>,
  deviceContactsCount: number | null,
  options?: SyncOptions,
): Promise<SyncResult> {
  return sync(engine, userId, phoneNumbers, deviceContactsCount, options, (call) =>
    hashNumbers(call.region),
  );
}

/** `syncPhoneHashes` of `ContactsWithAccounts`, which describes it. */
export function syncPhoneHashes(
  engine: Engine,
  userId: string,
  phoneHashes: readonly unknown[] | AsyncIterable<unknown>,
  deviceContactsCount: number | null,
  options?: SyncOptions,
): Promise<SyncResult> {
  return sync(engine, userId, phoneHashes, deviceContactsCount, options, () => readHashes);
}

async function sync(
  engine: Engine,
  userId: string,
  entries: readonly unknown[] | AsyncIterable<unknown>,
  deviceContactsCount: number | null,
  givenOptions: SyncOptions | undefined,
  hashingFor: (call: SyncCall) => HashEntries,
): Promise<SyncResult> {
  const options = readOptions(givenOptions, SYNC_OPTIONS);
  const { onProgress, signal } = readProgressOptions(options);
  const call = readSyncCall(engine, userId, deviceContactsCount, options, isAsyncIterable(entries));
  const hashEntries = hashingFor(call);
  if (isAsyncIterable(entries)) {
    return call.deviceId === null
      ? syncStream(engine, call, entries, hashEntries, options)
      : syncAtOnce(engine, { ...call, deviceId: call.deviceId }, entries, hashEntries, options);
  }

  const received = readList(entries, "the list");
  const batchSize = batchSizeFor(options.batchSize, received.length);
  throwIfAborted(signal);
  const startedAt = performance.now();
  const hashed = hashEntries(received, 0);
  // An entry may hold several numbers.
  assertCallSize(hashed.hashes.length + hashed.duplicates + hashed.rejected.length);
  const signs = toSigns(call, seenOf(hashed));
  const hashedAt = performance.now();
  throwIfAborted(signal);

  return engine.forOwner(call.owner.uuid, async (book) => {
    const row = await recordingFailure(book, call, batchSize, () =>
      book.sql
        .naming([call.owner])
        .call<SyncRow>(
          "sync_phone_keys",
          [
            call.owner.uuid,
            new UuidArray(book.cipher.encryptToBytes(hashed.hashes)),
            call.deviceContactsCount,
            batchSize,
            call.mode,
            call.confirmRemoval,
            call.budget,
            call.deviceId,
            signs,
          ],
          SYNC_COLUMNS,
        ),
    );
    options.onTimings?.({
      normalize: hashedAt - startedAt - hashed.hashMs,
      hash: hashed.hashMs,
      database: performance.now() - hashedAt,
    });
    reportProgress(onProgress, { received: received.length, processed: row.total_processed });
    const lists = {
      rejected: hashed.rejected,
      repeated: toRepeated(hashed.repeated),
      matches: await toMatches(book, row, hashed),
    };
    return toSyncResult(
      row,
      lists,
      await deviceToken(book, row, {
        ...call,
        ownerId: call.owner.uuid,
        digestOfSent: () => digestOf(hashed.hashes),
      }),
    );
  });
}

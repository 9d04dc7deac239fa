import {
  applyToDigest,
  EMPTY_DIGEST,
  MAX_CONTACTS_PER_CALL,
  MAX_CONTACTS_PER_SESSION,
  type SyncResult,
} from "@contact-sync/client";
import { UuidArray } from "../../database/uuid-array.ts";
import type { BookEngine, Engine } from "../../engine/engine.ts";
import { throwIfAborted } from "../../input/arguments.ts";
import { reportProgress } from "../../input/report-progress.ts";
import { chunksOf } from "../streams/chunks.ts";
import { batchSizeFor } from "../sync/batch-size.ts";
import { recordingFailure } from "../sync/failed-sync.ts";
import type { HashEntries } from "../sync/hash-entries.ts";
import { type Seen, seenOf, seenOfBoth, toSigns } from "../sync/signs.ts";
import { StreamLists } from "../sync/stream-lists.ts";
import type { SyncCall, SyncOptions } from "../sync/sync-options.ts";
import { type StagedSession, storeSession } from "./store-session.ts";

/**
 * The streamed sync of a device: all of it or nothing, in one transaction. It is read to its end
 * before anything is sent, in the same flat memory that tells its entries apart; so one that breaks
 * off leaves nothing, and one that comes slowly keeps nothing open.
 */
export async function syncAtOnce(
  engine: Engine,
  call: SyncCall & { readonly deviceId: string },
  entries: AsyncIterable<unknown>,
  hashEntries: HashEntries,
  { batchSize: given, onProgress, signal }: SyncOptions,
): Promise<SyncResult> {
  const batchSize = batchSizeFor(given, MAX_CONTACTS_PER_SESSION);
  const lists = new StreamLists();
  let received = 0;
  let digest = EMPTY_DIGEST;
  let seen: Seen = {};
  throwIfAborted(signal);
  const result = await recordingFailure(engine, call, batchSize, async () => {
    for await (const { first, entries: chunk } of chunksOf(entries, "nothing of it is stored")) {
      throwIfAborted(signal);
      const hashed = hashEntries(chunk, first);
      seen = seenOfBoth(seen, seenOf(hashed));
      const news = lists.takeNew(hashed, first);
      digest = applyToDigest(digest, { added: news.hashes });
      received = first + chunk.length;
      reportProgress(onProgress, { received, processed: 0 });
    }
    const deviceContactsCount = call.deviceContactsCount ?? received;
    // From what was read: a rotation drops sessions of those whom it moves, and then it is staged
    // once more.
    return engine.forOwner(call.owner.uuid, async (book) => {
      const staged = await stage(book, { ...call, deviceContactsCount }, lists, signal);
      throwIfAborted(signal);
      const signs = toSigns(call, seen);
      return storeSession(book, { ...call, ...staged, batchSize, signs }, lists, digest);
    });
  });
  reportProgress(onProgress, { received, processed: result.total_processed });
  return result;
}

/** @returns the session, in its version of so many parts: nobody else knows it */
async function stage(
  { sql, cipher }: BookEngine,
  call: SyncCall & { readonly deviceContactsCount: number },
  lists: StreamLists,
  signal: AbortSignal | undefined,
): Promise<Pick<StagedSession, "sessionId" | "version">> {
  const ownerId = call.owner.uuid;
  const { session_id } = await sql
    .naming([call.owner])
    .call<{ session_id: string }>(
      "contact_sync_begin_session",
      [ownerId, call.deviceId, call.mode, call.deviceContactsCount],
      "contact_sync_begin_session as session_id",
    );
  let part = 0;
  for (const hashes of lists.hashes(MAX_CONTACTS_PER_CALL)) {
    throwIfAborted(signal);
    const keys = new UuidArray(cipher.encryptToBytes(hashes));
    await sql.call("contact_sync_stage_part", [ownerId, session_id, part, keys, call.budget]);
    part += 1;
  }
  return { sessionId: session_id, version: String(part) };
}

import { setImmediate } from "node:timers/promises";
import { applyToDigest, EMPTY_DIGEST, type SyncMode } from "@contact-sync/client";
import { mayBeAnotherKey } from "../../database/sql-functions.ts";
import type { BookEngine } from "../../engine/engine.ts";
import type { SyncRow } from "../sync/sync-result.ts";

/** A sync of a device that has been stored. */
export interface StoredSync {
  readonly ownerId: string;
  /** Null for one that named none. */
  readonly deviceId: string | null;
  readonly mode: SyncMode;
  /** The digest of what was sent, each hash once. */
  digestOfSent(): string;
}

const KEY_BYTES = 16;
const KEYS_AT_ONCE = 10_000;

/**
 * What the device goes on from after a full sync. Null for a call that names no device, and where
 * the set that it would be of is another by now: another sync of the same device came between the
 * two reads, so that the token would have expired before it arrives.
 */
export async function deviceToken(
  engine: BookEngine,
  row: SyncRow,
  { ownerId, deviceId, mode, digestOfSent }: StoredSync,
): Promise<string | null> {
  const { sync_mark: mark, changes_cursor: changesCursor } = row;
  if (deviceId === null || mark === null || changesCursor === null) return null;
  const digest =
    mode === "replace" ? digestOfSent() : await digestOfSet(engine, ownerId, deviceId, mark);
  if (digest === null) return null;
  return engine.syncTokens.write(ownerId, { deviceId, mark, digest, changesCursor });
}

/** Of all that a device holds, of which a merge has sent a part; null where it is another set by now. */
async function digestOfSet(
  { sql, cipher }: BookEngine,
  ownerId: string,
  deviceId: string,
  mark: string,
): Promise<string | null> {
  const { phone_keys: keys } = await sql
    .call<{ phone_keys: Buffer | null }>(
      "contact_sync_device_keys",
      [ownerId, deviceId, mark],
      "contact_sync_device_keys as phone_keys",
    )
    .catch((error) => {
      // A rotation has moved the book since, and the device begins anew.
      if (mayBeAnotherKey(error)) return { phone_keys: null };
      throw error;
    });
  if (keys === null) return null;
  let digest = EMPTY_DIGEST;
  for (const hashes of hashesOf(cipher.decryptBytes, keys)) {
    digest = applyToDigest(digest, { added: hashes });
    await setImmediate(); // a large book holds up nobody else
  }
  return digest;
}

/** Phone hashes of phone keys that come as bytes, some at a time. */
export function* hashesOf(
  decryptBytes: (phoneKeys: Buffer) => string[],
  keys: Buffer,
): Generator<string[]> {
  const bytes = KEYS_AT_ONCE * KEY_BYTES;
  for (let start = 0; start < keys.length; start += bytes) {
    yield decryptBytes(keys.subarray(start, start + bytes));
  }
}

import {
  MAX_PARTS_PER_SESSION,
  type OptionNames,
  readOptions,
  type SyncMode,
  type SyncSession,
} from "@contact-sync/client";
import { UuidArray } from "../../database/uuid-array.ts";
import type { Engine } from "../../engine/engine.ts";
import {
  assertCount,
  assertDeviceId,
  assertPhoneHash,
  assertUuid,
  invalid,
} from "../../input/arguments.ts";
import { readList } from "../../input/reading.ts";
import { assertMode } from "../sync/sync-options.ts";

/** A full sync of a device, in parts that take effect all at once. */
export interface SessionSettings {
  /** 1 to 64 of `A–Z a–z 0–9 . _ -`. */
  readonly deviceId: string;
  /** `replace` (default) takes the parts for all that the device has; `merge` adds only. */
  readonly mode?: SyncMode | undefined;
  /** What the device has in all, for the statistics. */
  readonly deviceContactsCount: number;
}

const SESSION_SETTINGS: OptionNames<SessionSettings> = {
  deviceId: true,
  mode: true,
  deviceContactsCount: true,
};
/** `beginSession` of `ContactsWithAccounts`, which describes it. */
export async function beginSession(
  { sql }: Engine,
  userId: string,
  settings: SessionSettings,
): Promise<SyncSession> {
  const { deviceId, mode, deviceContactsCount } = readOptions(
    settings,
    SESSION_SETTINGS,
    "the session",
  );
  const { session_id } = await sql.call<{ session_id: string }>(
    "contact_sync_begin_session",
    [
      assertUuid(userId, "userId"),
      assertDeviceId(deviceId, "deviceId"),
      assertMode(mode ?? "replace"),
      assertCount(deviceContactsCount, "deviceContactsCount"),
    ],
    "contact_sync_begin_session as session_id",
  );
  return { session_id };
}

/** `putSessionPart` of `ContactsWithAccounts`, which describes it. */
export async function putSessionPart(
  { sql, cipher }: Engine,
  userId: string,
  sessionId: string,
  part: number,
  phoneHashes: readonly string[],
): Promise<number> {
  const ownerId = assertUuid(userId, "userId");
  if (!Number.isInteger(part) || part < 0 || part >= MAX_PARTS_PER_SESSION) {
    throw invalid(`part must be a whole number from 0 to ${MAX_PARTS_PER_SESSION - 1}`);
  }
  // Repeated ones too: positions are counted over all that was sent.
  const hashes = readList(phoneHashes, "phoneHashes").map((hash, index) =>
    assertPhoneHash(hash, index),
  );
  await sql.call("contact_sync_stage_part", [
    ownerId,
    assertUuid(sessionId, "sessionId"),
    part,
    new UuidArray(cipher.encryptToBytes(hashes)),
  ]);
  return hashes.length;
}

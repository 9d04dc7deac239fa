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
  assertWithin,
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
  { sql, users }: Engine,
  userId: string,
  settings: SessionSettings,
): Promise<SyncSession> {
  const { deviceId, mode, deviceContactsCount } = readOptions(
    settings,
    SESSION_SETTINGS,
    "the session",
  );
  const owner = users.of(userId, "userId");
  const { session_id } = await sql
    .naming([owner])
    .call<{ session_id: string }>(
      "contact_sync_begin_session",
      [
        owner.uuid,
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
  engine: Engine,
  userId: string,
  sessionId: string,
  part: number,
  phoneHashes: readonly string[],
): Promise<number> {
  const { uuid: ownerId } = engine.users.of(userId, "userId");
  assertWithin(part, 0, MAX_PARTS_PER_SESSION - 1, "part");
  // Repeated ones too: positions are counted over all that was sent.
  const hashes = readList(phoneHashes, "phoneHashes").map((hash, index) =>
    assertPhoneHash(hash, index),
  );
  await engine.forOwner(ownerId, ({ sql, cipher }) =>
    sql.call("contact_sync_stage_part", [
      ownerId,
      assertUuid(sessionId, "sessionId"),
      part,
      new UuidArray(cipher.encryptToBytes(hashes)),
    ]),
  );
  return hashes.length;
}

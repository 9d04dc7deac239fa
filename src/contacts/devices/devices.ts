import { ContactSyncError, type ForgottenDevice } from "@contact-sync/client";
import type { Engine } from "../../engine/engine.ts";
import { assertDeviceId } from "../../input/arguments.ts";

/** A device that syncs, as the library returns it: with Dates, where JSON has texts. */
export interface Device {
  /** What the app calls it. */
  readonly device_id: string;
  readonly created_at: Date;
  /** Its last sync; of syncs that changed nothing, to a day. */
  readonly last_seen_at: Date;
  /** How many contacts it holds. */
  readonly contacts_count: number;
}

/** `listDevices` of `ContactsWithAccounts`, which describes it. */
export async function listDevices({ sql, users }: Engine, userId: string): Promise<Device[]> {
  const rows = await sql.callForRows<Device>("list_sync_devices", [
    users.of(userId, "userId").uuid,
  ]);
  return rows.map(({ device_id, created_at, last_seen_at, contacts_count }) => ({
    device_id,
    created_at,
    last_seen_at,
    contacts_count,
  }));
}

/** `forgetDevice` of `ContactsWithAccounts`, which describes it. */
export async function forgetDevice(
  { sql, users }: Engine,
  userId: string,
  deviceId: string,
): Promise<ForgottenDevice> {
  const owner = users.of(userId, "userId");
  const { forget_sync_device: removed } = await sql
    .naming([owner])
    .call<{ forget_sync_device: number | null }>("forget_sync_device", [
      owner.uuid,
      assertDeviceId(deviceId, "deviceId"),
    ]);
  if (removed === null) {
    throw new ContactSyncError("DEVICE_NOT_FOUND", "the owner has no device of this name");
  }
  return { contacts_removed: removed };
}

import type { ContactsSummary, RunMode } from "@contact-sync/client";
import type { Engine } from "../../engine/engine.ts";

/** An owner's last sync, as the library returns it: with a Date, where JSON has a text. */
export interface SyncStatus {
  readonly sync_status: "never_synced" | "completed" | "failed";
  /** What the owner has stored now. */
  readonly contacts_count: number;
  readonly last_sync_at: Date | null;
  readonly last_sync_mode: RunMode | null;
  readonly device_contacts_count: number | null;
  readonly synced_contacts_count: number | null;
  readonly matched_contacts_count: number | null;
  /** The code of the last sync's error, if it failed. */
  readonly last_error_code: string | null;
}

/** `getSyncStatus` of `ContactsWithAccounts`, which describes it. */
export async function getSyncStatus({ sql, users }: Engine, userId: string): Promise<SyncStatus> {
  return sql.call<SyncStatus>("get_sync_status", [users.of(userId, "userId").uuid]);
}

/** `summarizeContacts` of `ContactsWithAccounts`, which describes it. */
export async function summarizeContacts(
  { sql, users }: Engine,
  userId: string,
): Promise<ContactsSummary> {
  const row = await sql.call<Record<keyof ContactsSummary, string | number>>("summarize_contacts", [
    users.of(userId, "userId").uuid,
  ]);
  return {
    contacts_count: Number(row.contacts_count),
    linked_count: Number(row.linked_count),
    favorites_count: Number(row.favorites_count),
  };
}

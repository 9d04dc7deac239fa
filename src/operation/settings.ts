import {
  MAX_CONTACTS_PER_CALL,
  MAX_CONTACTS_PER_OWNER,
  MAX_CONTACTS_PER_STREAM,
  MAX_DEVICES_PER_OWNER,
  MAX_HASHES_PER_DELTA,
  MAX_REQUEST_BYTES,
  type OperationSettings,
} from "@contact-sync/client";
import type { Engine } from "../engine/engine.ts";

/** What is the database's, whoever serves it. */
type InDatabase = Omit<
  OperationSettings,
  "sync_token_days" | "default_region" | "user_ids" | "limits"
>;

/**
 * The limits in force, and what is set.
 *
 * @param rates requests a minute that whoever serves lets through, 0 for no limit
 */
export async function readSettings(
  { sql, users, syncTokenDays, defaultRegion }: Engine,
  rates: { readonly perOwner: number; readonly perAddress: number },
): Promise<OperationSettings> {
  const { settings } = await sql.call<{ settings: InDatabase }>(
    "contact_sync_settings_in_force",
    [],
    "contact_sync_settings_in_force as settings",
  );
  return {
    ...settings,
    sync_token_days: syncTokenDays,
    default_region: defaultRegion ?? null,
    user_ids: users.kind,
    limits: {
      contacts_per_call: MAX_CONTACTS_PER_CALL,
      contacts_per_stream: MAX_CONTACTS_PER_STREAM,
      contacts_per_owner: MAX_CONTACTS_PER_OWNER,
      hashes_per_delta: MAX_HASHES_PER_DELTA,
      devices_per_owner: MAX_DEVICES_PER_OWNER,
      request_bytes: MAX_REQUEST_BYTES,
      requests_per_owner: rates.perOwner,
      requests_per_address: rates.perAddress,
    },
  };
}

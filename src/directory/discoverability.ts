import { assertDiscoverable, type Discoverability, type Discoverable } from "@contact-sync/client";
import type { Engine } from "../engine/engine.ts";
import { linkByConsent } from "./linker.ts";

/** `setDiscoverability` of `ContactsWithAccounts`, which describes it. */
export async function setDiscoverability(
  engine: Engine,
  userId: string,
  discoverable: Discoverable | null,
): Promise<void> {
  const user = engine.users.of(userId, "userId");
  const { phone_keys } = await engine.sql
    .naming([user])
    .call<{ phone_keys: string[] }>(
      "contact_sync_choose_discoverable",
      [user.uuid, discoverable === null ? null : assertDiscoverable(discoverable, "discoverable")],
      "contact_sync_choose_discoverable as phone_keys",
    );
  // Also where nothing changed: this may be the repeat of a call that was cut off in between.
  await linkByConsent(engine, phone_keys);
}

/** `getDiscoverability` of `ContactsWithAccounts`, which describes it. */
export async function getDiscoverability(
  { sql, users }: Engine,
  userId: string,
): Promise<Discoverability> {
  const { discoverable, is_default } = await sql.call<Discoverability>("get_discoverability", [
    users.of(userId, "userId").uuid,
  ]);
  return { discoverable, is_default };
}

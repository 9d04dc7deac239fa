import type { Erasure } from "@contact-sync/client";
import type { Engine } from "../engine/engine.ts";
import { assertUuid } from "../input/arguments.ts";
import { linkPending, linkSome, pendingOf } from "./linker.ts";

/** `eraseUser` of `ContactsWithAccounts`, which describes it. */
export async function eraseUser(engine: Engine, userId: string): Promise<Erasure> {
  const { phone_keys, ...erasure } = await engine.sql.call<
    Omit<Erasure, "links_pending"> & { phone_keys: string[] }
  >("contact_sync_erase_user", [assertUuid(userId, "userId")]);
  // What stands in other people's rows still names the user, though no read shows it.
  const { links_pending } = await linkPending(engine, phone_keys);
  // Also where nothing was unlinked: this may be the repeat of a call that was cut off in between.
  await linkSome(engine);
  return { ...erasure, ...pendingOf(links_pending) };
}

import { assertUuid } from "../arguments.ts";
import type { Engine } from "../engine.ts";
import { linkPendingPhones } from "./linker.ts";

export interface Erasure {
  readonly contacts_deleted: number;
  readonly phones_unlinked: number;
  /** Links to the user that bulk inserts had given. */
  readonly given_links_removed: number;
  /** Syncs of the user that are now only a day's counts. */
  readonly runs_folded: number;
}

/**
 * Erases a user: their book, their numbers in the directory, links to them, their status; their
 * syncs become a day's counts. At once nobody's reads show them. Somebody unknown is no error.
 *
 * @throws ContactSyncError `INVALID_ARGUMENT`
 */
export async function eraseUser(engine: Engine, userId: string): Promise<Erasure> {
  const erasure = await engine.store.call<Erasure>("erase_user", [assertUuid(userId, "userId")]);
  // What stands in other people's rows still names the user, though no read shows it. Also where
  // nothing was unlinked: this may be the repeat of a call that was cut off in between.
  await linkPendingPhones(engine);
  return erasure;
}

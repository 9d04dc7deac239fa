import type { Erasure, ReceiptKeys } from "@contact-sync/client";
import type { Engine } from "../engine/engine.ts";
import { linkPending, linkSome, pendingOf } from "./linker.ts";

type ErasureRow = Omit<Erasure, "links_pending" | "receipt"> & {
  readonly phone_keys: string[];
  readonly erased_at: Date;
};

/** `eraseUser` of `ContactsWithAccounts`, which describes it. */
export async function eraseUser(engine: Engine, userId: string): Promise<Erasure> {
  const user = engine.users.of(userId, "userId");
  const { phone_keys, erased_at, ...counts } = await engine.sql.call<ErasureRow>(
    "contact_sync_erase_user",
    [user.uuid],
  );
  engine.users.forget(user);
  // What stands in other people's rows still names the user, though no read shows it.
  const { links_pending } = await linkPending(engine, phone_keys);
  // Also where nothing was unlinked: this may be the repeat of a call that was cut off in between.
  await linkSome(engine);
  const removed = { ...counts, ...pendingOf(links_pending) };
  return { ...removed, receipt: await engine.receipts.sign(user.id, erased_at, removed) };
}

/** `receiptKeys` of `ContactsWithAccounts`, which describes it. */
export async function receiptKeys({ receipts }: Engine): Promise<ReceiptKeys> {
  return receipts.keys;
}

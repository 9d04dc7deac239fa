import type { SyncMode } from "@contact-sync/client";
import { until } from "../support/until.ts";
import type { Session } from "./session.ts";

// The SQL functions as sentences, so that an interleaving reads as who does what when.

export interface Counts {
  readonly contacts_inserted: number;
  readonly contacts_updated: number;
  readonly contacts_unchanged: number;
  readonly contacts_removed: number;
  readonly matched_contacts: number;
}

export interface Pass {
  readonly contacts_changed: number;
  readonly entries_finished: number;
  readonly entries_waiting: number;
}

export function sync(
  session: Session,
  owner: string,
  phones: readonly string[],
  mode: SyncMode = "merge",
  batchSize = 500,
): Promise<Counts> {
  return session.call("sync_phone_keys", owner, phones, phones.length, batchSize, mode, true);
}

export function bulkInsert(session: Session, items: readonly object[]): Promise<Counts> {
  return session.call("bulk_insert_contacts", JSON.stringify(items));
}

export async function link(
  session: Session,
  phone: string,
  user: string,
  verifiedAt: string | null = null,
): Promise<boolean> {
  const row = await session.call<{ link_phone: boolean }>("link_phone", phone, user, verifiedAt);
  return row.link_phone;
}

export async function unlink(
  session: Session,
  phone: string,
  user: string | null = null,
): Promise<boolean> {
  return (await session.call<{ unlink_phone: boolean }>("unlink_phone", phone, user)).unlink_phone;
}

export function erase(session: Session, user: string): Promise<{ contacts_deleted: number }> {
  return session.call("erase_user", user);
}

/** One pass of the linker. */
export function runLinker(session: Session): Promise<Pass> {
  return session.call("link_pending_phones");
}

/** The linker until nothing waits: who was late is tried again after seconds. */
export async function finishLinks(session: Session): Promise<void> {
  await until("no entry of the linker's queue waits", async () => {
    const { entries_waiting } = await runLinker(session);
    return entries_waiting === 0;
  });
}

export interface StoredContact {
  readonly phone: string;
  readonly link: string | null;
  readonly given: boolean;
  readonly favorite: boolean;
  readonly interaction: Date | null;
}

/** An owner's rows in key order, links as they are stored. */
export function stored(session: Session, owner: string): Promise<StoredContact[]> {
  return session.rows(
    `select replace(phone_key::text, '-', '') as phone, linked_user_id as link, link_given as given,
            is_favorite as favorite, last_interaction as interaction
       from contacts_with_accounts
      where owner_id = $1
      order by phone_key`,
    [owner],
  );
}

/** The stored link of an owner's only contact. */
export async function onlyLink(session: Session, owner: string): Promise<string | null> {
  const rows = await stored(session, owner);
  if (rows.length !== 1) throw new Error(`the owner has ${rows.length} contacts`);
  return rows[0]?.link ?? null;
}

/** What the status row counts; null without one. */
export async function countedContacts(session: Session, owner: string): Promise<number | null> {
  const [row] = await session.rows<{ contacts_count: number }>(
    "select contacts_count from contact_sync_status where owner_id = $1",
    [owner],
  );
  return row?.contacts_count ?? null;
}

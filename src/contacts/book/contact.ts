import type { BookEngine } from "../../engine/engine.ts";
import type { User } from "../../engine/users.ts";

/**
 * A stored contact, as the library returns it: with Dates, where JSON has texts. The link is shown
 * only while the directory confirms it.
 */
export interface Contact {
  readonly owner_id: string;
  /** 32 hex characters. */
  readonly phone_hash: string;
  readonly linked_user_id: string | null;
  readonly is_favorite: boolean;
  readonly last_interaction: Date | null;
  readonly created_at: Date;
  readonly updated_at: Date;
}

/** The same as SQL returns it, with the phone key in place of the hash, as a UUID. */
export interface ContactRow extends Omit<Contact, "owner_id" | "phone_hash"> {
  readonly phone_key: string;
}

/** The phone key of a row as the cipher takes it: PostgreSQL writes a UUID with hyphens. */
export function phoneKeyOf({ phone_key }: ContactRow): string {
  return phone_key.replaceAll("-", "");
}

/** Rows of one owner as contacts, their phone keys decrypted. */
export async function toContacts(
  { cipher, users }: BookEngine,
  owner: User,
  rows: readonly ContactRow[],
): Promise<Contact[]> {
  const idOf = await users.idsOf(rows.map(({ linked_user_id }) => linked_user_id));
  const hashes = cipher.decrypt(rows.map(phoneKeyOf));
  return rows.map((row, index) => ({
    owner_id: owner.id,
    phone_hash: hashes[index] as string,
    linked_user_id: row.linked_user_id === null ? null : idOf(row.linked_user_id),
    is_favorite: row.is_favorite,
    last_interaction: row.last_interaction,
    created_at: row.created_at,
    updated_at: row.updated_at,
  }));
}

export async function toContact(
  engine: BookEngine,
  owner: User,
  row: ContactRow,
): Promise<Contact> {
  return (await toContacts(engine, owner, [row]))[0] as Contact;
}

/** The phone key of one phone hash. */
export function encryptOne({ cipher }: BookEngine, phoneHash: string): string {
  return cipher.encrypt([phoneHash])[0] as string;
}

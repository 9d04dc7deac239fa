import type { Engine } from "../../engine/engine.ts";

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
export function toContacts(
  { cipher }: Engine,
  ownerId: string,
  rows: readonly ContactRow[],
): Contact[] {
  const hashes = cipher.decrypt(rows.map(phoneKeyOf));
  return rows.map((row, index) => ({
    owner_id: ownerId,
    phone_hash: hashes[index] as string,
    linked_user_id: row.linked_user_id,
    is_favorite: row.is_favorite,
    last_interaction: row.last_interaction,
    created_at: row.created_at,
    updated_at: row.updated_at,
  }));
}

export function toContact(engine: Engine, ownerId: string, row: ContactRow): Contact {
  return toContacts(engine, ownerId, [row])[0] as Contact;
}

/** The phone key of one phone hash. */
export function encryptOne({ cipher }: Engine, phoneHash: string): string {
  return cipher.encrypt([phoneHash])[0] as string;
}

import type { Engine } from "../../engine/engine.ts";

/** A stored contact. The link is shown only while the directory confirms it. */
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

/** The same as SQL returns it, with the phone key in place of the hash. */
export type ContactRow = Omit<Contact, "owner_id">;

/** Rows of one owner as contacts, their phone keys opened. */
export function toContacts(
  { cipher }: Engine,
  ownerId: string,
  rows: readonly ContactRow[],
): Contact[] {
  const hashes = cipher.decrypt(rows.map((row) => row.phone_hash));
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

/** Seals one phone hash. */
export function encryptOne({ cipher }: Engine, phoneHash: string): string {
  return cipher.encrypt([phoneHash])[0] as string;
}

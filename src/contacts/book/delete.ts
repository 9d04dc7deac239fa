import type { Engine } from "../../engine/engine.ts";
import { assertPhoneHash, assertUuid } from "../../input/arguments.ts";
import { readList } from "../../input/reading.ts";

/**
 * Deletes contacts of an owner; unknown ones are no error.
 *
 * @param phoneHashes at most 10,000
 * @returns how many there were
 * @throws ContactSyncError `INVALID_PHONE_HASH`, `CONTACTS_LIMIT_EXCEEDED`
 */
export async function deleteContacts(
  { sql, cipher }: Engine,
  userId: string,
  phoneHashes: readonly string[],
): Promise<number> {
  const ownerId = assertUuid(userId, "userId");
  const hashes = readList(phoneHashes, "phoneHashes");
  const { delete_contacts } = await sql.call<{ delete_contacts: number }>("delete_contacts", [
    ownerId,
    cipher.encrypt(hashes.map((hash, index) => assertPhoneHash(hash, index))),
  ]);
  return delete_contacts;
}

/** Empties an owner's book and returns how many contacts it held. */
export async function deleteAllContacts({ sql }: Engine, userId: string): Promise<number> {
  const { delete_all_contacts } = await sql.call<{ delete_all_contacts: number }>(
    "delete_all_contacts",
    [assertUuid(userId, "userId")],
  );
  return delete_all_contacts;
}

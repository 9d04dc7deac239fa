import type { Engine } from "../../engine/engine.ts";
import { assertPhoneHash, assertUuid } from "../../input/arguments.ts";
import { readList } from "../../input/reading.ts";

/** `deleteContacts` of `ContactsWithAccounts`, which describes it. */
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

/** `deleteAllContacts` of `ContactsWithAccounts`, which describes it. */
export async function deleteAllContacts({ sql }: Engine, userId: string): Promise<number> {
  const { delete_all_contacts } = await sql.call<{ delete_all_contacts: number }>(
    "delete_all_contacts",
    [assertUuid(userId, "userId")],
  );
  return delete_all_contacts;
}

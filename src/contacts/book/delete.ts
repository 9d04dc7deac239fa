import type { Engine } from "../../engine/engine.ts";
import { assertPhoneHash } from "../../input/arguments.ts";
import { readList } from "../../input/reading.ts";

/** `deleteContacts` of `ContactsWithAccounts`, which describes it. */
export async function deleteContacts(
  engine: Engine,
  userId: string,
  phoneHashes: readonly string[],
): Promise<number> {
  const owner = engine.users.of(userId, "userId");
  const hashes = readList(phoneHashes, "phoneHashes").map((hash, index) =>
    assertPhoneHash(hash, index),
  );
  return engine.forOwner(owner.uuid, async ({ sql, cipher }) => {
    const { delete_contacts } = await sql
      .naming([owner])
      .call<{ delete_contacts: number }>("delete_contacts", [owner.uuid, cipher.encrypt(hashes)]);
    return delete_contacts;
  });
}

/** `deleteAllContacts` of `ContactsWithAccounts`, which describes it. */
export async function deleteAllContacts({ sql, users }: Engine, userId: string): Promise<number> {
  const owner = users.of(userId, "userId");
  const { delete_all_contacts } = await sql
    .naming([owner])
    .call<{ delete_all_contacts: number }>("delete_all_contacts", [owner.uuid]);
  return delete_all_contacts;
}

import type { ContactsWithAccounts, UserExport } from "../../src/index.ts";

/** A user's export, put together from its pieces. */
export async function exportOf(
  contactSync: ContactsWithAccounts,
  userId: string,
): Promise<UserExport> {
  let text = "";
  for await (const piece of await contactSync.exportUser(userId)) text += piece;
  return JSON.parse(text);
}

// Somebody joins after the book was synced, changes their number, and leaves.
import { createContactSync, migrate } from "contact-sync";

const { DATABASE_URL = "", CONTACT_SYNC_KEY = "" } = process.env;
await migrate({ connectionString: DATABASE_URL });
const ContactsWithAccounts = await createContactSync({
  database: DATABASE_URL,
  key: CONTACT_SYNC_KEY,
});

const owner = "b2000000-0000-4000-8000-000000000004";
const joiner = "a1000000-0000-4000-8000-000000000004";
const linked = async () => {
  const { contacts } = await ContactsWithAccounts.listContacts(owner, { linked: true });
  return contacts.length;
};

await ContactsWithAccounts.syncContacts(owner, ["+33639980010", "+33639980011"], 2);
console.log(`before they join: ${await linked()}`);

// No new sync is needed: linking brings the stored contacts up to date before it returns.
await ContactsWithAccounts.link(joiner, "+33639980010");
console.log(`after: ${await linked()}`);

await ContactsWithAccounts.link(joiner, "+33639980011");
await ContactsWithAccounts.unlink("+33639980010", { userId: joiner });
console.log(`with a new number: ${await linked()}`);

const { phones_unlinked } = await ContactsWithAccounts.eraseUser(joiner);
console.log(`erased ${phones_unlinked} number; linked: ${await linked()}`);

await ContactsWithAccounts.close();

// Prints:
// before they join: 0
// after: 1
// with a new number: 1
// erased 1 number; linked: 0

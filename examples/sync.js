// Who in this address book has an account?
//
//   npm run build
//   CONTACT_SYNC_KEY="$(npx contact-sync generate-key)" DATABASE_URL=postgresql://… node examples/sync.js
//
// Keep the key: this database opens with no other from here on.
import { createContactSync, migrate, REJECTION_REASONS } from "contact-sync";

const { DATABASE_URL = "", CONTACT_SYNC_KEY = "" } = process.env;
await migrate({ connectionString: DATABASE_URL });
const ContactsWithAccounts = await createContactSync({
  database: DATABASE_URL,
  key: CONTACT_SYNC_KEY,
  defaultRegion: "EG", // where numbers without a country code are dialled
});

const omar = "b2000000-0000-4000-8000-000000000001";
const aylin = "a1000000-0000-4000-8000-000000000001";

// Aylin has proved to your app that the number is hers.
await ContactsWithAccounts.link(aylin, "+20 100 123 4567");

const addressBook = ["0100 123 4567", "+44 20 7946 0958", "Bob", "112"];
const result = await ContactsWithAccounts.syncContacts(omar, addressBook, addressBook.length);

for (const { index, user_id } of result.matches) {
  console.log(`${addressBook[index]} is user ${user_id}`);
}
for (const { index, reason } of result.rejected) {
  console.log(`${addressBook[index]}: ${REJECTION_REASONS[reason]}`);
}
console.log(`inserted ${result.contacts_inserted}, matched ${result.matched_contacts}`);

// The same book again: nothing is written.
const again = await ContactsWithAccounts.syncContacts(omar, addressBook, addressBook.length);
console.log(`inserted ${again.contacts_inserted}, unchanged ${again.contacts_unchanged}`);

await ContactsWithAccounts.close();

// Prints:
// 0100 123 4567 is user a1000000-0000-4000-8000-000000000001
// Bob: The entry is no phone number, or holds something besides one, such as letters. Leave only the number.
// 112: A short or service code, such as 112 or *123#, or a local number without its area code: nobody can be found by it.
// inserted 2, matched 1
// inserted 0, unchanged 2

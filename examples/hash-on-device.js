// The device hashes; the back end sees no number. What runs on the phone is the first half.
import { hash } from "node:crypto";
import { hashPhoneNumbers } from "@contact-sync/client";
import { createContactSync, migrate } from "contact-sync";

// On the phone. In Node the native digest is five times as fast; elsewhere leave `sha256` out.
const addressBook = ["0100 123 4567", "0100-123-4567", "+44 20 7946 0958"];
const { hashes, indexes, duplicates, repeated } = hashPhoneNumbers(addressBook, {
  defaultRegion: "EG",
  sha256: (text) => hash("sha256", text),
});
console.log(`${hashes.length} hashes, ${duplicates} duplicate`);

// On the server.
const { DATABASE_URL = "", CONTACT_SYNC_KEY = "" } = process.env;
await migrate({ connectionString: DATABASE_URL });
const ContactsWithAccounts = await createContactSync({
  database: DATABASE_URL,
  key: CONTACT_SYNC_KEY,
});
const owner = "b2000000-0000-4000-8000-000000000003";
const friend = "a1000000-0000-4000-8000-000000000003";
await ContactsWithAccounts.link(friend, "+201001234567");
const { matches } = await ContactsWithAccounts.syncPhoneHashes(owner, hashes, addressBook.length);

// Back on the phone: a match names the position of its hash, and the number may be on several cards.
for (const { index, user_id } of matches) {
  const others = repeated.filter(({ hashIndex }) => hashIndex === index);
  const cards = [indexes[index], ...others.map((other) => other.index)];
  console.log(`cards ${cards.join(", ")} are user ${user_id}`);
}

await ContactsWithAccounts.close();

// Prints:
// 2 hashes, 1 duplicate
// cards 0, 1 are user a1000000-0000-4000-8000-000000000003

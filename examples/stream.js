// A book that is too large for one call: an async iterable of up to 1,000,000 numbers, read and
// stored in chunks of 5,000. With `replace`, contacts that the stream does not name are removed at
// its end; a stream that breaks off has only added.
import { ContactSyncError, createContactSync, migrate } from "contact-sync";

const { DATABASE_URL = "", CONTACT_SYNC_KEY = "" } = process.env;
await migrate({ connectionString: DATABASE_URL });
const ContactsWithAccounts = await createContactSync({
  database: DATABASE_URL,
  key: CONTACT_SYNC_KEY,
});

const owner = "b2000000-0000-4000-8000-000000000002";

/** Stands for a file or a request that is read line by line. @param {number} count */
async function* numbers(count) {
  for (let index = 0; index < count; index += 1) {
    yield `+2010${String(index).padStart(8, "0")}`;
  }
}

const first = await ContactsWithAccounts.syncContacts(owner, numbers(12_000), 12_000, {
  mode: "replace",
  onProgress: ({ received }) => console.log(`${received} read`),
});
console.log(`inserted ${first.contacts_inserted}`);

// Half of the book and more would go: that is refused until somebody has confirmed it.
try {
  await ContactsWithAccounts.syncContacts(owner, numbers(10), 10, { mode: "replace" });
} catch (error) {
  if (!(error instanceof ContactSyncError)) throw error;
  console.log(error.code);
}
const second = await ContactsWithAccounts.syncContacts(owner, numbers(10), 10, {
  mode: "replace",
  confirmRemoval: true,
});
console.log(`removed ${second.contacts_removed}`);

await ContactsWithAccounts.close();

// Prints:
// 5000 read
// 10000 read
// 12000 read
// inserted 12000
// REPLACE_NEEDS_CONFIRMATION
// removed 11990

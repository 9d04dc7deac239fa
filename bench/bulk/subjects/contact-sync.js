// contact-sync as an app uses it: the library checks the contacts, seals their phone hashes, and
// calls the SQL function.
import { createContactSync } from "../../../dist/index.js";
import { phoneHashesOf } from "../../lib/phone-keys.js";
import { required } from "../../lib/required.js";

/** @type {import("../subjects.js").Subject} */
export const contactSync = {
  name: "contact-sync",
  async open({ pool, schema, key }) {
    const library = await createContactSync({ database: pool, schema, key });
    return {
      prepare(contacts) {
        const phoneHashes = phoneHashesOf(
          key,
          contacts.map(({ phoneKey }) => phoneKey),
        );
        const items = contacts.map((contact, index) => ({
          owner_id: contact.ownerId,
          phone_hash: required(phoneHashes[index], "phone hash"),
          is_favorite: contact.isFavorite,
          last_interaction: contact.lastInteraction,
        }));
        return async () => {
          const result = await library.bulkInsertContacts(items);
          return {
            inserted: result.contacts_inserted,
            unchanged: result.contacts_unchanged,
            matched: result.matched_contacts,
          };
        };
      },
    };
  },
};

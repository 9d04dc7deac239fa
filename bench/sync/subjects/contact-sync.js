// contact-sync as an app uses it: the library checks the phone hashes, seals them, calls the SQL
// function, and names each match by its phone hash and position.
import { createContactSync } from "../../../dist/index.js";
import { phoneHashesOf } from "../../lib/phone-keys.js";

/** @type {import("./subject.js").Subject} */
export const contactSync = {
  name: "contact-sync",
  everywhere: true,
  async open({ pool, schema, key }) {
    const library = await createContactSync({ database: pool, schema, key });
    return {
      prepare({ ownerId, phoneKeys }) {
        const phoneHashes = phoneHashesOf(key, phoneKeys);
        return async () => {
          const result = await library.syncPhoneHashes(ownerId, phoneHashes, phoneHashes.length);
          return {
            inserted: result.contacts_inserted,
            unchanged: result.contacts_unchanged,
            matched: result.matches.length,
          };
        };
      },
    };
  },
};

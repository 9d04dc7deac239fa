// contact-sync in the database: the one call that the library makes, with everything that belongs to
// a sync and its whole answer. What the others are compared with.
//
// The argument was made before, and the answer stays as it comes: what a client spends on them is
// the library's part, which contact-sync.js measures. As the library does, it sends the keys in
// PostgreSQL's binary format and takes each array of the answer as one text.

/** What get_optimal_batch_size() says for all of the sizes that are measured. */
const BATCH_SIZE = 500;
const UUID_OID = 2950;

/** @type {import("./subject.js").Subject} */
export const contactSyncSql = {
  name: "contact-sync-sql",
  everywhere: true,
  async open({ pool, schema }) {
    const statement = `
      select contacts_inserted, contacts_unchanged, matched_contacts,
             array_to_string(matched_phone_hashes, '') as matched_phone_hashes,
             array_to_string(matched_user_ids, '') as matched_user_ids
        from ${schema}.sync_phone_keys($1, $2, $3, $4)`;
    return {
      prepare({ ownerId, phoneKeys }) {
        const values = [ownerId, binaryArray(phoneKeys), phoneKeys.length, BATCH_SIZE];
        return async () => {
          const { rows } = await pool.query(statement, values);
          return {
            inserted: rows[0].contacts_inserted,
            unchanged: rows[0].contacts_unchanged,
            matched: rows[0].matched_contacts,
          };
        };
      },
    };
  },
};

/** One dimension without NULLs, then each element with its length. @param {readonly string[]} uuids */
function binaryArray(uuids) {
  const header = [1, 0, UUID_OID, uuids.length, 1].map(hexInt32).join("");
  const elements = uuids.map((uuid) => hexInt32(16) + uuid.replaceAll("-", ""));
  return Buffer.from(header + elements.join(""), "hex");
}

/** @param {number} value */
function hexInt32(value) {
  return value.toString(16).padStart(8, "0");
}

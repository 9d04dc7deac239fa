// bulk_insert_contacts(), one call. What the others are compared with. The document is text that
// was made before: what a client spends on it is the library's part, which contact-sync.js measures.

/** @type {import("../subjects.js").Subject} */
export const contactSyncSql = {
  name: "contact-sync-sql",
  async open({ pool, schema }) {
    const statement = `
      select contacts_inserted as inserted, contacts_unchanged as unchanged, matched_contacts as matched
        from ${schema}.bulk_insert_contacts($1)`;
    return {
      prepare(contacts) {
        const items = contacts.map((contact) => ({
          owner_id: contact.ownerId,
          phone_hash: contact.phoneKey.replaceAll("-", ""),
          is_favorite: contact.isFavorite,
          last_interaction: contact.lastInteraction,
        }));
        const document = JSON.stringify(items);
        return async () => {
          const { rows } = await pool.query(statement, [document]);
          return rows[0];
        };
      },
    };
  },
};

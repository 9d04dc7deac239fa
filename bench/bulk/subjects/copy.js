// The limit: a binary COPY of rows that are already de-duplicated, matched and in key order.
import { binaryRows, copyRows } from "../../lib/binary-copy.js";

/** @type {import("../subjects.js").Subject} */
export const copy = {
  name: "copy",
  onlyFirst: true,
  async open({ pool, schema }) {
    const target = `${schema}.contacts_with_accounts
      (owner_id, phone_key, linked_user_id, is_favorite, last_interaction, created_at, updated_at)`;
    return {
      prepare(contacts) {
        const now = new Date();
        const sorted = contacts.toSorted((one, other) =>
          one.ownerId + one.phoneKey < other.ownerId + other.phoneKey ? -1 : 1,
        );
        const rows = binaryRows(sorted, [
          { type: "uuid", of: ({ ownerId }) => ownerId },
          { type: "uuid", of: ({ phoneKey }) => phoneKey },
          { type: "uuid", of: ({ userId }) => userId },
          { type: "boolean", of: ({ isFavorite }) => isFavorite },
          { type: "timestamptz", of: ({ lastInteraction }) => lastInteraction },
          { type: "timestamptz", of: () => now },
          { type: "timestamptz", of: () => now },
        ]);
        return () => copyRows(pool, target, rows);
      },
    };
  },
};

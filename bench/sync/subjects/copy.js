// The limit: a binary COPY of rows that are already de-duplicated, matched and in key order, from a
// buffer that was made before. It does not find out what is new, keeps no history, takes no lock,
// and answers nothing.
//
// https://www.postgresql.org/docs/current/sql-copy.html#SQL-COPY-BINARY-FORMAT
// https://www.postgresql.org/docs/current/populate.html#POPULATE-COPY-FROM
import { binaryRows, copyRows } from "../../lib/binary-copy.js";

/** @type {import("./subject.js").Subject} */
export const copy = {
  name: "copy",
  everywhere: true,
  onlyFirst: true,
  async open({ pool, schema }) {
    const target = `${schema}.contacts_with_accounts (owner_id, phone_key, linked_user_id, created_at, updated_at)`;
    return {
      prepare({ ownerId, phoneKeys, userIds }) {
        const now = new Date();
        const rows = phoneKeys
          .map((phoneKey, place) => ({ phoneKey, userId: userIds[place] ?? null }))
          .sort((one, other) => (one.phoneKey < other.phoneKey ? -1 : 1));
        const buffer = binaryRows(rows, [
          { type: "uuid", of: () => ownerId },
          { type: "uuid", of: ({ phoneKey }) => phoneKey },
          { type: "uuid", of: ({ userId }) => userId },
          { type: "timestamptz", of: () => now },
          { type: "timestamptz", of: () => now },
        ]);
        return () => copyRows(pool, target, buffer);
      },
    };
  },
};

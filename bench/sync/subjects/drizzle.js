// Drizzle's bulk upsert as its guide has it: insert().values([…]).onConflictDoUpdate() with
// `excluded`, in a transaction. 1,000 rows a statement: as many as PostgreSQL's 65,535 bind
// parameters allow took half as long again. The matches are read before, by inArray().
//
// https://orm.drizzle.team/docs/guides/upsert
// https://orm.drizzle.team/docs/insert#upserts-and-conflicts
// https://orm.drizzle.team/docs/transactions
import { inArray, sql } from "drizzle-orm";
import { drizzle as connect } from "drizzle-orm/node-postgres";
import { boolean, pgSchema, primaryKey, timestamp, uuid } from "drizzle-orm/pg-core";
import { chunksOf } from "./subject.js";

const ROWS_A_STATEMENT = 1_000;

/** @type {import("./subject.js").Subject} */
export const drizzle = {
  name: "drizzle",
  pace: "slow",
  async open({ pool, schema }) {
    const { contacts, phones } = tablesOf(schema);
    const database = connect({ client: pool });
    return {
      prepare:
        ({ ownerId, phoneKeys }) =>
        () =>
          database.transaction(async (transaction) => {
            const matches = await transaction
              .select({ phoneKey: phones.phoneKey, linkedUserId: phones.linkedUserId })
              .from(phones)
              .where(inArray(phones.phoneKey, phoneKeys));
            const userOf = new Map(matches.map((match) => [match.phoneKey, match.linkedUserId]));
            const rows = phoneKeys.map((phoneKey) => ({
              ownerId,
              phoneKey,
              linkedUserId: userOf.get(phoneKey) ?? null,
            }));
            for (const chunk of chunksOf(rows, ROWS_A_STATEMENT)) {
              await transaction
                .insert(contacts)
                .values(chunk)
                .onConflictDoUpdate({
                  target: [contacts.ownerId, contacts.phoneKey],
                  set: { linkedUserId: sql`excluded.linked_user_id`, updatedAt: sql`now()` },
                });
            }
          }),
    };
  },
};

/** @param {string} schema */
function tablesOf(schema) {
  const { table } = pgSchema(schema);
  return {
    contacts: table(
      "contacts_with_accounts",
      {
        ownerId: uuid("owner_id").notNull(),
        phoneKey: uuid("phone_key").notNull(),
        createdAt: timestamp("created_at", { withTimezone: true }).notNull().defaultNow(),
        updatedAt: timestamp("updated_at", { withTimezone: true }).notNull().defaultNow(),
        linkedUserId: uuid("linked_user_id"),
        lastInteraction: timestamp("last_interaction", { withTimezone: true }),
        isFavorite: boolean("is_favorite").notNull().default(false),
      },
      (contact) => [primaryKey({ columns: [contact.ownerId, contact.phoneKey] })],
    ),
    phones: table("phones", {
      phoneKey: uuid("phone_key").primaryKey(),
      linkedUserId: uuid("linked_user_id").notNull(),
    }),
  };
}

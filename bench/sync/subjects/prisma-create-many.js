// Prisma's createMany() with skipDuplicates, which its documentation recommends for inserting in
// bulk, "in batches of 1000"; all of them in one transaction. It does less than the others: a
// contact that is stored stays as it is, also where its link is no longer right. The matches are
// read before, by findMany() with `in`.
//
// https://www.prisma.io/docs/orm/prisma-client/queries/query-optimization-performance#using-bulk-queries
// https://www.prisma.io/docs/orm/reference/prisma-client-reference#createmany
import { inTransaction, matchesOf, openPrisma } from "./prisma-client.js";
import { chunksOf } from "./subject.js";

const ROWS_A_STATEMENT = 1_000;

/** @type {import("./subject.js").Subject} */
export const prismaCreateMany = {
  name: "prisma-create-many",
  pace: "slow",
  optional: true,
  async open(environment) {
    const client = await openPrisma(environment);
    return {
      prepare:
        ({ ownerId, phoneKeys }) =>
        async () => {
          const userOf = await matchesOf(client, phoneKeys);
          const rows = phoneKeys.map((phoneKey) => ({
            ownerId,
            phoneKey,
            linkedUserId: userOf.get(phoneKey) ?? null,
          }));
          await inTransaction(
            client,
            chunksOf(rows, ROWS_A_STATEMENT).map((data) =>
              client.contact.createMany({ data, skipDuplicates: true }),
            ),
          );
        },
    };
  },
};

// Prisma's upserts in one $transaction([]): it has no bulk upsert, and this is what its maintainers
// and its documentation give for many. Each of them is an INSERT … ON CONFLICT, because `where` and
// `create` name the same unique values. The matches are read before, by findMany() with `in`.
//
// https://www.prisma.io/docs/orm/reference/prisma-client-reference#upsert
// https://www.prisma.io/docs/orm/prisma-client/queries/transactions#sequential-prisma-client-operations
// https://github.com/prisma/prisma/issues/10362
import { inTransaction, matchesOf, openPrisma } from "./prisma-client.js";

/** @type {import("./subject.js").Subject} */
export const prisma = {
  name: "prisma",
  pace: "slowest",
  optional: true,
  async open(environment) {
    const client = await openPrisma(environment);
    return {
      prepare:
        ({ ownerId, phoneKeys }) =>
        async () => {
          const userOf = await matchesOf(client, phoneKeys);
          await inTransaction(
            client,
            phoneKeys.map((phoneKey) => {
              const linkedUserId = userOf.get(phoneKey) ?? null;
              return client.contact.upsert({
                where: { ownerId_phoneKey: { ownerId, phoneKey } },
                create: { ownerId, phoneKey, linkedUserId },
                update: { linkedUserId },
              });
            }),
          );
        },
    };
  },
};

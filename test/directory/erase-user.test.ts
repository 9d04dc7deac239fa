import { randomUUID } from "node:crypto";
import { expect, test } from "vitest";
import { describePostgres } from "../support/postgres.ts";
import { hashOf, numberOf, numbers, refusal, useContactSync } from "../support/use-contact-sync.ts";

describePostgres("eraseUser", (server) => {
  const { contactSync, database } = useContactSync(server);

  test("leaves nothing that names the user, and everybody else's books", async () => {
    const [user, friend] = [randomUUID(), randomUUID()];
    await contactSync().linkMany([
      { userId: user, phoneNumber: numberOf(1) },
      { userId: user, phoneNumber: numberOf(2) },
    ]);
    await contactSync().syncContacts(user, numbers(7), 7);
    await contactSync().syncContacts(user, numbers(7), 7);
    await contactSync().syncContacts(friend, numbers(4), 4);
    await contactSync().create({ owner_id: friend, phone_hash: hashOf(50), linked_user_id: user });

    expect(await contactSync().eraseUser(user)).toEqual({
      contacts_deleted: 7,
      phones_unlinked: 2,
      given_links_removed: 1,
      runs_folded: 2,
      receipt: expect.any(String),
    });
    expect(await contactSync().summarizeContacts(friend)).toMatchObject({
      contacts_count: 5,
      linked_count: 0,
    });
    expect(await contactSync().getSyncStatus(user)).toMatchObject({ sync_status: "never_synced" });
    expect((await contactSync().getSyncStatistics()).totals).toMatchObject({ total_syncs: 3 });

    const { rows: tables } = await database().pool.query(
      "select relname from pg_class where relnamespace = 'public'::regnamespace and relkind = 'r'",
    );
    expect(tables.length).toBeGreaterThan(7);
    for (const { relname } of tables) {
      const { rows } = await database().pool.query(
        `select count(*)::integer as named from "${relname}" as t where t::text like $1`,
        [`%${user}%`],
      );
      expect([relname, rows[0].named]).toEqual([relname, 0]);
    }
  });

  test("of somebody unknown does nothing; of no user is refused", async () => {
    expect(await contactSync().eraseUser(randomUUID())).toEqual({
      contacts_deleted: 0,
      phones_unlinked: 0,
      given_links_removed: 0,
      runs_folded: 0,
      receipt: expect.any(String),
    });
    await refusal(contactSync().eraseUser("me"), "INVALID_ARGUMENT");
    await refusal(contactSync().eraseUser(undefined as never), "INVALID_ARGUMENT");
  });
});

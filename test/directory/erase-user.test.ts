import { randomUUID } from "node:crypto";
import { expect, test } from "vitest";
import { describePostgres } from "../support/postgres.ts";
import { hashOf, numberOf, numbers, refusal, useEngine } from "../support/use-engine.ts";

describePostgres("eraseUser", (server) => {
  const { engine, database } = useEngine(server);

  test("leaves nothing that names the user, and everybody else's books", async () => {
    const [user, friend] = [randomUUID(), randomUUID()];
    await engine().linkMany([
      { userId: user, phoneNumber: numberOf(1) },
      { userId: user, phoneNumber: numberOf(2) },
    ]);
    await engine().syncContacts(user, numbers(7), 7);
    await engine().syncContacts(user, numbers(7), 7);
    await engine().syncContacts(friend, numbers(4), 4);
    await engine().create({ owner_id: friend, phone_hash: hashOf(50), linked_user_id: user });

    expect(await engine().eraseUser(user)).toEqual({
      contacts_deleted: 7,
      phones_unlinked: 2,
      given_links_removed: 1,
      runs_folded: 2,
    });
    expect(await engine().summarizeContacts(friend)).toMatchObject({
      contacts_count: 5,
      linked_count: 0,
    });
    expect(await engine().getSyncStatus(user)).toMatchObject({ sync_status: "never_synced" });
    expect((await engine().getSyncStatistics()).totals).toMatchObject({ total_syncs: 3 });

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
    expect(await engine().eraseUser(randomUUID())).toEqual({
      contacts_deleted: 0,
      phones_unlinked: 0,
      given_links_removed: 0,
      runs_folded: 0,
    });
    await refusal(engine().eraseUser("me"), "INVALID_ARGUMENT");
    await refusal(engine().eraseUser(undefined as never), "INVALID_ARGUMENT");
  });
});

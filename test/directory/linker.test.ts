import { randomUUID } from "node:crypto";
import { expect, test } from "vitest";
import { describePostgres } from "../support/postgres.ts";
import { hashOf, numberOf, useEngine } from "../support/use-engine.ts";

describePostgres("linkPendingPhones", (server) => {
  const { engine, database } = useEngine(server);

  test("has nothing to do when all is quiet", async () => {
    await engine().syncContacts(randomUUID(), [numberOf(1)], 1);
    await engine().link(randomUUID(), numberOf(1));
    expect(await engine().linkPendingPhones()).toEqual({
      contacts_changed: 0,
      entries_finished: 0,
      entries_waiting: 0,
    });
  });

  test("finishes what waited for a transaction that was running", async () => {
    const [owner, user] = [randomUUID(), randomUUID()];
    await engine().syncContacts(owner, [numberOf(2)], 1);
    const client = await database().pool.connect();
    try {
      await client.query("begin");
      await client.query("select contact_sync_enter_fence()");
      // Returns though somebody is behind the fence, with the ordinary back-fill done.
      expect(await engine().link(user, numberOf(2))).toBe(true);
      expect(await engine().findContact(owner, hashOf(2))).toMatchObject({ linked_user_id: user });
      expect(await engine().linkPendingPhones()).toEqual({
        contacts_changed: 0,
        entries_finished: 0,
        entries_waiting: 1,
      });
    } finally {
      await client.query("rollback");
      client.release();
    }
    expect(await engine().linkPendingPhones()).toEqual({
      contacts_changed: 0,
      entries_finished: 1,
      entries_waiting: 0,
    });
  });
});

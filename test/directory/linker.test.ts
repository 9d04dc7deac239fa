import { randomUUID } from "node:crypto";
import { expect, test } from "vitest";
import { describePostgres } from "../support/postgres.ts";
import { hashOf, numberOf, useContactSync } from "../support/use-contact-sync.ts";

describePostgres("linkPendingPhones", (server) => {
  const { contactSync, database } = useContactSync(server);

  test("has nothing to do when all is quiet", async () => {
    await contactSync().syncContacts(randomUUID(), [numberOf(1)], 1);
    await contactSync().link(randomUUID(), numberOf(1));
    expect(await contactSync().linkPendingPhones()).toEqual({
      contacts_changed: 0,
      entries_finished: 0,
      entries_waiting: 0,
    });
  });

  test("finishes what waited for a transaction that was running", async () => {
    const [owner, user] = [randomUUID(), randomUUID()];
    await contactSync().syncContacts(owner, [numberOf(2)], 1);
    const client = await database().pool.connect();
    try {
      await client.query("begin");
      await client.query("select contact_sync_enter_fence()");
      // Returns though somebody is behind the fence, with the ordinary back-fill done.
      expect(await contactSync().link(user, numberOf(2))).toBe(true);
      expect(await contactSync().findContact(owner, hashOf(2))).toMatchObject({
        linked_user_id: user,
      });
      expect(await contactSync().linkPendingPhones()).toEqual({
        contacts_changed: 0,
        entries_finished: 0,
        entries_waiting: 1,
      });
    } finally {
      await client.query("rollback");
      client.release();
    }
    expect(await contactSync().linkPendingPhones()).toEqual({
      contacts_changed: 0,
      entries_finished: 1,
      entries_waiting: 0,
    });
  });
});

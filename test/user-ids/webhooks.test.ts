import { afterEach, beforeEach, expect, test } from "vitest";
import { useReceivers } from "../events/receiver.ts";
import { startWorker, type Worker } from "../events/worker.ts";
import { describePostgres } from "../support/postgres.ts";
import { until } from "../support/until.ts";
import { hashOf, numberOf, useContactSync } from "../support/use-contact-sync.ts";
import { ALL_IDS, IDS } from "./ids.ts";

describePostgres("webhooks about users whom the app calls by texts", (server) => {
  const { database, contactSync } = useContactSync(server, { userIds: "text" });
  const receiver = useReceivers();
  let worker: Worker | undefined;
  const rows = async (text: string, values: unknown[] = []) =>
    (await database().pool.query(text, values)).rows;

  beforeEach(() => rows("select set_webhooks(true)"));
  afterEach(async () => {
    await worker?.stop();
    worker = undefined;
  });

  test("have the app's ids, of users and of owners, however they are written", async () => {
    const { url, received, faults } = await receiver();
    worker = await startWorker(database(), url, { userIds: "text" });
    for (const owner of ALL_IDS) await contactSync().syncContacts(owner, [numberOf(1)], 1);
    await contactSync().link(IDS.emoji, numberOf(1));
    await until("the link is told", () => received.length === 1);
    await contactSync().unlink(numberOf(1));
    await until("its end is told", () => received.length === 2);
    for (const { data } of received) {
      expect(data).toMatchObject({ user_id: IDS.emoji, phone_hash: hashOf(1) });
      // Nobody is told of themselves.
      const others = ALL_IDS.filter((id) => id !== IDS.emoji);
      expect([...data.owners].sort()).toEqual(others.sort());
    }
    expect(received.map(({ type }) => type)).toEqual(["contacts.linked", "contacts.unlinked"]);
    expect(faults).toEqual([]);
  });

  test("name who was erased until all is told, and then nothing does", async () => {
    const [user, owner] = ["leaves for good", "stays"];
    await contactSync().link(user, numberOf(10));
    await contactSync().syncContacts(owner, [numberOf(10)], 1);
    await contactSync().eraseUser(user);
    // Nobody is told yet, so it is kept; and no read knows it.
    await contactSync().applyRetention();
    expect(
      await rows("select erased_at is null as is_here from contact_sync_users where id_text = $1", [
        user,
      ]),
    ).toEqual([{ is_here: false }]);
    expect(await rows("select find_user($1) as id", [user])).toEqual([{ id: null }]);
    expect((await contactSync().listContacts(owner)).contacts).toMatchObject([
      { linked_user_id: null },
    ]);
    const { url, received } = await receiver();
    worker = await startWorker(database(), url, { userIds: "text" });
    await until("the end is told", () => received.length === 1);
    expect(received[0]).toMatchObject({
      type: "contacts.unlinked",
      data: { user_id: user, owners: [owner] },
    });
    await until(
      "the outbox is empty",
      async () => (await rows("select from contact_sync_outbox")).length === 0,
    );
    await contactSync().applyRetention();
    expect(await rows("select id_text from contact_sync_users where id_text = $1", [user])).toEqual(
      [],
    );
  });

  test("name no owner who was erased meanwhile, and tell of nobody who is unknown", async () => {
    await contactSync().syncContacts("goes", [numberOf(20)], 1);
    await contactSync().syncContacts("remains", [numberOf(20)], 1);
    await contactSync().link("joins", numberOf(20));
    await contactSync().eraseUser("goes");
    const [user] = await rows("select find_user('remains') as id");
    const [contact] = await rows(
      "select phone_key from contacts_with_accounts where owner_id = $1",
      [user.id],
    );
    await rows(
      "insert into contact_sync_outbox (is_link, user_id, phone_key, is_silent, owner_ids, changed_at, due_at) values (true, gen_random_uuid(), $2, false, array[$1::uuid], now() - interval '1 hour', now())",
      [user.id, contact.phone_key],
    );
    const { url, received } = await receiver();
    worker = await startWorker(database(), url, { userIds: "text" });
    await until("the link is told", () => received.length === 1);
    expect(received[0]?.data).toMatchObject({ user_id: "joins", owners: ["remains"] });
    const failures = () => rows("select last_failure from contact_sync_outbox");
    await until(
      "the other can't be",
      async () => (await failures())[0]?.last_failure === "unknown_user",
    );
    expect(received).toHaveLength(1);
  });

  test("and somebody who is erased and comes back is there again", async () => {
    await contactSync().link("back", numberOf(30));
    await contactSync().eraseUser("back");
    await contactSync().link("back", numberOf(30));
    await contactSync().syncContacts("finds", [numberOf(30)], 1);
    expect((await contactSync().listContacts("finds")).contacts).toMatchObject([
      { linked_user_id: "back" },
    ]);
    await contactSync().applyRetention();
    expect(await rows("select erased_at from contact_sync_users where id_text = 'back'")).toEqual([
      { erased_at: null },
    ]);
  });
});

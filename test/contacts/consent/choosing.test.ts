// What is so when a choice or a block returns, and when it is refused, cut off or waits.
import { randomUUID } from "node:crypto";
import { beforeAll, beforeEach, describe, expect, test } from "vitest";
import { readConfiguration } from "../../../src/process/configuration.ts";
import { openContactSync } from "../../support/open-contact-sync.ts";
import { describePostgres } from "../../support/postgres.ts";
import { hashOf, numberOf, refusal, useContactSync } from "../../support/use-contact-sync.ts";

describePostgres("choosing who finds me", (server) => {
  const { database, contactSync: all } = useContactSync(server);
  const query = async (text: string, values: unknown[] = []) =>
    (await database().pool.query(text, values)).rows;
  beforeAll(() => query("select set_webhooks(true)"));

  let next = 0;
  let [omar, aylin, since] = ["", "", ""];
  let [aylins, given] = [0, 0];
  beforeEach(async () => {
    [omar, aylin] = [randomUUID(), randomUUID()];
    [aylins, given] = [next, next + 1];
    next += 2;
    await all().link(aylin, numberOf(aylins));
    await all().syncContacts(omar, [numberOf(aylins)], 1);
    await all().bulkInsertContacts([
      { owner_id: omar, phone_hash: hashOf(given), linked_user_id: aylin },
    ]);
    await all().linkPendingPhones();
    since = (await all().listChanges(omar)).cursor;
    await query("delete from contact_sync_outbox");
  });

  /** How many of Omar's rows say that they are Aylin's. */
  const rowsLinked = async () => {
    const [row] = await query(
      `select count(*)::integer as linked from contacts_with_accounts
        where owner_id = $1 and linked_user_id = $2`,
      [omar, aylin],
    );
    return row.linked;
  };
  const told = async () =>
    (await all().listChanges(omar, { since })).changes.map(({ user_id }) => user_id).sort();
  const queued = async () =>
    query(
      "select from contact_sync_pending_links union all select from contact_sync_pending_books",
    );
  /** In a transaction of somebody's that goes on. */
  async function meanwhile(statement: string, values: unknown[], work: () => Promise<void>) {
    const client = await database().pool.connect();
    try {
      await client.query("begin");
      await client.query(statement, values);
      await work();
    } finally {
      await client.query("rollback");
      client.release();
    }
  }

  const HIDES: Record<string, () => Promise<unknown>> = {
    nobody: () => all().setDiscoverability(aylin, "nobody"),
    mutual: () => all().setDiscoverability(aylin, "mutual"),
    blockUser: () => all().blockUser(aylin, omar),
  };
  const SHOWS: Record<string, () => Promise<unknown>> = {
    nobody: () => all().setDiscoverability(aylin, "everybody"),
    mutual: () => all().setDiscoverability(aylin, null),
    blockUser: () => all().unblockUser(aylin, omar),
  };

  describe.each(Object.keys(HIDES))("%s", (way) => {
    test("is done when it returns: rows, changes, messages, and nothing waits", async () => {
      await HIDES[way]?.();
      expect(await rowsLinked()).toBe(0);
      expect(await told()).toEqual([null, null]);
      expect(await queued()).toEqual([]);
      await SHOWS[way]?.();
      // A link that was given is gone for good.
      expect(await rowsLinked()).toBe(1);
      expect(await told()).toEqual([aylin, null]);
      expect(await queued()).toEqual([]);
      const messages = await query("select is_link, user_id, owner_ids from contact_sync_outbox");
      expect(messages).toHaveLength(3);
      expect(messages.filter(({ is_link }) => is_link)).toHaveLength(1);
      for (const message of messages)
        expect(message).toMatchObject({ user_id: aylin, owner_ids: [omar] });
    });

    test("waits for nobody in whose book a transaction is at work", async () => {
      await meanwhile("select contact_sync_lock_owners(array[$1::uuid])", [omar], async () => {
        await HIDES[way]?.();
        expect(await rowsLinked()).toBe(2);
        expect((await all().summarizeContacts(omar)).linked_count).toBe(0);
      });
      await all().linkPendingPhones();
      expect(await rowsLinked()).toBe(0);
      expect(await told()).toEqual([null, null]);
    });

    test("is finished by its repeat, when it was cut off in between", async () => {
      const cut = {
        nobody: "select contact_sync_choose_discoverable($1, 'nobody') where $2::uuid is not null",
        mutual: "select contact_sync_choose_discoverable($1, 'mutual') where $2::uuid is not null",
        blockUser: "select contact_sync_change_block($1, $2, true)",
      }[way];
      await query(cut ?? "", [aylin, omar]);
      expect(await rowsLinked()).toBe(2);
      await HIDES[way]?.();
      expect(await rowsLinked()).toBe(0);
      expect(await queued()).toEqual([]);
    });
  });

  test("leaves to the linker what is more than a moment's work", async () => {
    const celebrity = randomUUID();
    const number = next;
    next += 1;
    await all().link(celebrity, numberOf(number));
    const owners = Array.from({ length: 9_000 }, () => randomUUID());
    for (const some of [owners.slice(0, 4_500), owners.slice(4_500)]) {
      await all().bulkInsertContacts(
        some.map((owner_id) => ({ owner_id, phone_hash: hashOf(number) })),
      );
    }
    const linked = async () =>
      (
        await query(
          "select count(*)::integer as linked from contacts_with_accounts where linked_user_id = $1",
          [celebrity],
        )
      )[0].linked;
    expect(await linked()).toBe(9_000);
    await all().setDiscoverability(celebrity, "nobody");
    expect(await linked()).toBeGreaterThan(0);
    expect(await linked()).toBeLessThan(5_000);
    for (const owner of owners.slice(-3)) {
      expect((await all().summarizeContacts(owner)).linked_count).toBe(0);
    }
    await all().linkPendingPhones();
    expect(await linked()).toBe(0);
  });

  test("a block beyond 10,000 is refused, and changes nothing", async () => {
    await query(
      `insert into contact_sync_blocks (user_id, blocked_user_id)
       select $1, gen_random_uuid() from generate_series(1, 10000)`,
      [aylin],
    );
    await refusal(all().blockUser(aylin, omar), "BLOCK_LIMIT_EXCEEDED");
    expect((await all().findContact(omar, hashOf(aylins)))?.linked_user_id).toBe(aylin);
    const [
      {
        blocks: [first],
      },
    ] = [await all().listBlockedUsers(aylin, { limit: 1 })];
    expect(await all().blockUser(aylin, first?.user_id ?? "")).toBe(false);
    expect(await all().unblockUser(aylin, first?.user_id ?? "")).toBe(true);
    expect(await all().blockUser(aylin, omar)).toBe(true);
  });

  test("the blocked are listed page by page, each once, whatever comes between", async () => {
    const blocked = Array.from({ length: 7 }, () => randomUUID()).sort();
    for (const user of blocked) expect(await all().blockUser(aylin, user)).toBe(true);
    const { blocks, next_cursor } = await all().listBlockedUsers(aylin, { limit: 3 });
    expect(blocks.every(({ blocked_at }) => blocked_at instanceof Date)).toBe(true);
    await all().unblockUser(aylin, blocked[2] as string);
    const rest = await all().listBlockedUsers(aylin, { limit: 4, cursor: next_cursor ?? "" });
    expect([...blocks, ...rest.blocks].map(({ user_id }) => user_id)).toEqual(blocked);
    const last = await all().listBlockedUsers(aylin, { cursor: rest.next_cursor ?? "" });
    expect(last).toEqual({ blocks: [], next_cursor: null });
  });

  test("a cursor of another list is refused, in both directions", async () => {
    await all().blockUser(aylin, omar);
    const cursor = (await all().listBlockedUsers(aylin, { limit: 1 })).next_cursor ?? "";
    await refusal(all().listContacts(aylin, { cursor }), "INVALID_ARGUMENT");
    await refusal(all().listBlockedUsers(omar, { cursor }), "INVALID_ARGUMENT");
    const { next_cursor } = await all().listContacts(omar, { limit: 1 });
    await refusal(all().listBlockedUsers(omar, { cursor: next_cursor ?? "" }), "INVALID_ARGUMENT");
  });

  test("an erasure takes the choice, the blocks, and the blocks of others", async () => {
    await all().setDiscoverability(aylin, "nobody");
    await all().blockUser(aylin, omar);
    await all().blockUser(omar, aylin);
    await all().eraseUser(aylin);
    expect(await all().getDiscoverability(aylin)).toMatchObject({ is_default: true });
    expect((await all().listBlockedUsers(aylin)).blocks).toEqual([]);
    expect((await all().listBlockedUsers(omar)).blocks).toEqual([]);
  });
});

describePostgres("the default of who is found", (server) => {
  const { database, contactSync: all } = useContactSync(server);

  test("is the database's: set by whoever is opened with one, and left alone by others", async () => {
    const [chosen, other, omar] = [randomUUID(), randomUUID(), randomUUID()];
    await all().linkMany([
      { userId: chosen, phoneNumber: numberOf(1) },
      { userId: other, phoneNumber: numberOf(2) },
    ]);
    await all().setDiscoverability(chosen, "everybody");
    await all().syncContacts(omar, [numberOf(1), numberOf(2)], 2);
    const found = async () => {
      const { contacts } = await all().listContacts(omar, { linked: true });
      return contacts.map(({ linked_user_id }) => linked_user_id).sort();
    };
    expect(await found()).toEqual([chosen, other].sort());
    await (await openContactSync(database(), { discoverable: "nobody" })).close();
    expect(await found()).toEqual([chosen]);
    expect(await all().getDiscoverability(other)).toEqual({
      discoverable: "nobody",
      is_default: true,
    });
    await all().linkPendingPhones();

    // What is set already costs nothing, and who names none leaves it.
    await (await openContactSync(database(), { discoverable: "nobody" })).close();
    await (await openContactSync(database())).close();
    const { rows } = await database().pool.query("select from contact_sync_pending_links");
    expect(rows).toEqual([]);
    expect(await found()).toEqual([chosen]);

    await (await openContactSync(database(), { discoverable: "everybody" })).close();
    await all().linkPendingPhones();
    expect(await found()).toEqual([chosen, other].sort());
  });

  test.each(["", "Nobody", "friends", 1, null, ["nobody"]])("is not %j", async (discoverable) => {
    const options = { discoverable } as never;
    const { message } = await refusal(openContactSync(database(), options), "INVALID_ARGUMENT");
    expect(message).toContain("discoverable must be everybody, mutual or nobody");
  });

  test("is read from the environment, by whatever opens the engine", () => {
    const read = (value: string) =>
      readConfiguration({ CONTACT_SYNC_DISCOVERABLE: value }).discoverable;
    expect([read("mutual"), read(" nobody "), read("")]).toEqual(["mutual", "nobody", undefined]);
    expect(() => read("friends")).toThrow(
      "INVALID_ARGUMENT: CONTACT_SYNC_DISCOVERABLE: it must be everybody, mutual or nobody",
    );
  });
});

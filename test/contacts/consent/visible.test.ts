// Who comes into sight and goes out of it, and that Omar is told: by reads at once, and by his
// changes and the outbox when the linker has been round.
import { randomUUID } from "node:crypto";
import { beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { Change } from "../../../src/index.ts";
import { describePostgres } from "../../support/postgres.ts";
import { hashOf, numberOf, useContactSync } from "../../support/use-contact-sync.ts";

describePostgres("who is found by those alone whom they know", (server) => {
  const { database, contactSync: all } = useContactSync(server);
  const query = async (text: string, values: unknown[] = []) =>
    (await database().pool.query(text, values)).rows;
  beforeAll(() => query("select set_webhooks(true)"));

  let next = 0;
  let [omar, aylin] = ["", ""];
  let [omars, aylins] = [0, 0];
  let since = "";
  beforeEach(async () => {
    [omar, aylin] = [randomUUID(), randomUUID()];
    [omars, aylins] = [next, next + 1];
    next += 10;
    await all().link(omar, numberOf(omars));
    await all().link(aylin, numberOf(aylins));
    await all().setDiscoverability(aylin, "mutual");
    await all().syncContacts(omar, [numberOf(aylins), numberOf(aylins + 1)], 2);
    since = (await all().listChanges(omar)).cursor;
    await query("delete from contact_sync_outbox");
  });

  /** What Omar sees of Aylin, asked in every way, which must all say the same. */
  async function seen(): Promise<string | null> {
    const ways = [
      (await all().findContact(omar, hashOf(aylins)))?.linked_user_id,
      (await all().listContacts(omar, { linked: true })).contacts[0]?.linked_user_id ?? null,
      (await all().summarizeContacts(omar)).linked_count === 1 ? aylin : null,
    ];
    expect(new Set(ways).size, JSON.stringify(ways)).toBe(1);
    return ways[0] ?? null;
  }
  async function matched(): Promise<string | null> {
    const { matches } = await all().syncContacts(omar, [numberOf(aylins)], 1);
    return matches[0]?.user_id ?? null;
  }
  /** What has been told since the last time. */
  async function told(): Promise<Change[]> {
    const { changes, cursor } = await all().listChanges(omar, { since });
    since = cursor;
    return changes;
  }
  async function announced(): Promise<unknown[]> {
    const rows = await query(
      "delete from contact_sync_outbox returning is_link, user_id, owner_ids",
    );
    return rows.map(({ is_link, user_id, owner_ids }) => [is_link, user_id, owner_ids]);
  }
  const change = (user_id: string | null) => [
    { phone_hash: hashOf(aylins), user_id, silent: false },
  ];
  const link = () => all().linkPendingPhones();

  const ADDS: Record<string, () => Promise<unknown>> = {
    syncContacts: () => all().syncContacts(aylin, [numberOf(omars)], 1),
    "a stream": async () =>
      all().syncContacts(
        aylin,
        (async function* () {
          yield numberOf(omars);
        })(),
        null,
      ),
    "a device": () =>
      all().syncPhoneHashes(aylin, [hashOf(omars)], 1, { deviceId: "phone", mode: "replace" }),
    create: () => all().create({ owner_id: aylin, phone_hash: hashOf(omars) }),
    "a delta": async () => {
      const { sync_token } = await all().syncPhoneHashes(aylin, [hashOf(aylins + 2)], 1, {
        deviceId: "phone",
        mode: "replace",
      });
      const { digestOf } = await import("@contact-sync/client");
      await all().syncDelta(aylin, {
        syncToken: sync_token ?? "",
        digest: digestOf([hashOf(aylins + 2), hashOf(omars)]),
        added: [hashOf(omars)],
        removed: [],
      });
    },
    "another number of the owner's that is in the book": async () => {
      await all().syncContacts(aylin, [numberOf(aylins + 3)], 1);
      await all().link(omar, numberOf(aylins + 3));
    },
  };

  test.each(Object.keys(ADDS))("comes into sight by %s", async (way) => {
    expect(await seen()).toBeNull();
    await ADDS[way]?.();
    await link();
    expect(await seen()).toBe(aylin);
    expect(await told()).toEqual(change(aylin));
    expect(await announced()).toContainEqual([true, aylin, [omar]]);
    expect(await matched()).toBe(aylin);
  });

  const device = { deviceId: "phone", mode: "replace", confirmRemoval: true } as const;
  const REMOVES: Record<string, () => Promise<unknown>> = {
    "a replace": () => all().syncContacts(aylin, [], 0, { mode: "replace", confirmRemoval: true }),
    "a device's replace": () => all().syncPhoneHashes(aylin, [], 0, device),
    deleteContacts: () => all().deleteContacts(aylin, [hashOf(omars)]),
    deleteAllContacts: () => all().deleteAllContacts(aylin),
    forgetDevice: () => all().forgetDevice(aylin, "phone"),
    "erasing the found": () => all().eraseUser(aylin),
    "a number that the owner gives up": () => all().unlink(numberOf(omars)),
    "a number that goes to somebody else": () => all().link(randomUUID(), numberOf(omars)),
    "nobody, chosen": () => all().setDiscoverability(aylin, "nobody"),
    blockUser: () => all().blockUser(aylin, omar),
  };
  const BY_DEVICE = ["forgetDevice", "a device's replace"];

  describe.each(Object.keys(REMOVES))("goes out of sight by %s", (way) => {
    const inSight = async () => {
      const hashes = [hashOf(omars)];
      const isByDevice = BY_DEVICE.includes(way);
      await all().syncPhoneHashes(aylin, hashes, 1, isByDevice ? device : {});
      await link();
      expect(await seen()).toBe(aylin);
      await told();
      await announced();
    };

    test("at once for reads, and then for who follows", async () => {
      await inSight();
      await REMOVES[way]?.();
      expect(await seen()).toBeNull();
      await link();
      expect(await told()).toEqual(change(null));
      expect(await announced()).toContainEqual([false, aylin, [omar]]);
      expect(await matched()).toBeNull();
    });

    test("at once for a sync", async () => {
      await inSight();
      await REMOVES[way]?.();
      expect(await matched()).toBeNull();
      expect(await told()).toEqual(change(null));
    });
  });

  test("and is back, as if they had gone, when who follows may have seen them gone", async () => {
    await all().syncContacts(aylin, [numberOf(omars)], 1);
    await link();
    await told();
    await announced();
    await all().deleteContacts(aylin, [hashOf(omars)]);
    expect(await seen()).toBeNull();
    await all().syncContacts(aylin, [numberOf(omars)], 1);
    await link();
    expect(await seen()).toBe(aylin);
    expect(await told()).toEqual(change(aylin));
    expect(await announced()).toEqual([
      [false, aylin, [omar]],
      [true, aylin, [omar]],
    ]);
  });

  describe("a link that was given", () => {
    const given = () => hashOf(aylins + 4);
    const isGiven = async () => (await all().findContact(omar, given()))?.linked_user_id ?? null;
    const isMatched = async () =>
      (await all().syncPhoneHashes(omar, [given()], 1)).matches[0]?.user_id ?? null;

    test.each(Object.keys(REMOVES))("goes out of sight by %s", async (way) => {
      await all().syncPhoneHashes(aylin, [hashOf(omars)], 1, BY_DEVICE.includes(way) ? device : {});
      await all().bulkInsertContacts([
        { owner_id: omar, phone_hash: given(), linked_user_id: aylin },
      ]);
      await link();
      expect(await isGiven()).toBe(aylin);
      await told();
      await REMOVES[way]?.();
      expect(await isGiven()).toBeNull();
      expect(await isMatched()).toBeNull();
      await link();
      expect(await isMatched()).toBeNull();
      expect((await told()).map(({ user_id }) => user_id)).toEqual([null, null]);
      const [row] = await query(
        "select count(*)::integer as left from contacts_with_accounts where owner_id = $1 and linked_user_id = $2",
        [omar, aylin],
      );
      expect(row).toEqual({ left: 0 });
    });

    // The linker knows what is to go, and Omar's book is locked.
    test("is not told by a sync while the linker waits for its owner", async () => {
      await all().setDiscoverability(aylin, "everybody");
      await all().bulkInsertContacts([
        { owner_id: omar, phone_hash: given(), linked_user_id: aylin },
      ]);
      await link();
      const client = await database().pool.connect();
      try {
        await client.query("begin");
        await client.query("select contact_sync_lock_owners(array[$1::uuid])", [omar]);
        await all().setDiscoverability(aylin, "nobody");
        await client.query("rollback");
      } finally {
        client.release();
      }
      expect(await isMatched()).toBeNull();
    });

    test("is looked at again where the book changes while it is being given", async () => {
      await all().syncContacts(aylin, [numberOf(omars)], 1);
      await link();
      const client = await database().pool.connect();
      try {
        await client.query("begin");
        await client.query(
          `select bulk_insert_contacts(jsonb_build_array(jsonb_build_object(
             'owner_id', $1::text, 'phone_hash', translate($1::text, '-', ''), 'linked_user_id', $2::text)))`,
          [omar, aylin],
        );
        await all().deleteContacts(aylin, [hashOf(omars)]);
        await client.query("commit");
      } finally {
        client.release();
      }
      await link();
      const [row] = await query(
        "select count(*)::integer as left from contacts_with_accounts where owner_id = $1 and linked_user_id = $2",
        [omar, aylin],
      );
      expect(row).toEqual({ left: 0 });
    });

    // As docs/consent.md says: the directory knows better whose the number is, and that the link ends
    // tells that somebody has verified it, not who.
    test("ends where the number is verified by somebody who may not be found", async () => {
      const [berta, hidden] = [randomUUID(), randomUUID()];
      await all().bulkInsertContacts([
        { owner_id: omar, phone_hash: given(), linked_user_id: berta },
      ]);
      await all().setDiscoverability(hidden, "nobody");
      await all().link(hidden, numberOf(aylins + 4));
      expect(await isGiven()).toBeNull();
    });
  });
});

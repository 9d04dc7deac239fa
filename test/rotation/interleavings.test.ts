import { randomUUID } from "node:crypto";
import { digestOf } from "@contact-sync/client";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Engine } from "../../src/engine/engine.ts";
import type { ContactsWithAccounts } from "../../src/index.ts";
import { rotateKey } from "../../src/rotation/rotate-key.ts";
import { type Session, untilBlocked, useSessions } from "../interleavings/session.ts";
import { describePostgres, type TestDatabase, useDatabase } from "../support/postgres.ts";
import { until } from "../support/until.ts";
import { hashOf, numberOf, numbers, refusal, streamOf } from "../support/use-contact-sync.ts";
import { createWorld, emptied, rotateUntil, strangers, type World } from "./world.ts";

describePostgres("a change of the sealing key, while others are at work", (server) => {
  const getDatabase = useDatabase(server);
  let database: TestDatabase;
  let world: World;
  let old: ContactsWithAccounts;
  let both: ContactsWithAccounts;
  let engine: Engine;
  let owner: string;
  let user: string;
  const open = useSessions(getDatabase);
  beforeEach(async () => {
    database = getDatabase();
    await emptied(database);
    world = createWorld(database);
    old = await world.openOld();
    both = await world.openBoth();
    engine = await world.openEngine();
    [owner, user] = [randomUUID(), randomUUID()];
    await old.syncContacts(owner, numbers(5), 5, { deviceId: "phone", mode: "replace" });
  });
  afterEach(() => world.close());

  const oldKey = (n: number) => world.oldCipher.encrypt([hashOf(n)])[0] as string;
  const newKey = (n: number) => world.newCipher.encrypt([hashOf(n)])[0] as string;
  const linkOf = async (n: number, by: ContactsWithAccounts = both) =>
    (await by.findContact(owner, hashOf(n)))?.linked_user_id;
  const finished = async () => {
    await rotateKey(engine);
    expect(await strangers(world, numbers(20))).toEqual([]);
    return world.openNew();
  };

  test("waits for a link that had begun before it, and misses nothing of it", async () => {
    const app = await open();
    await app.begin();
    await app.call("link_phone", oldKey(1), user);
    let waited = 0;
    const rotating = rotateKey(engine, {
      onProgress: ({ step, waitingFor }) => {
        if (step === "directory" && waitingFor > 0) waited += 1;
      },
    });
    await until("it waits for the link", () => waited > 0);
    await app.commit();
    await rotating;
    expect(await linkOf(1, await world.openNew())).toBe(user);
  });

  test("refuses a link by one key once it has begun, and one by two before", async () => {
    await expect(
      database.pool.query("select link_phone($1, $2, null, true, $3)", [
        oldKey(1),
        user,
        newKey(1),
      ]),
    ).rejects.toMatchObject({ code: "YC035" });
    await rotateUntil(engine, () => true);
    for (const call of ["link_phone($1, $2)", "unlink_phone($1, $2)"]) {
      await expect(database.pool.query(`select ${call}`, [oldKey(1), user])).rejects.toMatchObject({
        code: "YC035",
      });
    }
    expect(await both.link(user, numberOf(1))).toBe(true);
    expect(await linkOf(1)).toBe(user);
    const { rows } = await database.pool.query("select count(*)::int as phones from phones");
    expect(rows).toEqual([{ phones: 2 }]);
    expect(await both.unlink(numberOf(1))).toBe(1);
    expect(await linkOf(1)).toBe(null);
    expect((await database.pool.query("select from phones")).rows).toEqual([]);
  });

  test("takes a number over for both of its rows, and refuses an older verification for both", async () => {
    await rotateUntil(engine, ({ step }) => step === "books");
    await both.link(user, numberOf(1), { verifiedAt: "2026-02-02T00:00:00Z" });
    await refusal(
      both.link(randomUUID(), numberOf(1), { verifiedAt: "2026-01-01T00:00:00Z" }),
      "VERIFICATION_OUTDATED",
    );
    const heir = randomUUID();
    await both.link(heir, numberOf(1), { verifiedAt: "2026-03-03T00:00:00Z", announce: false });
    const { rows } = await database.pool.query(
      "select linked_user_id as heir, is_silent from phones order by key_number",
    );
    expect(rows).toEqual([
      { heir, is_silent: true },
      { heir, is_silent: true },
    ]);
    expect(await linkOf(1, await finished())).toBe(heir);
  });

  test("goes on with others while an owner is locked, and comes back", async () => {
    const others = Array.from({ length: 3 }, () => randomUUID());
    for (const other of others) await old.syncContacts(other, numbers(2), 2);
    const app = await open();
    await app.begin();
    await app.rows("select contact_sync_lock_owners($1)", [[owner]]);
    let moved = 0;
    let waited = 0;
    const rotating = rotateKey(engine, {
      onProgress: ({ ownersMoved, waitingFor, step }) => {
        moved = ownersMoved;
        if (step === "books" && waitingFor > 0) waited += 1;
      },
    });
    await until("the others are moved", () => moved === 3 && waited > 1);
    expect((await both.rotationState()).owners_left).toBe(1);
    await app.commit();
    expect(await rotating).toMatchObject({ owners_moved: 4 });
  });

  test("waits for what the linker has yet to finish by the old key, whoever had it look", async () => {
    await old.link(user, numberOf(10));
    await old.link(owner, numberOf(9));
    await old.setDiscoverability(user, "mutual");
    const app = await open();
    await app.begin();
    await app.rows("select contact_sync_enter_fence()");
    // On a cluster, that is enqueued by the user's node.
    await old.syncContacts(user, [numberOf(9)], 1);
    let waited = 0;
    const rotating = rotateKey(engine, {
      onProgress: ({ step, waitingFor }) => {
        if (step === "remains" && waitingFor > 0) waited += 1;
      },
    });
    await until("it waits for the linker", () => waited > 1);
    await app.commit();
    await rotating;
    expect(await strangers(world, numbers(20))).toEqual([]);
  });

  /** Moves the owner in a session, up to just before it commits. */
  async function movedBy(session: Session): Promise<void> {
    await rotateUntil(engine, ({ step }) => step === "books");
    await session.begin();
    const taken = await session.call<{ owner_ids: string[]; phone_keys: Buffer }>(
      "contact_sync_take_books",
      [owner],
    );
    expect(taken.owner_ids).toEqual([owner]);
    const keys = taken.phone_keys.toString("hex").match(/.{32}/g) ?? [];
    const next = world.newCipher.encrypt(world.oldCipher.decrypt(keys));
    await session.call("contact_sync_move_books", [owner], keys, next);
  }

  const CALLS: Record<string, (library: ContactsWithAccounts) => Promise<unknown>> = {
    sync: (library) => library.syncContacts(owner, numbers(7), 7),
    "sync of a device": (library) =>
      library.syncContacts(owner, numbers(7), 7, { deviceId: "phone", mode: "replace" }),
    "merge of a device": (library) =>
      library.syncContacts(owner, numbers(7), 7, { deviceId: "phone", mode: "merge" }),
    stream: (library) => library.syncContacts(owner, streamOf(numbers(7)), null),
    "stream that replaces": (library) =>
      library.syncContacts(owner, streamOf(numbers(7)), null, { mode: "replace" }),
    "stream of a device": (library) =>
      library.syncContacts(owner, streamOf(numbers(7)), null, { deviceId: "phone" }),
    "bulk insert": (library) =>
      library.bulkInsertContacts([5, 6].map((n) => ({ owner_id: owner, phone_hash: hashOf(n) }))),
    creation: async (library) => {
      await library.create({ owner_id: owner, phone_hash: hashOf(5) });
      await library.create({ owner_id: owner, phone_hash: hashOf(6) });
    },
    session: async (library) => {
      const hashes = [0, 1, 2, 3, 4, 5, 6].map(hashOf);
      const { session_id } = await library.beginSession(owner, {
        deviceId: "phone",
        deviceContactsCount: 7,
      });
      await library.putSessionPart(owner, session_id, 0, hashes);
      await library.commitSession(owner, session_id, { parts: 1, digest: digestOf(hashes) });
    },
  };
  describe.each(Object.entries(CALLS))("%s that waits for the owner", (_, call) => {
    test("is done with the other key once the owner is moved", async () => {
      const mover = await open();
      await movedBy(mover);
      const called = call(both);
      await untilBlocked(database);
      await mover.commit();
      await called;
      const next = await finished();
      const { contacts } = await next.listContacts(owner);
      expect(contacts.map(({ phone_hash }) => phone_hash).toSorted()).toEqual(
        [0, 1, 2, 3, 4, 5, 6].map(hashOf).toSorted(),
      );
      const { rows } = await database.pool.query(
        "select contacts_count from contact_sync_status where owner_id = $1",
        [owner],
      );
      expect(rows).toEqual([{ contacts_count: 7 }]);
    });
  });

  test("a favourite, an interaction and a deletion that wait are done with the other key", async () => {
    const mover = await open();
    await movedBy(mover);
    const called = Promise.all([
      both.setFavorite(owner, hashOf(1), true),
      both.recordInteraction(owner, hashOf(2), "2026-01-02T00:00:00Z"),
      both.deleteContacts(owner, [hashOf(3)]),
    ]);
    await untilBlocked(database);
    await mover.commit();
    expect(await called).toMatchObject([
      { is_favorite: true, phone_hash: hashOf(1) },
      { last_interaction: new Date("2026-01-02T00:00:00Z") },
      1,
    ]);
  });

  test("a delta that waits is told to send a full sync", async () => {
    const { sync_token } = await both.syncContacts(owner, numbers(5), 5, {
      deviceId: "phone",
      mode: "replace",
    });
    const mover = await open();
    await movedBy(mover);
    const called = refusal(
      both.syncDelta(owner, {
        syncToken: sync_token as string,
        digest: digestOf([0, 1, 2, 3, 4, 5].map(hashOf)),
        added: [hashOf(5)],
        removed: [],
      }),
      "SYNC_TOKEN_EXPIRED",
    );
    await untilBlocked(database);
    await mover.commit();
    await called;
  });

  test("a session that was begun before is gone, and a stream goes on", async () => {
    const { session_id } = await both.beginSession(owner, {
      deviceId: "phone",
      deviceContactsCount: 1,
    });
    await both.putSessionPart(owner, session_id, 0, [hashOf(1)]);
    async function* entries() {
      yield* numbers(5_000);
      await rotateUntil(engine, ({ ownersMoved }) => ownersMoved > 0);
      yield* numbers(10, 5_000);
    }
    await old.close();
    const result = await both.syncContacts(owner, entries(), null, { mode: "replace" });
    expect(result).toMatchObject({ total_processed: 5_010, contacts_inserted: 5_005 });
    await refusal(both.putSessionPart(owner, session_id, 1, [hashOf(2)]), "SESSION_NOT_FOUND");
    await refusal(
      both.commitSession(owner, session_id, { parts: 1, digest: digestOf([hashOf(1)]) }),
      "SESSION_NOT_FOUND",
    );
    expect(await both.summarizeContacts(owner)).toMatchObject({ contacts_count: 5_010 });
    await rotateKey(engine);
    expect(await (await world.openNew()).findContact(owner, hashOf(5_009))).not.toBe(null);
  });

  test("a change that the linker has finished for moved books reaches one that is moved later", async () => {
    await rotateUntil(engine, ({ step }) => step === "books");
    const [app, mover] = [await open(), await open()];
    await app.begin();
    // The row alone, and not the fence, which whoever locks owners enters on a cluster.
    await app.rows("select from contact_sync_status where owner_id = $1 for update", [owner]);
    await both.link(user, numberOf(1)); // the owner is locked: late
    // By the next key nobody holds it, and the linker is done with that.
    const { rows } = await database.pool.query(
      "select replace(phone_key::text, '-', '') as key from contact_sync_pending_links",
    );
    expect(rows).toEqual([{ key: oldKey(1) }]);
    await app.rollback();
    await movedBy(mover);
    await mover.commit();
    await both.linkPendingPhones();
    expect(await linkOf(1, await finished())).toBe(user);
  });

  test("who is erased meanwhile is gone by both keys, and counts once", async () => {
    await old.link(user, numberOf(1));
    const other = randomUUID();
    await rotateUntil(engine, ({ step }) => step === "books");
    await both.syncContacts(other, numbers(3), 3); // by the next key
    expect(await both.eraseUser(user)).toMatchObject({ phones_unlinked: 1 });
    expect(await linkOf(1)).toBe(null);
    expect((await both.findContact(other, hashOf(1)))?.linked_user_id).toBe(null);
    const { rows } = await database.pool.query("select from phones");
    expect(rows).toEqual([]);
    await both.eraseUser(owner);
    await finished();
    expect((await database.pool.query("select owner_id from contact_sync_status")).rows).toEqual([
      { owner_id: other },
    ]);
  });

  test.each([
    ["erased", () => both.eraseUser(user)],
    ["unlinked", () => both.unlink(numberOf(1))],
  ])("a number that is %s while it gets its second row keeps neither", async (_, leave) => {
    await old.link(user, numberOf(1));
    await rotateUntil(engine, () => true);
    const twins = await open();
    await twins.begin();
    await twins.call("contact_sync_twin_numbers", [oldKey(1)], [newKey(1)]);
    const left = leave();
    await untilBlocked(database);
    await twins.commit();
    expect(await left).toBeTruthy();
    expect((await database.pool.query("select from phones")).rows).toEqual([]);
    expect(await linkOf(1, await finished())).toBe(null);
  });

  test("an owner whose status somebody deleted is moved with the others", async () => {
    await database.pool.query("delete from contact_sync_status");
    expect(await rotateKey(engine)).toMatchObject({ owners_moved: 1, contacts_moved: 5 });
    expect(await (await world.openNew()).summarizeContacts(owner)).toMatchObject({
      contacts_count: 5,
    });
  });

  test("a bulk insert takes owners of both keys in one call, all or nothing", async () => {
    const moved = randomUUID();
    await rotateUntil(engine, ({ step }) => step === "books");
    await both.syncContacts(moved, numbers(2), 2);
    await both.link(user, numberOf(9));
    const items = [owner, moved, owner, moved].map((owner_id, n) => ({
      owner_id,
      phone_hash: hashOf(n < 2 ? 9 : 10),
    }));
    expect(await both.bulkInsertContacts(items)).toMatchObject({
      total_processed: 4,
      contacts_inserted: 4,
      matched_contacts: 2,
      contacts_unchanged: 0,
    });
    const next = await finished();
    for (const id of [owner, moved]) {
      expect((await next.findContact(id, hashOf(9)))?.linked_user_id).toBe(user);
      expect(await next.findContact(id, hashOf(10))).not.toBe(null);
    }
  });

  test("in a transaction of the app's own, a call that meets a step says so and can be repeated", async () => {
    const app = await open();
    await movedBy(app);
    await app.commit();
    await expect(
      database.pool.query(
        "select * from list_contacts($1) where contact_sync_verify_key($2, $3, $1)",
        [owner, ...Object.values(engine.keyRing.inForce.current.record)],
      ),
    ).rejects.toMatchObject({ code: "YC035", detail: '{"retry_after_seconds": 1}' });
  });
});

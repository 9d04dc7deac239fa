import { applyToDigest, digestOf } from "@contact-sync/client";
import { afterEach, expect, test } from "vitest";
import { type ContactsWithAccounts, verifyReceipt } from "../../src/index.ts";
import { describePostgres } from "../support/postgres.ts";
import {
  hashOf,
  numberOf,
  numbers,
  refusal,
  streamOf,
  useContactSync,
} from "../support/use-contact-sync.ts";
import { ALL_IDS, IDS, NO_IDS, uuidsIn } from "./ids.ts";

/** A pair of neighbours each: an owner and whom they find, by a number of the pair's own. */
const PAIRS = ALL_IDS.map((owner, place) => ({
  owner,
  friend: ALL_IDS[(place + 1) % ALL_IDS.length] as string,
  n: 1_000 + place,
}));

describePostgres("users whom the app calls by texts", (server) => {
  const { contactSync: opened, database } = useContactSync(server, { userIds: "text" });
  const answers: unknown[] = [];
  /** The library, whose answers are kept. */
  const contactSync = () =>
    new Proxy(opened(), {
      get:
        (target, name: keyof ContactsWithAccounts) =>
        async (...given: unknown[]) => {
          const answer = await (target[name] as (...all: unknown[]) => Promise<unknown>)(...given);
          answers.push(answer);
          return answer;
        },
    }) as ContactsWithAccounts;
  const query = async (text: string, values: unknown[] = []) =>
    (await database().pool.query(text, values)).rows;

  // Of whatever was answered: nothing in it is what the database knows a user by.
  afterEach(async () => {
    const ours = new Set(
      (await query("select user_id from contact_sync_users")).map((r) => r.user_id),
    );
    for (const answer of answers.splice(0)) {
      expect(uuidsIn(answer).filter((uuid) => ours.has(uuid))).toEqual([]);
    }
  });

  test.each(PAIRS)("syncs, lists and changes for $owner", async ({ owner, friend, n }) => {
    const sync = contactSync();
    expect(await sync.link(friend, numberOf(n))).toBe(true);
    const { matches } = await sync.syncContacts(owner, [numberOf(n), numberOf(n + 500)], 2);
    expect(matches.map(({ user_id }) => user_id)).toEqual([friend]);
    const { contacts } = await sync.listContacts(owner);
    expect(contacts).toHaveLength(2);
    expect(new Set(contacts.map(({ owner_id }) => owner_id))).toEqual(new Set([owner]));
    expect(contacts.map(({ linked_user_id }) => linked_user_id).sort()).toEqual(
      [friend, null].sort(),
    );
    expect(await sync.findContact(owner, hashOf(n))).toMatchObject({
      owner_id: owner,
      linked_user_id: friend,
    });
    expect(await sync.setFavorite(owner, hashOf(n), true)).toMatchObject({
      owner_id: owner,
      linked_user_id: friend,
    });
    expect(await sync.recordInteraction(owner, hashOf(n))).toMatchObject({
      owner_id: owner,
      linked_user_id: friend,
    });
    expect(await sync.summarizeContacts(owner)).toMatchObject({
      contacts_count: 2,
      linked_count: 1,
    });
    expect(await sync.getSyncStatus(owner)).toMatchObject({ sync_status: "completed" });
    expect(await sync.getSyncStatistics(7, { ownerId: owner })).toMatchObject({
      totals: { total_syncs: 1 },
    });
    const [uuid] = await query("select find_user($1) as id", [owner]);
    expect(await query("select find_id_text($1) as text", [uuid.id])).toEqual([{ text: owner }]);
    expect(uuid.id).toMatch(/^.{14}8.{4}[89ab]/);
  });

  test("each id is a user of their own, told apart character by character", async () => {
    const rows = await query(
      "select count(*)::int as count from contact_sync_users where id_text = any ($1)",
      [ALL_IDS],
    );
    expect(rows).toEqual([{ count: new Set(ALL_IDS).size }]);
    for (const { owner } of PAIRS) {
      expect((await contactSync().listContacts(owner)).contacts).toHaveLength(2);
    }
  });

  test.each(PAIRS)("inserts in bulk, and creates, for $owner", async ({ owner, friend, n }) => {
    const sync = contactSync();
    const item = (place: number, linked: string | null) => ({
      owner_id: owner,
      phone_hash: hashOf(n + place),
      linked_user_id: linked,
    });
    const bulk = [item(2_000, `given to ${n}`), item(2_001, null)];
    expect(await sync.bulkInsertContacts(bulk)).toMatchObject({
      contacts_inserted: 2,
      matched_contacts: 1,
    });
    expect(await sync.bulkInsertContacts(streamOf([item(2_002, friend)]))).toMatchObject({
      contacts_inserted: 1,
    });
    expect(await sync.create(item(2_003, friend))).toMatchObject({
      owner_id: owner,
      linked_user_id: friend,
    });
    const { contacts } = await sync.listContacts(owner, { linked: true });
    expect(contacts.map(({ linked_user_id }) => linked_user_id).sort()).toEqual(
      [`given to ${n}`, friend, friend, friend].sort(),
    );
  });

  test("a device syncs, in deltas and in sessions, and is told of changes", async () => {
    const [sync, owner] = [contactSync(), IDS.auth0];
    await sync.linkMany([
      { userId: IDS.emoji, phoneNumber: numberOf(1) },
      { userId: IDS.clerk, phoneHash: hashOf(2) },
      { userId: IDS.integer, phoneNumber: numberOf(3) },
    ]);
    const hashes = [hashOf(1), hashOf(4)];
    const first = await sync.syncPhoneHashes(owner, hashes, 2, {
      mode: "replace",
      deviceId: "d",
      confirmRemoval: true,
    });
    expect(first.matches).toMatchObject([{ user_id: IDS.emoji }]);
    const digest = applyToDigest(digestOf(hashes), { added: [hashOf(2)] });
    const delta = await sync.syncDelta(owner, {
      syncToken: String(first.sync_token),
      digest,
      added: [hashOf(2)],
      removed: [],
    });
    expect(delta.matches).toMatchObject([{ user_id: IDS.clerk }]);
    const { cursor } = await sync.listChanges(owner);
    await sync.link(IDS.quotes, numberOf(4));
    await sync.unlink(numberOf(1), { userId: IDS.emoji });
    const told = await sync.syncDelta(owner, {
      syncToken: String(delta.sync_token),
      digest,
      added: [],
      removed: [],
    });
    const users = (changes: readonly { user_id: string | null }[]) =>
      changes.map(({ user_id }) => user_id).sort();
    expect(users(told.changes)).toEqual([IDS.quotes, null].sort());
    expect(users((await sync.listChanges(owner, { since: cursor })).changes)).toEqual(
      [IDS.quotes, null].sort(),
    );
    const { session_id } = await sync.beginSession(owner, {
      deviceId: "d",
      deviceContactsCount: 2,
    });
    await sync.putSessionPart(owner, session_id, 0, [hashOf(2)]);
    await sync.putSessionPart(owner, session_id, 1, [hashOf(3)]);
    const committed = await sync.commitSession(owner, session_id, {
      parts: 2,
      digest: digestOf([hashOf(2), hashOf(3)]),
      confirmRemoval: true,
    });
    expect(users(committed.matches)).toEqual([IDS.clerk, IDS.integer].sort());
    const streamed = await sync.syncContacts(owner, streamOf(numbers(3, 2)), null, {
      mode: "replace",
      deviceId: "d",
      confirmRemoval: true,
    });
    expect(users(streamed.matches)).toEqual([IDS.clerk, IDS.integer, IDS.quotes].sort());
    const merged = await sync.syncContacts(IDS.ulid, streamOf(numbers(3, 2)), null);
    expect(users(merged.matches)).toEqual([IDS.clerk, IDS.integer, IDS.quotes].sort());
    expect(await sync.listDevices(owner)).toMatchObject([{ device_id: "d" }]);
    await sync.forgetDevice(owner, "d");
  });

  test("blocks, choices and suspects are by the same ids", async () => {
    const sync = contactSync();
    expect(await sync.blockUser(IDS.lower, IDS.upper)).toBe(true);
    expect(await sync.blockUser(IDS.lower, "never seen")).toBe(true);
    const { blocks } = await sync.listBlockedUsers(IDS.lower);
    expect(blocks.map(({ user_id }) => user_id).sort()).toEqual(["never seen", IDS.upper].sort());
    const page = await sync.listBlockedUsers(IDS.lower, { limit: 1 });
    const next = await sync.listBlockedUsers(IDS.lower, {
      limit: 1,
      cursor: String(page.next_cursor),
    });
    expect([...page.blocks, ...next.blocks]).toEqual(blocks);
    await sync.setDiscoverability(IDS.lower, "nobody");
    expect(await sync.getDiscoverability(IDS.lower)).toMatchObject({ discoverable: "nobody" });
    expect(await sync.getDiscoverability(IDS.upper)).toMatchObject({ is_default: true });
    expect(await sync.unblockUser(IDS.lower, "never seen")).toBe(true);
    await refusal(sync.blockUser(IDS.lower, IDS.lower), "INVALID_ARGUMENT");
    await query(
      "update contact_sync_status set held_at = now(), held_suspicion = 90 where owner_id = find_user($1)",
      [IDS.emoji],
    );
    expect((await sync.listSuspects()).map(({ owner_id }) => owner_id)).toEqual([IDS.emoji]);
    expect(await sync.releaseOwner(IDS.emoji)).toEqual({ released: true });
  });

  test("an export has them, and so has the receipt of an erasure, after which nothing is left", async () => {
    const sync = contactSync();
    const [user, friend] = ["to be | erased", "a friend of theirs"];
    await sync.link(friend, numberOf(50));
    await sync.link(user, numberOf(51));
    await sync.syncContacts(user, [numberOf(50)], 1);
    await sync.syncContacts(friend, [numberOf(51)], 1);
    await sync.blockUser(user, "somebody");
    let text = "";
    for await (const piece of await opened().exportUser(user)) text += piece;
    answers.push(text);
    expect(JSON.parse(text)).toMatchObject({
      user_id: user,
      contacts: [{ linked_user_id: friend }],
      blocked_users: [{ user_id: "somebody" }],
    });
    const { receipt } = await sync.eraseUser(user);
    expect((await verifyReceipt(String(receipt), await sync.receiptKeys())).user_id).toBe(user);
    expect(
      await query("select id_text from contact_sync_users where id_text = $1", [user]),
    ).toEqual([]);
    expect((await sync.listContacts(friend)).contacts).toMatchObject([{ linked_user_id: null }]);
    // Whoever comes back is somebody of the same name.
    await sync.link(user, numberOf(51));
    expect((await sync.listContacts(friend)).contacts).toMatchObject([{ linked_user_id: user }]);
  });

  test("somebody who was never seen is as one who never synced, and is not written by being asked for", async () => {
    const sync = contactSync();
    expect(await sync.listContacts("nobody yet")).toEqual({ contacts: [], next_cursor: null });
    expect(await sync.findContact("nobody yet", hashOf(1))).toBeNull();
    expect(await sync.getSyncStatus("nobody yet")).toMatchObject({ sync_status: "never_synced" });
    expect(await sync.summarizeContacts("nobody yet")).toMatchObject({ contacts_count: 0 });
    expect(await sync.listChanges("nobody yet")).toMatchObject({ changes: [] });
    expect(await sync.listDevices("nobody yet")).toEqual([]);
    expect(await sync.eraseUser("nobody yet")).toMatchObject({ contacts_deleted: 0 });
    expect(await query("select find_user('nobody yet') as id")).toEqual([{ id: null }]);
  });

  test("what is no id is refused, and nothing is stored", async () => {
    const sync = opened();
    for (const id of NO_IDS as string[]) {
      const { message } = await refusal(sync.listContacts(id), "INVALID_ARGUMENT");
      expect(message).toContain("userId must be a text of 1 to 255 characters");
      await refusal(sync.link(id, numberOf(1)), "INVALID_ARGUMENT");
      await refusal(sync.linkMany([{ userId: id, phoneHash: hashOf(1) }]), "INVALID_ARGUMENT");
      await refusal(
        sync.bulkInsertContacts([{ owner_id: id, phone_hash: hashOf(1) }]),
        "INVALID_CONTACT",
      );
      if (id !== null && id !== undefined) {
        await refusal(
          sync.create({ owner_id: "x", phone_hash: hashOf(1), linked_user_id: id }),
          "INVALID_CONTACT",
        );
      }
    }
    expect(await query("select find_user('x') as id")).toEqual([{ id: null }]);
  });

  test("a link that was outdated, and a sync that failed, leave an id only with what they leave", async () => {
    const sync = opened();
    await sync.link("newest", numberOf(60));
    await refusal(
      sync.link("older", numberOf(60), { verifiedAt: "2020-01-01" }),
      "VERIFICATION_OUTDATED",
    );
    expect(await query("select find_user('older') as id")).toEqual([{ id: null }]);
    await sync.syncContacts("fails", numbers(4), 4);
    await refusal(
      sync.syncContacts("fails", [], 0, { mode: "replace" }),
      "REPLACE_NEEDS_CONFIRMATION",
    );
    await refusal(
      sync
        .syncContacts("fails at once", numbers(1), 1, { mode: "replace", batchSize: 1 })
        .then(() => sync.syncContacts("fails at once", [], 0, { mode: "replace" })),
      "REPLACE_NEEDS_CONFIRMATION",
    );
  });

  test("a user of SQL whom no id was written of is told of, not shown", async () => {
    const sync = opened();
    await sync.syncContacts("reader", [numberOf(70)], 1);
    const stranger = "c3000000-0000-4000-8000-000000000001";
    const [found] = await query("select find_user('reader') as reader");
    await query(
      "insert into phones (phone_key, linked_user_id, verified_at) select phone_key, $1, now() from contacts_with_accounts where owner_id = $2",
      [stranger, found.reader],
    );
    await sync.linkPendingPhones({ all: true });
    const { message } = await refusal(sync.listContacts("reader"), "USER_IDS_MISMATCH");
    expect(message).not.toContain(stranger);
    await query("delete from phones where linked_user_id = $1", [stranger]);
    await query(
      "insert into contact_sync_pending_links (phone_key) select phone_key from contacts_with_accounts where owner_id = $1",
      [found.reader],
    );
    await sync.linkPendingPhones();
    expect((await sync.listContacts("reader")).contacts).toMatchObject([{ linked_user_id: null }]);
  });

  test("ids that nothing names any more go with what has expired, and no others", async () => {
    const sync = opened();
    await sync.link("leaves", numberOf(80));
    await sync.link("stays", numberOf(81));
    await sync.unlink(numberOf(80));
    await sync.applyRetention();
    const left = await query(
      "select id_text from contact_sync_users where id_text in ('leaves', 'stays')",
    );
    expect(left).toEqual([{ id_text: "stays" }]);
    // A process that has looked them up before writes them anew.
    await sync.link("leaves", numberOf(80));
    await sync.syncContacts("sees", [numberOf(80)], 1);
    expect((await sync.listContacts("sees")).contacts).toMatchObject([
      { linked_user_id: "leaves" },
    ]);
  });
});

import { randomUUID } from "node:crypto";
import { applyToDigest, digestOf } from "@contact-sync/client";
import { expect, test } from "vitest";
import { openContactSync } from "../../support/open-contact-sync.ts";
import { describePostgres } from "../../support/postgres.ts";
import { runOrder } from "../../support/run-order.ts";
import { hashOf, numberOf, refusal, useContactSync } from "../../support/use-contact-sync.ts";
import { bookOf, Phone, range } from "./phone.ts";

describePostgres("syncDelta", (server) => {
  const { contactSync, database } = useContactSync(server);

  async function phoneWith(count: number) {
    const owner = randomUUID();
    const phone = new Phone(contactSync(), owner);
    const result = await phone.full(range(count));
    return { owner, phone, result };
  }

  async function runsOf(owner: string) {
    const { rows } = await database().pool.query(
      `select sync_status, sync_mode, error_code, device_contacts_count
         from contact_sync_runs where owner_id = $1 order by ${runOrder(server)}`,
      [owner],
    );
    return rows;
  }

  test("brings what has come and gone, and says what it did", async () => {
    const { owner, phone } = await phoneWith(10);
    const friend = randomUUID();
    await contactSync().link(friend, numberOf(11));
    const before = phone.token;
    const result = await phone.delta([10, 11], [0]);
    expect(result).toEqual({
      total_processed: 2,
      contacts_inserted: 2,
      contacts_updated: 0,
      contacts_unchanged: 0,
      contacts_removed: 1,
      matched_contacts: 1,
      duplicates: 0,
      rejected: [],
      repeated: [],
      matches: [{ index: 1, indexes: [1], phone_hash: hashOf(11), user_id: friend, silent: false }],
      budget: expect.objectContaining({ limit: 12_000 }),
      batch_size: expect.any(Number),
      processing_time_ms: expect.any(Number),
      sync_token: phone.token,
      changes: expect.any(Array),
      has_more_changes: false,
      changes_reset: false,
    });
    expect(phone.token).not.toBe(before);
    const book = await bookOf(contactSync(), owner);
    expect([...book.keys()].sort()).toEqual([...phone.has].map(hashOf).sort());
    expect(await runsOf(owner)).toMatchObject([
      { sync_mode: "replace" },
      { sync_mode: "delta", sync_status: "completed" },
    ]);
    expect(await contactSync().getSyncStatus(owner)).toMatchObject({ last_sync_mode: "delta" });
  });

  test("goes on from token to token, whichever process gave it", async () => {
    const { owner, phone } = await phoneWith(3);
    const other = await openContactSync(database());
    const elsewhere = new Phone(other, owner);
    Object.assign(elsewhere, { has: phone.has, token: phone.token });
    await elsewhere.delta([3], []);
    await elsewhere.delta([4], [3]);
    Object.assign(phone, { has: elsewhere.has, token: elsewhere.token });
    await phone.delta([], [0]);
    await phone.delta();
    expect([...(await bookOf(contactSync(), owner)).keys()].sort()).toEqual(
      [1, 2, 4].map(hashOf).sort(),
    );
  });

  test("is answered again when its answer was lost, and writes nothing", async () => {
    const { owner, phone } = await phoneWith(5);
    const [token, friend] = [phone.token, randomUUID()];
    await contactSync().link(friend, numberOf(5));
    const delta = {
      syncToken: token,
      digest: applyToDigest(phone.digest, { added: [hashOf(5)], removed: [hashOf(0)] }),
      added: [hashOf(5)],
      removed: [hashOf(0)],
    };
    const first = await contactSync().syncDelta(owner, delta);
    const state = () =>
      database().pool.query(
        "select xmin, ctid, * from contacts_with_accounts where owner_id = $1 order by phone_key",
        [owner],
      );
    const before = (await state()).rows;
    const again = await contactSync().syncDelta(owner, delta);
    expect({ ...again, sync_token: "", processing_time_ms: 1 }).toEqual({
      ...first,
      sync_token: "",
      processing_time_ms: 1,
      budget: again.budget,
    });
    expect((await state()).rows).toEqual(before);
    // Both tokens are the device's present one.
    for (const { sync_token } of [first, again]) {
      const next = { syncToken: sync_token, digest: delta.digest, added: [], removed: [] };
      expect(await contactSync().syncDelta(owner, next)).toMatchObject({ total_processed: 0 });
    }
  });

  test("counts what is repeated once, and lists it", async () => {
    const { owner, phone } = await phoneWith(3);
    const result = await contactSync().syncDelta(owner, {
      syncToken: phone.token,
      digest: applyToDigest(phone.digest, { added: [hashOf(7)], removed: [hashOf(0)] }),
      added: [hashOf(7), hashOf(7).toUpperCase(), hashOf(7).padEnd(64, "0")],
      removed: [hashOf(0), hashOf(0)],
    });
    expect(result).toMatchObject({
      total_processed: 1,
      contacts_removed: 1,
      duplicates: 2,
      repeated: [
        { index: 1, repeats: 0 },
        { index: 2, repeats: 0 },
      ],
    });
  });

  test("tells who has joined and left since, and who silently", async () => {
    const { phone } = await phoneWith(6);
    const [one, two] = [randomUUID(), randomUUID()];
    await contactSync().link(one, numberOf(1));
    await contactSync().link(two, numberOf(2), { announce: false });
    const joined = await phone.delta();
    expect(joined.changes.toSorted(byUser)).toEqual(
      [
        { phone_hash: hashOf(1), user_id: one, silent: false },
        { phone_hash: hashOf(2), user_id: two, silent: true },
      ].toSorted(byUser),
    );
    expect((await phone.delta()).changes).toEqual([]);
    await contactSync().unlink(numberOf(1));
    const left = await phone.delta([6], []);
    expect(left.changes).toEqual([{ phone_hash: hashOf(1), user_id: null, silent: false }]);
    expect((await phone.delta()).changes).toEqual([]);
    const { matches } = await phone.full();
    expect(matches.find(({ phone_hash }) => phone_hash === hashOf(2))).toMatchObject({
      user_id: two,
      silent: true,
    });
  });

  test("with nothing added or removed is one statement, and writes nothing", async () => {
    const { owner, phone } = await phoneWith(200);
    const statements: string[] = [];
    const watched = await openContactSync(database(), {
      database: {
        query: (text: string, values: unknown[]) => {
          statements.push(text);
          return database().pool.query(text, values);
        },
        transaction: () => Promise.reject(new Error("no transaction")),
      } as never,
    });
    statements.length = 0;
    const onWatched = new Phone(watched, owner);
    Object.assign(onWatched, { has: phone.has, token: phone.token });
    const written = async () => {
      const { rows } = await database().pool.query(
        `select (select array_agg(xmin::text || ctid::text order by phone_key)
                   from contacts_with_accounts where owner_id = $1) as contacts,
                (select xmin::text from contact_sync_devices where owner_id = $1) as device,
                (select xmin::text from contact_sync_status where owner_id = $1) as status,
                (select count(*)::integer from contact_sync_runs where owner_id = $1) as runs`,
        [owner],
      );
      return rows;
    };
    const before = await written();
    for (let round = 1; round <= 3; round += 1) {
      const result = await onWatched.delta();
      expect(result).toMatchObject({ total_processed: 0, contacts_removed: 0, changes: [] });
      expect(statements).toHaveLength(round);
    }
    expect(await written()).toEqual(before);
  });

  test("with nothing to write is counted in the day's total, not in a run", async () => {
    const fresh = await server.createDatabase();
    const counting = await openContactSync(fresh);
    const owner = randomUUID();
    const phone = new Phone(counting, owner);
    await phone.full(range(3));
    for (let round = 0; round < 5; round += 1) await phone.delta();
    await phone.delta([3], []);
    expect((await counting.getSyncStatistics(1)).totals).toMatchObject({
      total_syncs: 2,
      unchanged_syncs: 0,
    });
    await counting.close();
    await counting.close();
    const after = await openContactSync(fresh);
    const { totals, daily } = await after.getSyncStatistics(1);
    expect(totals).toMatchObject({ total_syncs: 2, unchanged_syncs: 5 });
    expect(daily).toMatchObject([{ unchanged_syncs: 5 }]);
  });

  test("refuses a digest that does not follow, before it asks the database", async () => {
    const { owner, phone } = await phoneWith(4);
    const call = (delta: object) =>
      contactSync().syncDelta(owner, {
        syncToken: phone.token,
        digest: phone.digest,
        added: [],
        removed: [],
        ...delta,
      });
    for (const wrong of [
      { digest: digestOf([]) },
      { added: [hashOf(9)] },
      { removed: [hashOf(9)] },
      { removed: [0, 1, 2, 3, 4].map(hashOf) },
      { digest: applyToDigest(phone.digest, { added: [hashOf(9)] }) },
    ]) {
      const error = await refusal(call(wrong), "SYNC_DIGEST_MISMATCH");
      expect(error.message).toMatch(/send a full sync/);
    }
    // What follows from the token's digest but not from the stored set, the database refuses.
    for (const [added, removed] of [
      [[0], []],
      [[], [9]],
    ] as const) {
      const lists = { added: added.map(hashOf), removed: removed.map(hashOf) };
      const digest = applyToDigest(phone.digest, lists);
      const error = await refusal(call({ ...lists, digest }), "SYNC_DIGEST_MISMATCH");
      expect(error.message).toMatch(/[Ss]end a full sync/);
    }
    expect(await call({})).toMatchObject({ total_processed: 0 });
    // Neither is a failure in the history.
    expect(await runsOf(owner)).toMatchObject([{ sync_status: "completed" }]);
  });

  test("refuses a token that is not the device's present one, and changes nothing", async () => {
    const { owner, phone } = await phoneWith(4);
    const [old, before] = [phone.token, new Set(phone.has)];
    await phone.delta([4], []);
    const stale = new Phone(contactSync(), owner);
    const other = randomUUID();
    const sealed = await openContactSync(await server.createDatabase());
    const elsewhere = new Phone(sealed, owner);
    await elsewhere.full(before);
    for (const token of [old, "", elsewhere.token]) {
      Object.assign(stale, { has: before, token });
      for (const [added, removed] of [
        [[], []],
        [[7], [1]],
      ] as const) {
        await refusal(stale.delta(added, removed), "SYNC_TOKEN_EXPIRED");
      }
    }
    const notTheirs = new Phone(contactSync(), other);
    Object.assign(notTheirs, { has: phone.has, token: phone.token });
    expect((await refusal(notTheirs.delta(), "SYNC_TOKEN_EXPIRED")).message).toMatch(
      /send a full sync/,
    );
    expect(await phone.delta()).toMatchObject({ total_processed: 0 });
    expect(await runsOf(owner)).toHaveLength(2);
    expect(await runsOf(other)).toEqual([]);
  });

  test("is out of step after contacts were deleted by hand, and in step after a full sync", async () => {
    const { owner, phone } = await phoneWith(6);
    await contactSync().deleteContacts(owner, [hashOf(2)]);
    await refusal(phone.delta(), "SYNC_TOKEN_EXPIRED");
    await phone.full();
    expect(await phone.delta()).toMatchObject({ changes: [] });
    expect((await bookOf(contactSync(), owner)).size).toBe(6);
  });

  test("tells of an added number that it has no account any more", async () => {
    const owner = randomUUID();
    const [one, two] = [new Phone(contactSync(), owner, "a"), new Phone(contactSync(), owner, "b")];
    await one.full([800]);
    await two.full([801]);
    await contactSync().link(randomUUID(), numberOf(801));
    expect((await one.delta()).changes).toMatchObject([{ phone_hash: hashOf(801) }]);
    await contactSync().unlink(numberOf(801));
    const { matches, changes } = await one.delta([801]);
    expect(matches).toEqual([]);
    expect(changes).toEqual([{ phone_hash: hashOf(801), user_id: null, silent: false }]);
  });

  test("after a merge tells of the whole set, of which the merge has told a part", async () => {
    const owner = randomUUID();
    const phone = new Phone(contactSync(), owner, "a");
    await phone.full([810, 811]);
    const user = randomUUID();
    await contactSync().link(user, numberOf(810));
    const merged = await contactSync().syncPhoneHashes(owner, [hashOf(812)], 3, { deviceId: "a" });
    expect(merged.matches).toEqual([]);
    Object.assign(phone, { has: new Set([810, 811, 812]), token: merged.sync_token });
    const { changes, changes_reset } = await phone.delta();
    expect(changes_reset).toBe(true);
    expect(changes).toMatchObject([{ phone_hash: hashOf(810), user_id: user }]);
  });

  test("expires as createContactSync says", async () => {
    const { owner, phone } = await phoneWith(1);
    await refusal(openContactSync(database(), { syncTokenDays: 0 }), "INVALID_ARGUMENT");
    const short = await openContactSync(database(), { syncTokenDays: 1 });
    const onShort = new Phone(short, owner);
    Object.assign(onShort, { has: phone.has, token: phone.token });
    expect(await onShort.delta()).toMatchObject({ total_processed: 0 });
  });

  test("guards what it removes, and records a failure as its own kind of run", async () => {
    const { owner, phone } = await phoneWith(8);
    await refusal(phone.delta([], range(6)), "REPLACE_NEEDS_CONFIRMATION");
    expect((await runsOf(owner))[1]).toEqual({
      sync_status: "failed",
      sync_mode: "delta",
      error_code: "REPLACE_NEEDS_CONFIRMATION",
      device_contacts_count: 2,
    });
    const result = await phone.delta([], range(6), { confirmRemoval: true });
    expect(result.contacts_removed).toBe(6);
  });

  test("is charged to the budget, unless it is the back end's own", async () => {
    const strict = await openContactSync(await server.createDatabase(), {
      newNumberBudget: { burst: 3, perDay: 1 },
    });
    const owner = randomUUID();
    const phone = new Phone(strict, owner);
    await phone.full(range(2));
    await refusal(phone.delta([2, 3], []), "NEW_NUMBER_BUDGET_EXCEEDED");
    const added = [hashOf(2), hashOf(3)];
    const delta = {
      syncToken: phone.token,
      digest: applyToDigest(phone.digest, { added }),
      added,
      removed: [],
    };
    expect(await strict.syncDelta(owner, delta, { budget: false })).toMatchObject({
      contacts_inserted: 2,
      budget: null,
    });
  });

  test("refuses what is malformed by its place, before the token is looked at", async () => {
    const owner = randomUUID();
    const good = { syncToken: "", digest: digestOf([]), added: [], removed: [] };
    const call = (delta: object) => contactSync().syncDelta(owner, { ...good, ...delta } as never);
    const removed = await refusal(call({ removed: [hashOf(1), "x"] }), "INVALID_PHONE_HASH");
    expect(removed.index).toBe(1);
    expect(removed.message).toContain("at position 1 of removed");
    const added = await refusal(call({ added: [7] }), "INVALID_PHONE_HASH");
    expect(added.message).toContain("at position 0 of added");
    const both = await refusal(
      call({ added: [hashOf(1), hashOf(2)], removed: [hashOf(3), hashOf(2).toUpperCase()] }),
      "INVALID_ARGUMENT",
    );
    expect(both).toMatchObject({ index: 1, message: expect.stringContaining("among the added") });
    const many = range(5_001).map(hashOf);
    const large = await refusal(call({ added: many, removed: many }), "CONTACTS_LIMIT_EXCEEDED");
    expect(large.details).toEqual({ limit: 10_000, received: 10_002 });
    for (const wrong of [
      { digest: "x" },
      { digest: undefined },
      { digest: digestOf([hashOf(1)]).toUpperCase() },
      { added: "x" },
      { added: undefined },
      { removed: null },
      { confirmRemoval: "yes" },
      { confirm_removal: true },
    ]) {
      await refusal(call(wrong), "INVALID_ARGUMENT");
    }
    for (const wrong of [null, [], "x", 7]) {
      await refusal(contactSync().syncDelta(owner, wrong as never), "INVALID_ARGUMENT");
    }
    await refusal(contactSync().syncDelta("x", good), "INVALID_ARGUMENT");
    await refusal(contactSync().syncDelta(owner, good, { budget: 1 as never }), "INVALID_ARGUMENT");
    await refusal(call({ syncToken: undefined }), "SYNC_TOKEN_EXPIRED");
  });
});

function byUser(one: { user_id: string | null }, other: { user_id: string | null }): number {
  return String(one.user_id).localeCompare(String(other.user_id));
}

import { randomUUID } from "node:crypto";
import { expect, test } from "vitest";
import { describePostgres } from "../../support/postgres.ts";
import {
  hashOf,
  numberOf,
  numbers,
  refusal,
  useContactSync,
} from "../../support/use-contact-sync.ts";
import { bookOf, range } from "./phone.ts";

describePostgres("listChanges", (server) => {
  const { contactSync, database } = useContactSync(server);

  async function ownerOf(count: number) {
    const owner = randomUUID();
    await contactSync().syncContacts(owner, numbers(count), count);
    return owner;
  }

  test("begins at the present, and tells each contact once with what is so now", async () => {
    const owner = await ownerOf(5);
    const [one, two] = [randomUUID(), randomUUID()];
    const start = await contactSync().listChanges(owner);
    expect(start).toEqual({
      changes: [],
      cursor: expect.any(String),
      has_more: false,
      reset: false,
    });
    await contactSync().link(one, numberOf(1), { verifiedAt: "2026-01-01" });
    await contactSync().link(two, numberOf(1), { verifiedAt: "2026-02-01" });
    await contactSync().link(one, numberOf(2), { announce: false });
    await contactSync().link(one, numberOf(99));
    const since = (cursor: string) => contactSync().listChanges(owner, { since: cursor });
    const page = await since(start.cursor);
    expect(page.changes).toHaveLength(2);
    expect(page.changes).toEqual(
      expect.arrayContaining([
        { phone_hash: hashOf(1), user_id: two, silent: false },
        { phone_hash: hashOf(2), user_id: one, silent: true },
      ]),
    );
    expect(await since(page.cursor)).toMatchObject({ changes: [], has_more: false });
    await contactSync().unlink([numberOf(1), numberOf(2)]);
    expect((await since(page.cursor)).changes.map(({ user_id }) => user_id)).toEqual([null, null]);
    // An old cursor tells the same facts, no history.
    expect((await since(start.cursor)).changes).toHaveLength(2);
  });

  test("is the same in pages of any size, and ends at what listContacts says", async () => {
    const owner = await ownerOf(30);
    const { cursor } = await contactSync().listChanges(owner);
    const book = await bookOf(contactSync(), owner);
    await contactSync().linkMany(
      range(20).map((n) => ({ userId: randomUUID(), phoneNumber: numberOf(n) })),
    );
    await contactSync().unlink(range(5).map(numberOf));
    for (const limit of [1, 7, 1_000]) {
      const followed = new Map(book);
      let since = cursor;
      for (;;) {
        const page = await contactSync().listChanges(owner, { since, limit });
        expect(page.changes.length).toBeLessThanOrEqual(limit);
        for (const { phone_hash, user_id } of page.changes) followed.set(phone_hash, user_id);
        since = page.cursor;
        if (!page.has_more) break;
      }
      expect(followed).toEqual(await bookOf(contactSync(), owner));
    }
  });

  test("goes on page by page, without beginning anew, where each change has a number of its own", async () => {
    const owner = randomUUID();
    await contactSync().syncContacts(owner, numbers(9, 700), 9);
    const link = (n: number) => contactSync().link(randomUUID(), numberOf(700 + n));
    await link(8);
    let { cursor: since } = await contactSync().listChanges(owner);
    for (const n of range(6)) await link(n);
    const told: string[] = [];
    for (let hasMore = true; hasMore; ) {
      const page = await contactSync().listChanges(owner, { since, limit: 1 });
      expect(page.reset).toBe(false);
      told.push(...page.changes.map(({ phone_hash }) => phone_hash));
      [since, hasMore] = [page.cursor, page.has_more];
    }
    expect(told).toEqual(range(6, 700).map(hashOf));
  });

  test("begins anew for a cursor from before a backup was restored", async () => {
    const owner = randomUUID();
    await contactSync().syncContacts(owner, numbers(8, 500), 8);
    const friends = range(5).map(() => randomUUID());
    const link = (n: number) => contactSync().link(friends[n] as string, numberOf(500 + n));
    await link(0);
    await link(1);
    const { rows } = await database().pool.query(
      "select link_number, link_marks from contact_sync_status where owner_id = $1",
      [owner],
    );
    await link(2);
    await link(3);
    const { cursor } = await contactSync().listChanges(owner);
    await database().pool.query(
      "update contact_sync_status set link_number = $2, link_marks = $3 where owner_id = $1",
      [owner, rows[0].link_number, rows[0].link_marks],
    );
    await link(4);
    const told = new Map<string, string | null>();
    let [since, isFirst] = [cursor, true];
    for (;;) {
      const page = await contactSync().listChanges(owner, { since, limit: 2 });
      expect(page.reset).toBe(isFirst);
      for (const { phone_hash, user_id } of page.changes) told.set(phone_hash, user_id);
      [since, isFirst] = [page.cursor, false];
      if (!page.has_more) break;
    }
    const linked = (await contactSync().listContacts(owner, { linked: true })).contacts;
    expect(linked).toHaveLength(5);
    for (const { phone_hash, linked_user_id } of linked) {
      expect(told.get(phone_hash)).toBe(linked_user_id);
    }
  });

  test("refuses what is not a cursor of this owner's changes, and a limit out of range", async () => {
    const [owner, other] = [await ownerOf(3), await ownerOf(3)];
    const { cursor } = await contactSync().listChanges(other);
    const { next_cursor } = await contactSync().listContacts(owner, { limit: 1 });
    for (const since of [cursor, next_cursor, "", "x", `${cursor}A`, 7, null]) {
      const error = await refusal(
        contactSync().listChanges(owner, { since: since as string }),
        "INVALID_ARGUMENT",
      );
      expect(error.message).toContain("since is not a cursor of this owner's changes");
    }
    for (const limit of [0, 1_001, 1.5, "5"]) {
      await refusal(
        contactSync().listChanges(owner, { limit: limit as number }),
        "INVALID_ARGUMENT",
      );
    }
    await refusal(contactSync().listContacts(owner, { cursor }), "INVALID_ARGUMENT");
  });
});

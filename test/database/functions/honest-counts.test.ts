import { expect, test } from "vitest";
import { describePostgres } from "../../support/postgres.ts";
import { asKey, newPhones, newUser, useSql } from "../../support/sql.ts";
import { rowsWritten } from "../../support/written-rows.ts";

describePostgres("counts say what happened", (server) => {
  const { database, rows, row } = useSql(server);

  const sync = (owner: string, hashes: string[]) =>
    row("select * from sync_user_contacts($1, $2, 1000)", owner, hashes);
  const bulkInsert = (contacts: object[]) =>
    row("select * from bulk_insert_contacts($1)", JSON.stringify(contacts));
  const link = (hash: string, user: string) => rows("select link_phone($1, $2)", hash, user);

  test("of a first sync, part of which is known, linked, and repeated", async () => {
    const [owner, friend] = [newUser(), newUser()];
    const hashes = newPhones(7);
    const [first = "", second = "", third = ""] = hashes;
    await link(first, friend);
    await link(second, owner);
    await sync(owner, [third]);

    expect(await sync(owner, [...hashes, third, third.toUpperCase()])).toEqual({
      total_processed: 7,
      contacts_inserted: 6,
      contacts_updated: 0,
      contacts_unchanged: 1,
      contacts_removed: 0,
      matched_contacts: 1, // an owner's own number matches nobody
      duplicates: 2,
      batch_size: 500,
      processing_time_ms: expect.any(Number),
      matched_phone_hashes: [first],
      matched_user_ids: [friend],
      budget_limit: 12_000,
      budget_remaining: 11_993,
      budget_reset: expect.any(Number),
      sync_mark: null,
      changes_cursor: null,
      matched_silent: [false],
    });
    const stored = await rows(
      "select phone_key, linked_user_id from contacts_with_accounts where owner_id = $1 order by 1",
      owner,
    );
    expect(stored).toEqual(
      hashes.map((hash) => ({
        phone_key: asKey(hash),
        linked_user_id: hash === first ? friend : null,
      })),
    );
  });

  // A book is read from end to end up to twice the call's size, and looked into beyond.
  test.each([
    ["most", 6],
    ["few", 2],
  ])("of a call that has %s of a larger book, and only of those", async (_, size) => {
    const [owner, friend] = [newUser(), newUser()];
    const book = newPhones(10);
    for (const hash of book) await link(hash, friend);
    await sync(owner, book);

    const [added = ""] = newPhones(1);
    const called = [...book.slice(0, size), added];
    const result = await sync(owner, called);

    expect(result).toMatchObject({
      total_processed: size + 1,
      contacts_inserted: 1,
      contacts_unchanged: size,
      matched_contacts: size,
    });
    expect([...(result as { matched_phone_hashes: string[] }).matched_phone_hashes].sort()).toEqual(
      called.slice(0, size).sort(),
    );
  });

  test("updated is a contact of which a stored value changed", async () => {
    const [owner, friend, other] = [newUser(), newUser(), newUser()];
    const [moved = "", left = "", stays = "", nobody = ""] = newPhones(4);
    await link(moved, friend);
    await link(left, friend);
    await link(stays, friend);
    await sync(owner, [moved, left, stays, nobody]);

    await link(moved, other);
    await rows("select unlink_phone($1)", left);

    expect(await sync(owner, [moved, left, stays, nobody])).toMatchObject({
      total_processed: 4,
      contacts_inserted: 0,
      contacts_updated: 2,
      contacts_unchanged: 2,
      matched_contacts: 2,
    });
  });

  test("somebody who joins is an update of the contact, and then no more", async () => {
    const [owner, friend] = [newUser(), newUser()];
    const [joins = "", other = ""] = newPhones(2);
    await sync(owner, [joins, other]);
    await link(joins, friend);

    const update = { contacts_updated: 1, contacts_unchanged: 1, matched_contacts: 1 };
    expect(await sync(owner, [joins, other])).toMatchObject(update);
    const repeat = { contacts_updated: 0, contacts_unchanged: 2, matched_contacts: 1 };
    expect(await sync(owner, [joins, other])).toMatchObject(repeat);
  });

  test("of a bulk insert with several owners, new, changed, unchanged and repeated", async () => {
    const [owner, other, friend] = [newUser(), newUser(), newUser()];
    const [one, two, three = ""] = newPhones(3);
    await link(three, friend);
    await bulkInsert([
      { owner_id: owner, phone_hash: one },
      { owner_id: owner, phone_hash: two },
    ]);

    const result = await bulkInsert([
      { owner_id: owner, phone_hash: one, is_favorite: true },
      { owner_id: owner, phone_hash: two, is_favorite: false },
      { owner_id: owner, phone_hash: three },
      { owner_id: other, phone_hash: one },
      { owner_id: other, phone_hash: one },
    ]);
    expect(result).toEqual({
      total_processed: 4,
      contacts_inserted: 2,
      contacts_updated: 1,
      contacts_unchanged: 1,
      contacts_removed: 0,
      matched_contacts: 1,
      duplicates: 1,
      batch_size: 500,
      processing_time_ms: expect.any(Number),
      matched_phone_hashes: [],
      matched_user_ids: [],
      budget_limit: null,
      budget_remaining: null,
      budget_reset: null,
      sync_mark: null,
      changes_cursor: null,
      matched_silent: [],
    });
  });

  test("an empty call is a call about nothing", async () => {
    const nothing = { total_processed: 0, contacts_inserted: 0, matched_contacts: 0 };
    expect(await sync(newUser(), [])).toMatchObject({ ...nothing, duplicates: 0 });
    expect(await bulkInsert([])).toMatchObject({ ...nothing, duplicates: 0 });
  });

  // Unlinked, linked, with a given link, a favourite: each kind of contact that there is.
  async function bookOfEachKind() {
    const [owner, friend] = [newUser(), newUser()];
    const hashes = newPhones(1200);
    const [linked = "", given = "", favourite = ""] = hashes;
    await link(linked, friend);
    const contacts = hashes.map((phone_hash) => ({ owner_id: owner, phone_hash }));
    await bulkInsert([
      ...contacts,
      { owner_id: owner, phone_hash: given, linked_user_id: friend },
      { owner_id: owner, phone_hash: favourite, is_favorite: true },
    ]);
    return { owner, hashes, contacts };
  }

  const repeats: Record<string, (book: Awaited<ReturnType<typeof bookOfEachKind>>) => unknown[]> = {
    "a sync": ({ owner, hashes }) => [
      "select * from sync_user_contacts($1, $2, 1200, 100)",
      [owner, hashes],
    ],
    "a replacing sync": ({ owner, hashes }) => [
      "select * from sync_phone_keys($1, $2, 1200, p_mode => 'replace')",
      [owner, hashes],
    ],
    "a chunk of a stream": ({ owner, hashes }) => [
      "select * from contact_sync_stream_chunk($1, $3, $2)",
      [owner, hashes, newUser()],
    ],
    "a bulk insert": ({ contacts }) => [
      "select * from bulk_insert_contacts($1, 100)",
      [JSON.stringify(contacts)],
    ],
  };

  test.each(
    Object.entries(repeats),
  )("%s of what is stored writes and locks no contact row", async (_, call) => {
    const book = await bookOfEachKind();
    // xmax is what a lock leaves behind on a row.
    const state = () =>
      rows(
        "select *, ctid, xmin, xmax from contacts_with_accounts where owner_id = $1 order by phone_key",
        book.owner,
      );
    const before = await state();
    const [text, values] = call(book) as [string, unknown[]];
    let result: unknown;
    const written = await rowsWritten(database(), "contacts_with_accounts", async (client) => {
      ({
        rows: [result],
      } = await client.query(text, values));
    });

    expect(result).toMatchObject({
      total_processed: 1200,
      contacts_inserted: 0,
      contacts_updated: 0,
      contacts_unchanged: 1200,
      contacts_removed: 0,
      matched_contacts: 2,
    });
    expect(written).toEqual({ n_tup_ins: 0, n_tup_upd: 0, n_tup_del: 0 });
    expect(await state()).toEqual(before);
  });

  test("a sync writes the contacts that differ and no others", async () => {
    const { owner, hashes } = await bookOfEachKind();
    const added = newPhones(3);
    await link(hashes[10] ?? "", newUser());
    const written = await rowsWritten(database(), "contacts_with_accounts", (client) =>
      client.query("select sync_user_contacts($1, $2, 1203)", [owner, [...hashes, ...added]]),
    );
    expect(written).toEqual({ n_tup_ins: 3, n_tup_upd: 1, n_tup_del: 0 });
  });
});

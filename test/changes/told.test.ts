import { expect, test } from "vitest";
import { describePostgres } from "../support/postgres.ts";
import { newPhones, newUser, useSql } from "../support/sql.ts";
import { Follower } from "./follower.ts";

describePostgres("list_contact_changes", (server) => {
  const { database, rows, row, value } = useSql(server);
  const client = () => database().pool;

  const sync = (owner: string, hashes: readonly string[], mode = "merge", device?: string) =>
    row(
      "select * from sync_phone_keys($1, $2::uuid[], 9, 500, $3, true, true, $4)",
      owner,
      hashes,
      mode,
      device,
    );
  const drain = async () => {
    while ((await row("select * from link_pending_phones()")).entries_waiting > 0);
  };
  const changes = (owner: string, cursor: string | null, limit = 1000) =>
    row("select * from list_contact_changes($1, $2, $3)", owner, cursor, limit);
  const present = async (owner: string): Promise<string> =>
    (await changes(owner, null)).changes_cursor;

  async function joined(count = 1, { announce = true } = {}) {
    const [owner, users, hashes] = [
      newUser(),
      Array.from({ length: count }, newUser),
      newPhones(count),
    ];
    await sync(owner, hashes);
    const cursor = await present(owner);
    await rows("select link_phones($1::uuid[], $2::uuid[], null, $3)", hashes, users, announce);
    await drain();
    return { owner, users, hashes, cursor };
  }

  test("without a cursor tells none, and gives one at the present, also of nobody", async () => {
    const owner = newUser();
    const nothing = { changed_phone_hashes: [], has_more: false, is_reset: false };
    expect(await changes(owner, null)).toMatchObject(nothing);
    expect(await value("select count(*) from contact_sync_status where owner_id = $1", owner)).toBe(
      "0",
    );
    const { cursor } = await joined();
    expect(await changes(owner, await present(owner))).toMatchObject(nothing);
    expect(cursor).toMatch(/^1\.-?\d+\.2\.\.c$/);
  });

  test.each([
    "",
    "1",
    "1.5.0.c",
    "1.5.0..c.c",
    "2.5.0..c",
    "1..0..c",
    "1.5...c",
    "1.5.0..x",
    "1.5.-1..c",
    "1.5.1234567890123456789..c",
    "1.9223372036854775808.0..c",
    `1.${"9".repeat(40)}.0..c`,
    "1.5.0.zz.c",
    `1.5.0.${"a".repeat(31)}.r`,
    `1.5.0.${"A".repeat(32)}.r`,
    "1.5.0..c\n",
  ])("refuses what is no cursor: %j", async (cursor) => {
    await expect(changes(newUser(), cursor)).rejects.toMatchObject({ code: "YC001" });
  });

  test("tells each changed contact once, in the order of the changes, however it is asked", async () => {
    const { owner, users, hashes, cursor } = await joined(5);
    const all = await changes(owner, cursor);
    expect(all.changed_phone_hashes.toSorted()).toEqual(hashes);
    expect(all).toMatchObject({
      changed_silent: Array(5).fill(false),
      has_more: false,
      is_reset: false,
    });
    expect(users).toContain(all.changed_user_ids[0]);

    let [from, told] = [cursor, [] as string[]];
    for (let more = true; more; ) {
      const page = await changes(owner, from, 2);
      told = [...told, ...page.changed_phone_hashes];
      [from, more] = [page.changes_cursor, page.has_more];
    }
    expect(told).toEqual(all.changed_phone_hashes);
    expect(from).toBe(all.changes_cursor);

    await rows("select unlink_phone($1)", hashes[1]);
    await drain();
    const gone = await changes(owner, from);
    expect(gone).toMatchObject({ changed_phone_hashes: [hashes[1]], changed_user_ids: [null] });
    // Of what changed twice, the present is told, once.
    expect((await changes(owner, cursor)).changed_phone_hashes.toSorted()).toEqual(hashes);
  });

  test("says where nobody was to be notified", async () => {
    const { owner, hashes, cursor } = await joined(2, { announce: false });
    expect(await changes(owner, cursor)).toMatchObject({ changed_silent: [true, true] });
    expect(await sync(owner, hashes)).toMatchObject({ matched_silent: [true, true] });
    // A verification that is announced says nothing anew while the user is the same.
    await rows("select link_phone($1, linked_user_id) from phones where phone_key = $1", hashes[0]);
    await drain();
    expect(await changes(owner, cursor)).toMatchObject({ changed_silent: [true, true] });
  });

  test("a number that is gone and back before the linker has been round is told", async () => {
    const { owner, users, hashes } = await joined();
    await rows("select unlink_phone($1)", hashes[0]);
    const follower = await Follower.begin(client(), owner); // sees nobody
    expect(follower.linked()).toEqual({});
    await rows("select link_phone($1, $2)", hashes[0], users[0]);
    await drain();
    await follower.pollToTheEnd(client(), 10);
    expect(follower.linked()).toEqual({ [hashes[0] as string]: users[0] });
  });

  test("a given link that is given anew after an erasure is told", async () => {
    const [owner, user, [hash]] = [newUser(), newUser(), newPhones(1)];
    const item = JSON.stringify([{ owner_id: owner, phone_hash: hash, linked_user_id: user }]);
    await rows("select bulk_insert_contacts($1)", item);
    // Somebody has the owner, so that the erasure leaves the row as it is.
    const other = await database().pool.connect();
    try {
      await other.query("begin");
      await other.query("select set_contact_favorite($1, $2, true)", [owner, hash]);
      await rows("select erase_user($1)", user);
      const follower = await Follower.begin(client(), owner);
      expect(follower.linked()).toEqual({});
      await other.query("commit");
      await rows("select bulk_insert_contacts($1)", item);
      await drain();
      await follower.pollToTheEnd(client(), 10);
      expect(follower.linked()).toEqual({ [hash as string]: user });
    } finally {
      other.release(true);
    }
  });

  test("a contact that comes with a link is told, and so is a whole book", async () => {
    const { owner, hashes, cursor } = await joined(2);
    const other = newUser();
    const empty = await present(other);
    await sync(other, hashes);
    const first = await changes(other, empty);
    expect(first).toMatchObject({ is_reset: false, changed_phone_hashes: hashes });
    // A whole book costs no number a contact.
    expect(
      await value(
        "select count(link_number) from contacts_with_accounts where owner_id = $1",
        other,
      ),
    ).toBe("0");

    const [more] = newPhones(1);
    await rows("select link_phone($1, $2)", more, newUser());
    const before = await present(owner);
    await sync(owner, [more as string]);
    expect(await changes(owner, before)).toMatchObject({
      changed_phone_hashes: [more],
      is_reset: false,
    });
    expect((await changes(owner, cursor)).changed_phone_hashes).toHaveLength(3);
  });

  test("a linked contact that leaves the book begins anew, another one does not", async () => {
    const { owner, hashes } = await joined(3);
    const plain = newPhones(1);
    await sync(owner, plain);
    const cursor = await present(owner);
    await rows("select delete_contacts($1, $2::uuid[])", owner, plain);
    expect(await changes(owner, cursor)).toMatchObject({
      is_reset: false,
      changed_phone_hashes: [],
    });
    await sync(owner, hashes.slice(1), "replace");
    const reset = await changes(owner, cursor, 1);
    expect(reset).toMatchObject({
      is_reset: true,
      has_more: true,
      changed_phone_hashes: [hashes[1]],
    });
    const rest = await changes(owner, reset.changes_cursor, 1);
    expect(rest).toMatchObject({
      is_reset: false,
      has_more: false,
      changed_phone_hashes: [hashes[2]],
    });
    expect(await changes(owner, rest.changes_cursor)).toMatchObject({
      is_reset: false,
      changed_phone_hashes: [],
    });
  });

  test("a cursor of a history that a restored backup has cut off begins anew", async () => {
    const { owner, hashes } = await joined(2);
    await rows("create table backup_status as table contact_sync_status");
    await rows("create table backup_contacts as table contacts_with_accounts");
    for (const hash of hashes) {
      await rows("select unlink_phone($1)", hash);
      await drain();
    }
    const lost = await present(owner);
    expect(await changes(owner, lost)).toMatchObject({ is_reset: false });

    await rows("truncate contact_sync_status, contacts_with_accounts");
    await rows("insert into contact_sync_status table backup_status");
    await rows("insert into contacts_with_accounts table backup_contacts");
    expect(await changes(owner, lost)).toMatchObject({ is_reset: true });
    // Nor when as many changes have come again.
    for (let time = 0; time < 5; time++) {
      await rows("select link_phone($1, $2)", hashes[0], newUser());
      await drain();
      expect(await changes(owner, lost)).toMatchObject({ is_reset: true });
    }
  });

  test("a cursor of a book that a backup does not have begins anew", async () => {
    const [owner, one, other] = [newUser(), newPhones(1), newPhones(1)];
    for (const hash of [...one, ...other]) await rows("select link_phone($1, $2)", hash, newUser());
    await sync(owner, []);
    await rows(
      "create table empty_status as select * from contact_sync_status where owner_id = $1",
      owner,
    );
    await sync(owner, one);
    const lost = await present(owner);
    await rows("delete from contacts_with_accounts where owner_id = $1", owner);
    await rows("delete from contact_sync_status where owner_id = $1", owner);
    await rows("insert into contact_sync_status table empty_status");
    expect(await changes(owner, lost)).toMatchObject({ is_reset: true });
    await sync(owner, other);
    expect(await changes(owner, lost)).toMatchObject({
      is_reset: true,
      changed_phone_hashes: other,
    });
  });

  test("a cursor that is older than what is kept begins anew, however old it is", async () => {
    const { owner, hashes, cursor } = await joined(1);
    for (let time = 0; time < 40; time++) {
      await rows("select link_phone($1, $2)", hashes[0], newUser());
      await drain();
    }
    expect(await changes(owner, cursor)).toMatchObject({
      is_reset: true,
      changed_phone_hashes: hashes,
    });
    expect(
      await value(
        "select cardinality(link_marks) from contact_sync_status where owner_id = $1",
        owner,
      ),
    ).toBe(32);
  });

  test.each([
    "",
    "0",
    "1.0.0.c",
    "1.0.0..x",
    "2.0.0..c",
    "1.a.0..c",
    "1.0.-1..c",
    "1.99999999999999999999.0..c",
    "1.9999999999999999999.0..c",
    "1.0.0.zz.c",
    `1.0.0.${"0".repeat(33)}.c`,
    "1.0.0..c ",
    "x".repeat(10_000),
  ])("refuses a cursor that is none: %j", async (cursor) => {
    await expect(changes(newUser(), cursor)).rejects.toMatchObject({ code: "YC001" });
  });

  test("begins anew with a cursor that somebody has made up", async () => {
    const { owner, hashes } = await joined(1);
    for (const cursor of [
      "1.5.2..c",
      `1.5.2.${"f".repeat(32)}.c`,
      "1.0.4..c",
      "1.0.999999999999999999..c",
    ]) {
      expect(await changes(owner, cursor)).toMatchObject({
        is_reset: true,
        changed_phone_hashes: hashes,
      });
    }
  });
});

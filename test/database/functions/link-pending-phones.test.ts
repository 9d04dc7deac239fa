import { beforeEach, expect, test } from "vitest";
import { describePostgres } from "../../support/postgres.ts";
import { newPhones, newUser, refusalOf, useSql } from "../../support/sql.ts";
import { rowsWritten } from "../../support/written-rows.ts";

describePostgres("link_pending_phones", (server) => {
  const { database, rows, row, value } = useSql(server);
  beforeEach(async () => {
    await rows("truncate contact_sync_pending_links");
  });

  const sync = (owner: string, ...hashes: string[]) =>
    rows("select sync_user_contacts($1, $2, 1)", owner, hashes);
  const link = (hash: string, user: string) => rows("select link_phone($1, $2)", hash, user);
  const linkPending = (...values: unknown[]) =>
    row(
      `select * from link_pending_phones(${values.map((_, index) => `$${index + 1}`)})`,
      ...values,
    );
  const stored = (owner: string) =>
    value("select linked_user_id from contacts_with_accounts where owner_id = $1", owner);
  const onePhone = () => newPhones(1)[0] as string;

  test("brings a change of the directory to every book, and is done", async () => {
    const [one, other, friend, heir] = [newUser(), newUser(), newUser(), newUser()];
    const hash = onePhone();
    await sync(one, hash);
    await sync(other, hash);

    await link(hash, friend);
    const both = { contacts_changed: 2, entries_finished: 1, entries_waiting: 0 };
    expect(await linkPending()).toEqual(both);
    expect([await stored(one), await stored(other)]).toEqual([friend, friend]);

    await link(hash, heir);
    expect(await linkPending()).toEqual(both);
    expect([await stored(one), await stored(other)]).toEqual([heir, heir]);

    await rows("select unlink_phone($1)", hash);
    expect(await linkPending()).toEqual(both);
    expect([await stored(one), await stored(other)]).toEqual([null, null]);

    const nothing = { contacts_changed: 0, entries_finished: 0, entries_waiting: 0 };
    expect(await linkPending()).toEqual(nothing);
  });

  test("does not link people to themselves", async () => {
    const [owner, hash] = [newUser(), onePhone()];
    await sync(owner, hash);
    await link(hash, owner);
    expect(await linkPending()).toMatchObject({ contacts_changed: 0, entries_finished: 1 });
    expect(await stored(owner)).toBeNull();
  });

  test("writes only contacts whose link changes", async () => {
    const [owner, right, friend] = [newUser(), newUser(), newUser()];
    const hash = onePhone();
    await sync(owner, hash);
    await link(hash, friend);
    await sync(right, hash);
    const written = await rowsWritten(database(), "contacts_with_accounts", (client) =>
      client.query("select link_pending_phones()"),
    );
    expect(written).toEqual({ n_tup_ins: 0, n_tup_upd: 1, n_tup_del: 0 });
  });

  test("may be narrowed to some numbers", async () => {
    const [owner, other] = [newUser(), newUser()];
    const [one = "", two = ""] = newPhones(2);
    await sync(owner, one);
    await sync(other, two);
    await link(one, newUser());
    await link(two, newUser());
    expect(await linkPending([one])).toEqual({
      contacts_changed: 1,
      entries_finished: 1,
      entries_waiting: 0,
    });
    expect(await stored(other)).toBeNull();
    expect(await linkPending([])).toMatchObject({ entries_finished: 0 });
    expect(await linkPending()).toMatchObject({ contacts_changed: 1, entries_finished: 1 });
  });

  test("takes a number that everybody has in pieces", async () => {
    const [hash, friend] = [onePhone(), newUser()];
    const owners = Array.from({ length: 5 }, newUser);
    for (const owner of owners) await sync(owner, hash);
    await link(hash, friend);

    const pass = () => linkPending(null, 2);
    const unfinished = { contacts_changed: 2, entries_finished: 0, entries_waiting: 1 };
    expect(await pass()).toEqual(unfinished);
    expect(await pass()).toEqual(unfinished);
    expect(await pass()).toEqual({ contacts_changed: 1, entries_finished: 1, entries_waiting: 0 });
    for (const owner of owners) expect(await stored(owner)).toBe(friend);
  });

  test("waits with an entry for whoever may have read the directory before it", async () => {
    const [owner, friend, hash] = [newUser(), newUser(), onePhone()];
    const early = await database().pool.connect();
    try {
      await early.query("begin");
      await early.query("select sync_user_contacts($1, $2, 1)", [owner, [hash]]);
      await link(hash, friend);
      const waiting = { contacts_changed: 0, entries_finished: 0, entries_waiting: 1 };
      expect(await linkPending()).toEqual(waiting);
      expect(await linkPending()).toEqual(waiting);
      await early.query("commit");
    } finally {
      early.release();
    }
    expect(await stored(owner)).toBeNull();
    expect(await linkPending()).toEqual({
      contacts_changed: 1,
      entries_finished: 1,
      entries_waiting: 0,
    });
    expect(await stored(owner)).toBe(friend);
  });

  test.each([0, -1, 1_000_001])("refuses to handle %i contacts", async (contacts) => {
    expect((await refusalOf(linkPending(null, contacts))).code).toBe("INVALID_ARGUMENT");
  });
});

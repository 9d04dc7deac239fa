import { expect, test } from "vitest";
import { describePostgres } from "../../support/postgres.ts";
import { newPhones, newUser, useSql } from "../../support/sql.ts";

// Rows of phones that somebody wrote by hand: the linker's queue knows nothing of them.

describePostgres("relink_phones", (server) => {
  const { database, rows, row } = useSql(server);
  const sync = (owner: string, hashes: string[]) =>
    rows("select sync_user_contacts($1, $2, 1)", owner, hashes);
  const links = async (owner: string) =>
    (
      await rows(
        "select linked_user_id as link from contacts_with_accounts where owner_id = $1 order by phone_key",
        owner,
      )
    ).map(({ link }) => link);
  const relink = (most = 10_000) => row("select * from relink_phones($1)", most);
  const drain = async () => {
    for (;;) {
      const pass = await row("select * from link_pending_phones()");
      if (pass["contacts_changed"] === 0 && pass["entries_finished"] === 0) return;
    }
  };
  const dashed = (hash: string) =>
    hash.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
  const sortedPhones = (count: number) => newPhones(count).sort();

  test("finds rows inserted, changed and deleted by hand, and links their contacts", async () => {
    const [owner, friend, heir] = [newUser(), newUser(), newUser()];
    const hashes = sortedPhones(4);
    const [inserted, changed, deleted, right] = hashes;
    await sync(owner, hashes);
    for (const hash of [changed, deleted, right]) {
      await rows("select link_phone($1, $2)", hash, friend);
    }
    await drain();
    expect(await links(owner)).toEqual([null, friend, friend, friend]);

    await rows("insert into phones values ($1, $2, now())", inserted, friend);
    await rows("update phones set linked_user_id = $2 where phone_key = $1", changed, heir);
    await rows("delete from phones where phone_key = $1", deleted);
    await drain();
    expect(await links(owner)).toEqual([null, friend, friend, friend]);

    expect(await relink()).toMatchObject({
      numbers_found: "3",
      contacts_changed: 3,
      entries_waiting: 3, // until it has committed
      transactions_running: 0,
    });
    expect(await links(owner)).toEqual([friend, heir, null, friend]);
    expect(await relink()).toMatchObject({
      numbers_found: "0",
      contacts_changed: 0,
      entries_waiting: 0,
    });
  });

  test("of a directory that was emptied takes each number once, and in steps", async () => {
    const owners = [newUser(), newUser(), newUser()];
    const [hash = ""] = newPhones(1);
    const friend = newUser();
    await rows("select link_phone($1, $2)", hash, friend);
    for (const owner of owners) await sync(owner, [hash]);
    await drain();
    await rows("truncate phones");
    expect(await relink(2)).toMatchObject({ contacts_changed: 2 });
    await drain();
    for (const owner of owners) expect(await links(owner)).toEqual([null]);
  });

  test("leaves given links where the directory is silent, own numbers, and what is right", async () => {
    const [owner, friend] = [newUser(), newUser()];
    const [given = "", own = ""] = newPhones(2);
    await rows(
      "select bulk_insert_contacts($1)",
      JSON.stringify([{ owner_id: owner, phone_hash: given, linked_user_id: friend }]),
    );
    await sync(owner, [own]);
    await rows("insert into phones values ($1, $2, now())", own, owner);
    expect(await relink()).toMatchObject({ numbers_found: "0", contacts_changed: 0 });
    await rows("insert into phones values ($1, $2, now())", given, owner);
    expect(await relink()).toMatchObject({ numbers_found: "1", contacts_changed: 1 });
  });

  test("waits for a sync that has read the directory before", async () => {
    const [owner, friend] = [newUser(), newUser()];
    const [hash = ""] = newPhones(1);
    const device = await database().pool.connect();
    try {
      await device.query("begin");
      await device.query("select sync_user_contacts($1, $2, 1)", [owner, [hash]]);
      await rows("insert into phones values ($1, $2, now())", hash, friend);
      const relinked = relink();
      await device.query("commit");
      expect(await relinked).toMatchObject({ contacts_changed: 1, transactions_running: 0 });
    } finally {
      device.release();
    }
    await drain();
    expect(await links(owner)).toEqual([friend]);
  });

  test("says so where such a sync goes on", async () => {
    const device = await database().pool.connect();
    try {
      await device.query("begin");
      await device.query("select contact_sync_enter_fence()");
      expect(await relink()).toMatchObject({ transactions_running: 1 });
    } finally {
      await device.query("rollback");
      device.release();
    }
  });

  test("locks no owner while it compares, and none that it changes nothing of", async () => {
    const owner = newUser();
    const [hash = ""] = newPhones(1);
    await sync(owner, [hash]);
    const operator = await database().pool.connect();
    try {
      await operator.query("begin");
      await operator.query("select relink_phones()");
      await sync(owner, [hash]);
      await rows("select from contact_sync_status where owner_id = $1 for update nowait", owner);
    } finally {
      await operator.query("rollback");
      operator.release();
    }
  });

  test("is service_role's alone", async () => {
    const client = await database().pool.connect();
    try {
      for (const role of ["anon", "authenticated"]) {
        await client.query(`set role ${role}`);
        await expect(client.query("select relink_phones()")).rejects.toThrow("permission denied");
        await client.query("reset role");
      }
      await client.query("set role service_role");
      await client.query("select relink_phones()");
      await client.query("select code from check_contact_sync()");
    } finally {
      await client.query("reset role");
      client.release();
    }
  });

  test("takes no entry for one owner, and none from before it that a worker gave, for all who hold the number", async () => {
    const [owner, friend, other] = [newUser(), newUser(), newUser()];
    const hashes = sortedPhones(2);
    const [ofOne, ofAll] = hashes;
    await sync(owner, hashes);
    for (const hash of hashes) await rows("select link_phone($1, $2)", hash, friend);
    await drain();
    await rows("delete from phones where phone_key::text = any ($1)", hashes.map(dashed));
    // On a cluster the ids of a worker are larger than any of the coordinator's. Of the second entry
    // all is done but for an owner who is late.
    await rows(
      `insert into contact_sync_pending_links (entry_id, phone_key, owner_id, fence_holders, late_owner_ids, late_since, blockers, retry_at)
       overriding system value
       values (562949953421313, $1, $3, null, null, null, null, null),
              (562949953421314, $2, null, '{}', array[$3::uuid], now(), '{}', now() + interval '1 day')`,
      ofOne,
      ofAll,
      other,
    );
    expect(await relink()).toMatchObject({ numbers_found: "2" });
    await drain();
    expect(await links(owner)).toEqual([null, null]);
    await rows("delete from contact_sync_pending_links");
  });

  test("goes through more than one stretch", async () => {
    const [owner, friend] = [newUser(), newUser()];
    const hashes = newPhones(3);
    await sync(owner, hashes);
    await rows(
      "insert into phones select gen_random_uuid(), gen_random_uuid(), now() from generate_series(1, 20001)",
    );
    await rows(
      "insert into phones select h::uuid, $1, now() from unnest($2::text[]) h",
      friend,
      hashes,
    );
    expect(await relink()).toMatchObject({ numbers_found: "3", contacts_changed: 3 });
    await rows("delete from phones where linked_user_id = $1", friend);
    expect(await relink()).toMatchObject({ numbers_found: "3", contacts_changed: 3 });
  });
});

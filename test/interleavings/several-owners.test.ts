import { expect, test } from "vitest";
import { describePostgres, useDatabase } from "../support/postgres.ts";
import { bulkInsert, countedContacts, erase, link, stored, sync } from "./calls.ts";
import { aPhone, type Session, someone, somePhones, untilBlocked, useSessions } from "./session.ts";

describePostgres("different owners", (server) => {
  const database = useDatabase(server);
  const open = useSessions(database);

  test("don't wait for each other, whatever they share", async () => {
    const [one, two] = [await open(), await open()];
    const [busy, known, fresh, alice] = [someone(), someone(), someone(), someone()];
    const phones = somePhones(20);
    const [phone] = phones as [string];
    await link(one, phone, alice);
    await sync(one, known, phones);

    await one.begin();
    await sync(one, busy, phones, "replace");
    await two.rows("set lock_timeout = '1ms'");
    for (const owner of [known, fresh]) {
      await sync(two, owner, phones);
      await sync(two, owner, phones.slice(1), "replace");
      await bulkInsert(two, [{ owner_id: owner, phone_hash: phone, is_favorite: true }]);
      await two.call("set_contact_favorite", owner, phone, false);
      await two.call("record_contact_interaction", owner, phone);
      await two.call("delete_contacts", owner, [phone]);
      await erase(two, owner);
    }
    // It would have been noticed; on a cluster, where other nodes know nothing of lock_timeout, by
    // waiting until now.
    const own = sync(two, busy, phones);
    if (server.onCitus) await untilBlocked(database(), two);
    else await expect(own).rejects.toMatchObject({ code: "55P03" });
    await one.commit();
    if (server.onCitus) await own;
  });

  test("bulk inserts over the same owners in opposite orders do not deadlock", async () => {
    const owners = Array.from({ length: 40 }, someone);
    const phones = somePhones(3);
    const items = owners.flatMap((owner) =>
      phones.map((phone) => ({ owner_id: owner, phone_hash: phone })),
    );
    const sessions = await Promise.all([open(), open(), open(), open()]);

    const results = await Promise.all(
      sessions.map((session, place) =>
        bulkInsert(session, place % 2 === 0 ? items : items.toReversed()),
      ),
    );

    const inserted = results.map((result) => result.contacts_inserted);
    expect(inserted.toSorted((a, b) => b - a)).toEqual([120, 0, 0, 0]);
    for (const owner of owners) expect(await countedContacts(sessions[0], owner)).toBe(3);
  });

  /** As they are locked: on a cluster, in the order of the shards. */
  const inOrder = async (session: Session, ...owners: string[]) => {
    const groups = await session.rows<{ id: string }>(
      `select o.id
         from contact_sync_owner_groups($1::uuid[]) with ordinality as g (owner_ids, place)
        cross join lateral unnest(coalesce(g.owner_ids, $1::uuid[])) as o (id)
        order by g.place, o.id`,
      [owners],
    );
    return groups.map(({ id }) => id) as [string, string];
  };

  test("are locked in their order, wherever their rows lie", async () => {
    const [holder, waiter, asker] = [await open(), await open(), await open()];
    const [low, high] = await inOrder(asker, someone(), someone());
    const lock = (session: typeof holder, ...owners: string[]) =>
      session.rows("select contact_sync_lock_owners($1)", [owners]);

    for (const state of ["new", "known"]) {
      await holder.begin();
      await waiter.begin();
      await asker.begin();
      await lock(holder, low);
      const waiting = lock(waiter, high, low);
      await untilBlocked(database(), waiter);
      // The waiter has nothing yet of what comes behind the one it waits for.
      await asker.rows("set local lock_timeout = '1s'");
      await expect(lock(asker, high), state).resolves.toHaveLength(1);
      await asker.rollback();
      await holder.rollback();
      await waiting;
      await waiter.rollback();
      // Now as rows that are there, the higher one before the lower one.
      await lock(holder, high);
      await lock(holder, low);
    }
  });

  test("a bulk insert of several owners goes on when one of them is erased while it waits", async () => {
    const [operator, app] = [await open(), await open()];
    const owners = [someone(), someone(), someone()].sort() as [string, string, string];
    const phone = aPhone();
    for (const owner of owners) await sync(app, owner, [phone]);

    await operator.begin();
    await erase(operator, owners[1]);
    const insert = bulkInsert(
      app,
      owners.map((owner) => ({ owner_id: owner, phone_hash: phone })),
    );
    await untilBlocked(database(), app);
    await operator.commit();

    expect(await insert).toMatchObject({ contacts_inserted: 1, contacts_unchanged: 2 });
    for (const owner of owners) expect(await countedContacts(app, owner)).toBe(1);
  });

  test("a bulk insert that waits for one of its owners holds up none of the others", async () => {
    const [forgetful, app, device] = [await open(), await open(), await open()];
    const owners = [someone(), someone(), someone()].sort() as [string, string, string];
    const phone = aPhone();
    for (const owner of owners) await sync(device, owner, [phone]);

    await forgetful.begin();
    await sync(forgetful, owners[2], [phone]);
    const insert = bulkInsert(
      app,
      owners.map((owner) => ({ owner_id: owner, phone_hash: phone, is_favorite: true })),
    );
    await untilBlocked(database(), app);
    await device.rows("set lock_timeout = '1ms'");
    for (const owner of owners.slice(0, 2)) await sync(device, owner, [phone]);
    await forgetful.commit();
    expect(await insert).toMatchObject({ contacts_updated: 3 });
  });

  test("an erasure takes links to the user also off contacts that came while it waited", async () => {
    const [holder, app, operator] = [await open(), await open(), await open()];
    const [user, owner, phone] = [someone(), someone(), aPhone()];

    await holder.begin();
    await holder.rows("select contact_sync_lock_owners($1)", [[user]]);
    await operator.begin();
    const erasure = erase(operator, user);
    await untilBlocked(database(), operator);
    await bulkInsert(app, [{ owner_id: owner, phone_hash: phone, linked_user_id: user }]);
    await holder.rollback();
    await erasure;

    // It has to wait, or it would write back the link that it still sees.
    const insert = bulkInsert(app, [{ owner_id: owner, phone_hash: phone, is_favorite: true }]);
    await untilBlocked(database(), app);
    await operator.commit();
    await insert;

    expect(await stored(app, owner)).toMatchObject([{ link: null, given: false, favorite: true }]);
  });
});

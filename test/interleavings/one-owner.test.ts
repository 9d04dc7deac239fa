import { beforeAll, expect, test } from "vitest";
import type { ContactsWithAccounts } from "../../src/index.ts";
import { openContactSync } from "../support/open-contact-sync.ts";
import { ourTablesWith } from "../support/our-objects.ts";
import { describePostgres, useDatabase } from "../support/postgres.ts";
import { bulkInsert, countedContacts, erase, link, stored, sync } from "./calls.ts";
import { aPhone, type Session, someone, somePhones, untilBlocked, useSessions } from "./session.ts";

// Promise 5 (docs/architecture.md): what two calls for one owner do to each other.

describePostgres("calls for one owner follow one another", (server) => {
  const database = useDatabase(server);
  const open = useSessions(database);
  let contactSync: ContactsWithAccounts;
  // First of all: once it was used from SQL alone, a database takes no key any more.
  beforeAll(async () => {
    contactSync = await openContactSync(database());
  });

  test("two first syncs: the second waits, and counts what the first has left to do", async () => {
    const [phone, tablet] = [await open(), await open()];
    const owner = someone();
    const [a, b, c] = somePhones(3) as [string, string, string];

    await phone.begin();
    expect(await sync(phone, owner, [a, b])).toMatchObject({ contacts_inserted: 2 });
    const second = sync(tablet, owner, [b, c]);
    await untilBlocked(database(), tablet);
    await phone.commit();

    expect(await second).toMatchObject({ contacts_inserted: 1, contacts_unchanged: 1 });
    expect((await stored(phone, owner)).map((contact) => contact.phone)).toEqual([a, b, c]);
    expect(await countedContacts(phone, owner)).toBe(3);
  });

  test("eight first syncs at once insert each contact once", async () => {
    const owner = someone();
    const numbers = Array.from({ length: 300 }, (_, index) => `+20100${1_000_000 + index}`);

    const results = await Promise.all(
      Array.from({ length: 8 }, (_, device) =>
        contactSync.syncContacts(owner, device % 2 === 0 ? numbers : numbers.toReversed(), 300, {
          batchSize: 37,
        }),
      ),
    );

    const inserted = results.map((result) => result.contacts_inserted);
    expect(inserted.toSorted((one, other) => other - one)).toEqual([300, 0, 0, 0, 0, 0, 0, 0]);
    expect((await contactSync.summarizeContacts(owner)).contacts_count).toBe(300);
    expect((await contactSync.getSyncStatus(owner)).contacts_count).toBe(300);
  });

  test("a replace removes what a merge before it has added, and not what one after it adds", async () => {
    const [one, two, three] = [await open(), await open(), await open()];
    const owner = someone();
    const [a, b, c] = somePhones(3) as [string, string, string];
    await sync(one, owner, [a]);

    await one.begin();
    await two.begin();
    await sync(one, owner, [b]);
    const replace = sync(two, owner, [a], "replace");
    await untilBlocked(database(), two);
    await one.commit();
    expect(await replace).toMatchObject({ contacts_unchanged: 1, contacts_removed: 1 });

    // Begun only now: of two that wait for one row, PostgreSQL may let either go first.
    const merge = sync(three, owner, [c]);
    await untilBlocked(database(), three);
    await two.commit();
    expect(await merge).toMatchObject({ contacts_inserted: 1 });
    expect((await stored(one, owner)).map((contact) => contact.phone)).toEqual([a, c]);
    expect(await countedContacts(one, owner)).toBe(2);
  });

  const OTHERS: Record<
    string,
    (session: Session, owner: string, phone: string) => Promise<unknown>
  > = {
    bulk_insert_contacts: (session, owner, phone) =>
      bulkInsert(session, [{ owner_id: owner, phone_hash: phone }]),
    contact_sync_stream_chunk: (session, owner, phone) =>
      session.call("contact_sync_stream_chunk", owner, someone(), [phone]),
    contact_sync_finish_stream: (session, owner) =>
      session.call(
        "contact_sync_finish_stream",
        owner,
        someone(),
        0,
        "replace",
        true,
        "(0,0,0,0,1,1,0,0,0,{},{},,,,,,)",
      ),
    set_contact_favorite: (session, owner, phone) =>
      session.call("set_contact_favorite", owner, phone, true),
    record_contact_interaction: (session, owner, phone) =>
      session.call("record_contact_interaction", owner, phone),
    delete_contacts: (session, owner, phone) => session.call("delete_contacts", owner, [phone]),
    delete_all_contacts: (session, owner) => session.call("delete_all_contacts", owner),
    contact_sync_record_failure: (session, owner) =>
      session.call("contact_sync_record_failure", owner, 1, "merge", 500, 1, "INTERNAL"),
    erase_user: erase,
  };

  for (const [name, other] of Object.entries(OTHERS)) {
    test(`${name} waits for a sync of the owner, sees what it wrote, and counts right`, async () => {
      const [device, app] = [await open(), await open()];
      const [owner, phone] = [someone(), aPhone()];

      await device.begin();
      await sync(device, owner, [phone, aPhone()]);
      const waiting = other(app, owner, phone);
      await untilBlocked(database(), app);
      await device.commit();
      await waiting;

      const contacts = await stored(device, owner);
      expect((await countedContacts(device, owner)) ?? 0).toBe(contacts.length);
    });
  }

  test("a sync that waits for the owner's erasure starts a new book", async () => {
    const [operator, device, tablet] = [await open(), await open(), await open()];
    const owner = someone();
    const [a, b, c] = somePhones(3) as [string, string, string];
    await sync(device, owner, [a, b]);

    await operator.begin();
    expect(await erase(operator, owner)).toMatchObject({ contacts_deleted: 2 });
    const one = sync(device, owner, [b, c]);
    const two = sync(tablet, owner, [b, c]);
    await untilBlocked(database(), device, tablet);
    await operator.commit();

    const inserted = [(await one).contacts_inserted, (await two).contacts_inserted];
    expect(inserted.toSorted()).toEqual([0, 2]);
    expect((await stored(operator, owner)).map((contact) => contact.phone)).toEqual([b, c]);
    expect(await countedContacts(operator, owner)).toBe(2);
  });

  test("an erasure that waits for a sync of the owner leaves nothing of it", async () => {
    const [device, operator] = [await open(), await open()];
    const owner = someone();

    await device.begin();
    await sync(device, owner, somePhones(2));
    await device.call("contact_sync_stream_chunk", owner, someone(), somePhones(2), 500, true);
    const erasure = erase(operator, owner);
    await untilBlocked(database(), operator);
    await device.commit();

    expect(await erasure).toMatchObject({ contacts_deleted: 4, runs_folded: 1 });
    const tables = await ourTablesWith(database().pool, "owner_id");
    expect(tables.length).toBeGreaterThan(4);
    for (const table of tables) {
      const rows = await device.rows(`select from ${table} where owner_id = $1`, [owner]);
      expect(rows, table).toHaveLength(0);
    }
  });
});

describePostgres("the owner's marks", (server) => {
  const database = useDatabase(server);
  const open = useSessions(database);
  const AT = "2025-06-01T12:00:00Z";

  test("a favourite that waits for a bulk insert and one that a bulk insert waits for both stand", async () => {
    const [app, person] = [await open(), await open()];
    const [owner, phone] = [someone(), aPhone()];
    await sync(app, owner, [phone]);

    await app.begin();
    await bulkInsert(app, [{ owner_id: owner, phone_hash: phone, last_interaction: AT }]);
    const mark = person.call("set_contact_favorite", owner, phone, true);
    await untilBlocked(database(), person);
    await app.commit();
    await mark;
    const marked = [{ favorite: true, interaction: new Date(AT) }];
    expect(await stored(app, owner)).toMatchObject(marked);

    await person.begin();
    await person.call("set_contact_favorite", owner, phone, false);
    const later = "2025-06-02T12:00:00Z";
    const insert = bulkInsert(app, [
      { owner_id: owner, phone_hash: phone, last_interaction: later },
    ]);
    await untilBlocked(database(), app);
    await person.commit();
    expect(await insert).toMatchObject({ contacts_updated: 1 });
    expect(await stored(app, owner)).toMatchObject([
      { favorite: false, interaction: new Date(later) },
    ]);
  });

  test("a sync that changes the link keeps marks made while it waited", async () => {
    const [person, app, device] = [await open(), await open(), await open()];
    const [owner, phone, alice] = [someone(), aPhone(), someone()];
    await sync(device, owner, [phone]);
    await link(device, phone, alice);

    await person.begin();
    await person.call("set_contact_favorite", owner, phone, true);
    const insert = bulkInsert(app, [{ owner_id: owner, phone_hash: phone, last_interaction: AT }]);
    await untilBlocked(database(), app);
    const synced = sync(device, owner, [phone]);
    await untilBlocked(database(), app, device);
    await person.commit();

    await insert;
    expect(await synced).toMatchObject({ matched_contacts: 1 });
    expect(await stored(person, owner)).toMatchObject([
      { link: alice, favorite: true, interaction: new Date(AT) },
    ]);
  });
});

import pg from "pg";
import { afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { type ContactsWithAccounts, createContactSync } from "../../src/index.ts";
import { TEST_KEY } from "../support/open-contact-sync.ts";
import { describePostgres, useDatabase } from "../support/postgres.ts";
import { hashOf, numberOf } from "../support/use-contact-sync.ts";
import { finishLinks } from "./calls.ts";
import { type Session, someone, useSessions } from "./session.ts";

// An app that leaves a transaction open has an owner locked for as long. That owner's links are
// late, and nobody else waits. To wait would be an error here: the time limit is short.

describePostgres("one open transaction", (server) => {
  const database = useDatabase(server);
  const open = useSessions(database);
  let contactSync: ContactsWithAccounts;
  let next = 0;
  const newNumber = () => {
    next += 1;
    return next;
  };

  beforeAll(async () => {
    const pool = new pg.Pool({
      connectionString: database().connectionString,
      options: "-c lock_timeout=1s",
      max: 4,
    });
    pool.on("error", () => {});
    contactSync = await createContactSync({ database: pool, key: TEST_KEY });
    return () => pool.end();
  });

  const linkOf = async (owner: string, n: number) =>
    (await contactSync.findContact(owner, hashOf(n)))?.linked_user_id;
  const storedLinks = async (n: number) => {
    const session = await open();
    const { link, all } = (
      await session.rows<{ link: number; all: number }>(
        `select count(c.linked_user_id)::integer as link, count(*)::integer as "all"
           from contacts_with_accounts c
          where c.phone_key = (select s.phone_key from contacts_with_accounts s where s.owner_id = $1)`,
        [await sampleOf(n)],
      )
    )[0] as { link: number; all: number };
    return { link, all };
  };
  /** An owner of that one number, by whom its key is found. */
  const samples = new Map<number, string>();
  const sampleOf = async (n: number) => {
    const sample = samples.get(n) ?? someone();
    if (!samples.has(n)) await contactSync.syncContacts(sample, [numberOf(n)], 1);
    samples.set(n, sample);
    return sample;
  };

  /** The transaction that an app forgot, on a connection of its own. */
  async function heldOpen(owner: string, numbers: readonly number[]): Promise<Session> {
    await contactSync.syncContacts(owner, numbers.map(numberOf), numbers.length);
    const app = await open();
    await app.rows("set application_name = 'a forgetful app'");
    await app.begin();
    await app.rows("select contact_sync_lock_owners($1)", [[owner]]);
    return app;
  }

  let owner: string;
  let other: string;
  let n: number;
  let app: Session;
  beforeEach(async () => {
    [owner, other, n] = [someone(), someone(), newNumber()];
    await sampleOf(n);
    await contactSync.syncContacts(other, [numberOf(n)], 1);
    app = await heldOpen(owner, [n]);
  });
  afterEach(async () => {
    await app.rollback();
    await finishLinks(await open());
  });

  test("makes one owner's link late, and link() says so", async () => {
    const user = someone();
    expect(await contactSync.linkMany([{ userId: user, phoneNumber: numberOf(n) }])).toEqual({
      phones_linked: 1,
      phones_unchanged: 0,
      outdated: [],
      contacts_changed: 2,
      links_pending: 1,
    });
    expect(await linkOf(other, n)).toBe(user);
    expect(await linkOf(owner, n)).toBeNull();

    await app.commit();
    expect(await contactSync.linkPendingPhones()).toMatchObject({ contacts_changed: 1 });
    expect(await linkOf(owner, n)).toBe(user);
  });

  test("holds up no other link, unlink, sync or erasure", async () => {
    const [user, stranger] = [someone(), someone()];
    await contactSync.link(user, numberOf(n));
    for (let round = 0; round < 5; round += 1) {
      const m = newNumber();
      await contactSync.syncContacts(stranger, [numberOf(n), numberOf(m)], 2);
      expect(await contactSync.link(someone(), numberOf(m))).toBe(true);
      expect(await linkOf(stranger, m)).not.toBeNull();
      expect(await contactSync.unlink(numberOf(m))).toBe(1);
      expect(await linkOf(stranger, m)).toBeNull();
    }
    expect(await contactSync.eraseUser(user)).toMatchObject({ phones_unlinked: 1 });
    expect(await linkOf(other, n)).toBeNull();
    expect(await contactSync.eraseUser(stranger)).toMatchObject({ contacts_deleted: 6 });
  });

  test("of more owners than a pass has contacts keeps it from nobody else", async () => {
    const m = newNumber();
    await sampleOf(m);
    const many = Array.from({ length: 1_200 }, someone);
    const contacts = (owners: readonly string[]) =>
      owners.map((owner_id) => ({ owner_id, phone_hash: hashOf(m) }));
    await contactSync.bulkInsertContacts(contacts(many));
    // Where their rows lie, they come before the others.
    await app.rows("select contact_sync_lock_owners($1)", [many]);
    const others = Array.from({ length: 700 }, someone);
    await contactSync.bulkInsertContacts(contacts(others));

    expect(
      await contactSync.linkMany([{ userId: someone(), phoneNumber: numberOf(m) }]),
    ).toMatchObject({
      contacts_changed: 701,
      links_pending: 1,
    });
    expect(await storedLinks(m)).toEqual({ link: 701, all: 1_901 });

    // They are not tried again, again and again.
    expect(await contactSync.linkPendingPhones()).toMatchObject({ contacts_changed: 0 });
    await app.commit();
    await contactSync.linkPendingPhones();
    expect(await storedLinks(m)).toEqual({ link: 1_901, all: 1_901 });
  });

  test("that ends lets its owner's link go on while another one stays open", async () => {
    const third = someone();
    const stays = await heldOpen(third, [n]);
    const user = someone();
    await contactSync.link(user, numberOf(n));
    await app.commit();
    await contactSync.linkPendingPhones();
    expect(await linkOf(owner, n)).toBe(user);
    expect(await linkOf(third, n)).toBeNull();
    await stays.rollback();
    await contactSync.linkPendingPhones();
    expect(await linkOf(third, n)).toBe(user);
  });

  test("in a savepoint is not known by its id, and makes its owner late all the same", async () => {
    const [third, user] = [someone(), someone()];
    await contactSync.syncContacts(third, [numberOf(n)], 1);
    await app.rows("savepoint one");
    await app.rows("select contact_sync_lock_owners($1)", [[third]]);
    await app.rows("release savepoint one");
    await contactSync.link(user, numberOf(n));
    expect(await linkOf(other, n)).toBe(user);
    expect(await linkOf(third, n)).toBeNull();
    await app.commit();
    // A repeat tries at once; without one it is tried every now and then.
    await contactSync.link(user, numberOf(n));
    expect(await linkOf(third, n)).toBe(user);
    expect(await linkOf(owner, n)).toBe(user);
  });

  test("that holds many numbers' owner leaves room for other numbers", async () => {
    const numbers = Array.from({ length: 1_500 }, newNumber);
    await app.rollback();
    app = await heldOpen(owner, [n, ...numbers]);
    const m = newNumber();
    await contactSync.syncContacts(other, [numberOf(n), numberOf(m)], 2);
    const session = await open();
    await contactSync.linkMany(
      numbers.map((one) => ({ userId: someone(), phoneNumber: numberOf(one) })),
    );
    // In SQL, so that only the linker is left to see to it.
    const [key] = await session.rows<{ phone_key: string }>(
      `select replace(c.phone_key::text, '-', '') as phone_key
         from contacts_with_accounts c
        where c.owner_id = $1
        except
       select replace(c.phone_key::text, '-', '')
         from contacts_with_accounts c
        where c.owner_id = $2`,
      [other, owner],
    );
    await session.rows("select link_phone($1, $2)", [key?.phone_key, someone()]);
    await session.call("link_pending_phones");
    expect(await linkOf(other, m)).not.toBeNull();
  });

  test("is named once it is long in the way: the owner, and what is known of who has them", async () => {
    await contactSync.link(someone(), numberOf(n));
    const session = await open();
    const inTheWay = () => session.rows("select * from list_owners_in_the_way()");
    expect(await inTheWay()).toEqual([]);
    await session.rows(
      "update contact_sync_pending_links set late_since = now() - interval '1 hour'",
    );
    // Longer than the transaction itself it can't have been there.
    expect(await inTheWay()).toEqual([]);
    expect(await session.rows("select * from list_owners_in_the_way(interval '0')")).toMatchObject([
      {
        owner_id: owner,
        numbers_waiting: "1",
        pid: app.pid,
        application_name: "a forgetful app",
        state: "idle in transaction",
        prepared_as: null,
      },
    ]);
    expect(await session.call("contact_sync_queue_state")).toMatchObject({
      waiting: "1",
      owners_in_the_way: "0",
    });
    await app.commit();
    await contactSync.linkPendingPhones();
    expect(await session.rows("select * from list_owners_in_the_way(interval '0')")).toEqual([]);
  });

  test("does not make a status row anew for one whose book is gone", async () => {
    const session = await open();
    const user = someone();
    await contactSync.link(user, numberOf(n));
    await app.rollback();
    await session.rows("select erase_user($1)", [owner]);
    await contactSync.linkPendingPhones();
    expect(
      await session.rows("select from contact_sync_status where owner_id = $1", [owner]),
    ).toHaveLength(0);
    expect(await contactSync.linkPendingPhones()).toMatchObject({ entries_waiting: 0 });
  });

  test("nor keeps a contact without a status row from its link", async () => {
    const session = await open();
    await session.rows("delete from contact_sync_status where owner_id = $1", [other]);
    const user = someone();
    await contactSync.link(user, numberOf(n));
    expect(await linkOf(other, n)).toBe(user);
    expect(await contactSync.getSyncStatus(other)).toMatchObject({ contacts_count: 1 });
  });
});

describePostgres("two calls of link() at once", (server) => {
  const database = useDatabase(server);

  test.each(["the same number", "different numbers"])("of %s both finish", async (which) => {
    const contactSync = await createContactSync({ database: database().pool, key: TEST_KEY });
    const owners = Array.from({ length: 300 }, someone);
    const numbers = which === "the same number" ? [1, 1] : [2, 3];
    await contactSync.bulkInsertContacts(
      owners.flatMap((owner_id) =>
        [...new Set(numbers)].map((n) => ({ owner_id, phone_hash: hashOf(n) })),
      ),
    );
    for (let round = 0; round < 5; round += 1) {
      const users = [someone(), someone()];
      const results = await Promise.all(
        numbers.map((n, place) =>
          contactSync.linkMany([{ userId: users[place] as string, phoneNumber: numberOf(n) }]),
        ),
      );
      const changed = results.reduce((sum, result) => sum + result.contacts_changed, 0);
      expect(changed).toBeGreaterThanOrEqual(300);
      for (const n of numbers) {
        const { rows } = await database().pool.query(
          `select count(distinct c.linked_user_id)::integer as users,
                  bool_and(c.linked_user_id = d.linked_user_id) as right
             from contacts_with_accounts c
             join phones d on d.phone_key = c.phone_key
            where d.linked_user_id = any ($1)`,
          [users],
        );
        expect([n, rows[0].right]).toEqual([n, true]);
      }
    }
  });
});

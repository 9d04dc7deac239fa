import pg from "pg";
import { afterEach, expect, test } from "vitest";
import { withRetry } from "../../src/database/retry.ts";
import { type ContactsWithAccounts, createContactSync } from "../../src/index.ts";
import { TEST_KEY } from "../support/open-contact-sync.ts";
import { describePostgres, useDatabase } from "../support/postgres.ts";
import { bulkInsert, finishLinks, link, onlyLink, stored, sync } from "./calls.ts";
import { aPhone, type Session, someone, untilBlocked, useSessions } from "./session.ts";

const OWNER = "00000000-0000-4000-8000-00000000000a";
const PHONE = aPhone();

// Everything that writes linked_user_id, or removes on the strength of what it read.
const WRITERS: Record<string, (session: Session) => Promise<unknown>> = {
  sync_phone_keys: (session) => sync(session, OWNER, [PHONE]),
  contact_sync_stream_chunk: (session) =>
    session.call("contact_sync_stream_chunk", OWNER, someone(), [PHONE]),
  contact_sync_finish_stream: (session) =>
    session.call(
      "contact_sync_finish_stream",
      OWNER,
      someone(),
      1,
      "replace",
      true,
      "(0,0,0,0,1,1,0,0,0,{},{},,,,,,)",
    ),
  sync_user_contacts: (session) => session.call("sync_user_contacts", OWNER, [PHONE], 1),
  bulk_insert_contacts: (session) => bulkInsert(session, [{ owner_id: OWNER, phone_hash: PHONE }]),
  link_pending_phones: (session) => session.call("link_pending_phones"),
  erase_user: (session) => session.call("erase_user", OWNER),
};

describePostgres("isolation levels", (server) => {
  const database = useDatabase(server);
  const open = useSessions(database);
  const opened: (() => Promise<void>)[] = [];
  afterEach(async () => {
    await Promise.all(opened.splice(0).map((close) => close()));
  });

  /** The engine on connections with other defaults. */
  async function engineWith(
    settings: Record<string, string>,
    connectionString = database().connectionString,
  ): Promise<ContactsWithAccounts> {
    const options = Object.entries(settings)
      .map(([name, value]) => `-c ${name}=${value.replaceAll(" ", "\\ ")}`)
      .join(" ");
    const pool = new pg.Pool({ connectionString, options, max: 2 });
    pool.on("error", () => {});
    opened.push(() => pool.end());
    return createContactSync({ database: pool, key: TEST_KEY });
  }

  for (const level of ["repeatable read", "serializable"]) {
    for (const [name, write] of Object.entries(WRITERS)) {
      test(`${name} refuses ${level}`, async () => {
        const session = await open();
        await session.rows(`begin isolation level ${level}`);
        await expect(write(session)).rejects.toMatchObject({
          code: "YC009",
          message: expect.stringContaining("UNSUPPORTED_ISOLATION_LEVEL"),
        });
        await session.rollback();
        expect(await stored(session, OWNER)).toHaveLength(0);
      });
    }

    test(`the library begins its own transactions where ${level} is the default`, async () => {
      const contactSync = await engineWith({ default_transaction_isolation: level });
      const [owner, alice] = [someone(), someone()];
      const number = "+201001234567";

      expect(await contactSync.syncContacts(owner, [number], 1)).toMatchObject({
        contacts_inserted: 1,
      });
      expect(await contactSync.link(alice, number)).toBe(true);
      expect(await contactSync.syncContacts(owner, [number], 1)).toMatchObject({
        matched_contacts: 1,
      });
      expect(await contactSync.unlink(number)).toBe(1);
      const streamed = await contactSync.syncContacts(owner, streamOf([number]), 1, {
        mode: "replace",
      });
      expect(streamed).toMatchObject({ contacts_unchanged: 1, matched_contacts: 0 });
      expect(await contactSync.eraseUser(owner)).toMatchObject({ contacts_deleted: 1 });
    });

    test(`the first calls may come at once where ${level} is the default`, async () => {
      const contactSync = await engineWith({ default_transaction_isolation: level });
      const owners = Array.from({ length: 8 }, someone);
      const number = "+201001234569";
      const results = await Promise.all([
        ...owners.map((owner) => contactSync.syncContacts(owner, [number], 1)),
        ...owners.map((owner) => contactSync.syncContacts(owner, streamOf([number]), 1)),
        contactSync.link(someone(), number),
        contactSync.linkPendingPhones(),
      ]);
      expect(results).toHaveLength(2 * owners.length + 2);
      for (const owner of owners) {
        expect(await contactSync.summarizeContacts(owner)).toMatchObject({ contacts_count: 1 });
      }
    });

    test(`a link that commits during a sync is not missed where ${level} is the default`, async () => {
      const contactSync = await engineWith({ default_transaction_isolation: level });
      const [device, owner, alice] = [await open(), someone(), someone()];
      const number = "+201001234568";
      await contactSync.syncContacts(owner, [number], 1);
      const [contact] = await stored(device, owner);
      const phone = contact?.phone as string;

      await device.begin();
      await device.call("set_contact_favorite", owner, phone, true);
      const repeated = contactSync.syncContacts(owner, [number], 1);
      await untilBlocked(database());
      await link(device, phone, alice);
      await device.commit();

      expect(await repeated).toMatchObject({ matched_contacts: 1 });
      await finishLinks(device);
      expect(await onlyLink(device, owner)).toBe(alice);
    });
  }

  test("a serialisation failure is done again", async () => {
    const contactSync = await engineWith({ default_transaction_isolation: "repeatable read" });
    const [person, owner, phone] = [await open(), someone(), aPhone()];
    await contactSync.create({ owner_id: owner, phone_hash: phone });
    const [contact] = await stored(person, owner);

    await person.begin();
    await person.call("record_contact_interaction", owner, contact?.phone);
    const mark = contactSync.setFavorite(owner, phone, true);
    await untilBlocked(database());
    // Changed since the other's snapshot: 40001.
    await person.commit();

    expect(await mark).toMatchObject({ is_favorite: true, last_interaction: expect.any(Date) });
  });

  test("a deadlock is done again", async () => {
    const contactSync = await engineWith(
      { deadlock_timeout: "300ms" },
      database().superuserConnectionString,
    );
    const other = await open();
    const [low, high] = [someone(), someone()].sort() as [string, string];
    const phone = aPhone();

    await other.begin();
    await other.rows("select contact_sync_lock_owners($1)", [[high]]);
    const insert = contactSync.bulkInsertContacts([
      { owner_id: low, phone_hash: phone },
      { owner_id: high, phone_hash: phone },
    ]);
    await untilBlocked(database());
    // Against the order: the library's call waits for this one now and finds that out first.
    await other.rows("select contact_sync_lock_owners($1)", [[low]]);
    await other.commit();

    expect(await insert).toMatchObject({ contacts_inserted: 2 });
  });
});

test("what fails again and again is given up after five times, anything else at once", async () => {
  for (const [code, attempts] of [
    ["40001", 5],
    ["40P01", 5],
    ["23505", 1],
    ["57P01", 1],
  ] as const) {
    let made = 0;
    const work = () => {
      made += 1;
      return Promise.reject(Object.assign(new Error("no"), { code }));
    };
    await expect(withRetry(work)).rejects.toMatchObject({ code });
    expect(made, code).toBe(attempts);
  }
});

async function* streamOf<T>(entries: readonly T[]): AsyncGenerator<T> {
  yield* entries;
}

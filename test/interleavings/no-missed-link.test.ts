import { expect, test } from "vitest";
import { describePostgres, useDatabase } from "../support/postgres.ts";
import {
  bulkInsert,
  countedContacts,
  erase,
  finishLinks,
  link,
  onlyLink,
  runLinker,
  stored,
  sync,
  unlink,
} from "./calls.ts";
import { aPhone, type Session, someone, untilBlocked, useSessions } from "./session.ts";

// Promise 6 (docs/architecture.md): whatever wrote a link from a directory it had read before it
// changed.

type Writer = (session: Session, owner: string, phone: string) => Promise<unknown>;
type Change = (session: Session, phone: string, user: string) => Promise<string | null>;

const WRITERS: Record<string, Writer> = {
  sync_phone_keys: (session, owner, phone) => sync(session, owner, [phone]),
  "sync_phone_keys, replacing": (session, owner, phone) => sync(session, owner, [phone], "replace"),
  contact_sync_stream_chunk: (session, owner, phone) =>
    session.call("contact_sync_stream_chunk", owner, someone(), [phone]),
  sync_user_contacts: (session, owner, phone) =>
    session.call("sync_user_contacts", owner, [phone], 1),
  bulk_insert_contacts: (session, owner, phone) =>
    bulkInsert(session, [{ owner_id: owner, phone_hash: phone }]),
};

const OLD = "2025-01-01T00:00:00Z";

// Each gives what the contact's link must become.
const CHANGES: Record<string, Change> = {
  link: async (session, phone) => {
    const user = someone();
    await link(session, phone, user);
    return user;
  },
  "number move": async (session, phone) => {
    const user = someone();
    await link(session, phone, user);
    return user;
  },
  unlink: async (session, phone) => {
    await unlink(session, phone);
    return null;
  },
  erasure: async (session, _phone, user) => {
    await erase(session, user);
    return null;
  },
};

describePostgres("no missed link", (server) => {
  const database = useDatabase(server);
  const open = useSessions(database);

  for (const [writerName, write] of Object.entries(WRITERS)) {
    for (const [changeName, change] of Object.entries(CHANGES)) {
      test(`${changeName} while ${writerName} has read the directory and not committed`, async () => {
        const [device, linker] = [await open(), await open()];
        const [owner, phone, alice] = [someone(), aPhone(), someone()];
        if (changeName !== "link") await link(linker, phone, alice, OLD);
        await finishLinks(linker);

        await device.begin();
        await write(device, owner, phone);
        const expected = await change(linker, phone, alice);
        // Its row is not to be seen yet, so there is nothing to change and much to wait for.
        const waiting = { contacts_changed: 0, entries_finished: 0, entries_waiting: 1 };
        expect(await runLinker(linker)).toEqual(waiting);
        expect(await runLinker(linker)).toEqual(waiting);
        await device.commit();

        expect(await onlyLink(linker, owner)).toBe(changeName === "link" ? null : alice);
        expect(await runLinker(linker)).toEqual({
          contacts_changed: 1,
          entries_finished: 1,
          entries_waiting: 0,
        });
        expect(await onlyLink(linker, owner)).toBe(expected);
      });
    }
  }

  test("a given link gives way to the directory also when it was written meanwhile", async () => {
    const [app, linker] = [await open(), await open()];
    const [owner, phone, given, verified] = [someone(), aPhone(), someone(), someone()];

    await app.begin();
    await bulkInsert(app, [{ owner_id: owner, phone_hash: phone, linked_user_id: given }]);
    await link(linker, phone, verified);
    await runLinker(linker);
    await app.commit();
    await finishLinks(linker);

    expect(await stored(linker, owner)).toMatchObject([{ link: verified, given: false }]);
  });

  test("a number moves from one user to the next while syncs of each state are still open", async () => {
    const linker = await open();
    const phone = aPhone();
    const users = [someone(), someone(), someone()];
    const devices: { session: Session; owner: string }[] = [];
    const startSync = async () => {
      const device = { session: await open(), owner: someone() };
      await device.session.begin();
      await sync(device.session, device.owner, [phone]);
      devices.push(device);
    };

    await startSync();
    for (const user of users) {
      await link(linker, phone, user);
      await runLinker(linker);
      await startSync();
    }
    // The one that read last commits first.
    for (const { session } of devices.toReversed()) {
      await session.commit();
      await runLinker(linker);
    }
    await finishLinks(linker);

    for (const { owner } of devices) expect(await onlyLink(linker, owner)).toBe(users[2]);
  });

  test("an entry waits only for those who were there when the linker first saw it", async () => {
    const [early, late, linker] = [await open(), await open(), await open()];
    const [phone, alice] = [aPhone(), someone()];
    const owners = [someone(), someone()] as const;

    await early.begin();
    await sync(early, owners[0], [phone]);
    await link(linker, phone, alice);
    await runLinker(linker);
    await late.begin();
    await sync(late, owners[1], [phone]);
    await early.commit();

    expect(await runLinker(linker)).toMatchObject({ entries_finished: 1, entries_waiting: 0 });
    await late.commit();
    expect(await onlyLink(linker, owners[0])).toBe(alice);
    expect(await onlyLink(linker, owners[1])).toBe(alice);
  });

  test("a sync that rolls back keeps an entry no longer than one that commits", async () => {
    const [device, linker] = [await open(), await open()];
    const [owner, phone] = [someone(), aPhone()];

    await device.begin();
    await sync(device, owner, [phone]);
    await link(linker, phone, someone());
    expect(await runLinker(linker)).toMatchObject({ entries_waiting: 1 });
    await device.rollback();

    expect(await runLinker(linker)).toMatchObject({ entries_finished: 1, entries_waiting: 0 });
  });

  test("a repeated sync takes up a link that the linker has not reached", async () => {
    const [device, other] = [await open(), await open()];
    const [owner, phone, alice] = [someone(), aPhone(), someone()];
    await sync(device, owner, [phone]);
    await link(other, phone, alice);

    expect(await sync(device, owner, [phone])).toMatchObject({
      contacts_updated: 1,
      matched_contacts: 1,
    });
    expect(await onlyLink(device, owner)).toBe(alice);
    await finishLinks(other);
  });

  test("nobody waits for the fence, and the linker for nobody", async () => {
    const [device, linker] = [await open(), await open()];
    const [owner, other, phone, alice] = [someone(), someone(), aPhone(), someone()];
    await sync(device, owner, [phone]);
    await sync(device, other, [phone]);

    await device.begin();
    await sync(device, owner, [phone]);
    await linker.rows("set lock_timeout = '1ms'");
    expect(await link(linker, aPhone(), alice)).toBe(true);
    expect(await runLinker(linker)).toMatchObject({ contacts_changed: 0 });

    await link(linker, phone, alice);
    // Everybody's but the one's whose transaction is open.
    expect(await runLinker(linker)).toMatchObject({ contacts_changed: 1 });
    expect(await onlyLink(linker, other)).toBe(alice);
    expect(await runLinker(linker)).toMatchObject({ contacts_changed: 0 });
    await device.commit();
    await finishLinks(linker);
    expect(await onlyLink(linker, owner)).toBe(alice);
  });

  test("links of a book that a replace empties meanwhile", async () => {
    const [device, linker] = [await open(), await open()];
    const [owner, phone, other, alice] = [someone(), aPhone(), aPhone(), someone()];
    await sync(device, owner, [phone]);

    await device.begin();
    await sync(device, owner, [other], "replace");
    await link(linker, phone, alice);
    await link(linker, other, alice);
    expect(await runLinker(linker)).toMatchObject({ contacts_changed: 0, entries_waiting: 2 });
    await device.commit();

    await finishLinks(linker);
    expect(await stored(linker, owner)).toMatchObject([{ phone: other, link: alice }]);
    expect(await countedContacts(linker, owner)).toBe(1);
  });

  test("a replace waits for the linker and keeps what it wrote", async () => {
    const [device, linker] = [await open(), await open()];
    const [owner, kept, dropped, alice] = [someone(), aPhone(), aPhone(), someone()];
    await sync(device, owner, [kept, dropped]);
    await link(linker, kept, alice);

    await linker.begin();
    await runLinker(linker);
    const replace = sync(device, owner, [kept], "replace");
    await untilBlocked(database(), device);
    await linker.commit();

    expect(await replace).toMatchObject({
      contacts_unchanged: 1,
      contacts_removed: 1,
      matched_contacts: 1,
    });
    expect(await stored(linker, owner)).toMatchObject([{ phone: kept, link: alice }]);
  });
});

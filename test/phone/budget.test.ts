import { beforeEach, expect, test } from "vitest";
import { earlier } from "../support/earlier.ts";
import { describePostgres } from "../support/postgres.ts";
import { hashOf } from "../support/use-contact-sync.ts";
import type { Phone } from "./phone.ts";
import { asked, book, part, usePhones } from "./use-phones.ts";

const HOUR_MS = 3_600_000;
const range = (first: number, length: number) => Array.from({ length }, (_, i) => first + i);

describePostgres("a phone whose book has more new numbers than there is room for", (server) => {
  const phones = usePhones(server);
  let phone: Phone & { readonly userId: string };
  let next = 0;
  let n: number;
  beforeEach(async () => {
    // 20 at once and 24 a day: one an hour.
    await phones().app.pool.query("select set_new_number_budget(20, 24, 0, 20)");
    phone = await phones().phone();
    n = next += 1000;
  });
  const count = async () => (await phones().library.summarizeContacts(phone.userId)).contacts_count;
  /** The budget refills, and the phone's clock goes on. */
  const wait = async (hours: number) => {
    await phones().app.pool.query(
      `update contact_sync_status set new_numbers_since = ${earlier("new_numbers_since", "make_interval(hours => $2)")} where owner_id = $1`,
      [phone.userId, hours],
    );
    phone.clock += hours * HOUR_MS;
  };

  test("has in what fits, says when to come back, and goes on there", async () => {
    const anna = await phones().join(n + 49);
    const all = book(...range(n, 50));
    const outcome = await phone.finder.sync(all);
    expect(outcome).toMatchObject({ plan: "full", waiting: { numbers: 30 }, offline: false });
    expect(await count()).toBe(20);
    const until = outcome.waiting?.until.getTime() ?? 0;
    expect((until - phone.clock) / HOUR_MS).toBeCloseTo(20, 0);
    // Not refused another time: it knows that there is no room.
    phone.network.sent.length = 0;
    expect(await phone.finder.sync(all)).toMatchObject({ waiting: { numbers: 30 } });
    expect(phone.network.sent.map(({ status }) => status)).toEqual([200]);

    await wait(20);
    expect(await phone.finder.sync(all)).toMatchObject({ plan: "delta", waiting: { numbers: 10 } });
    await wait(10);
    // Whoever was there all the time is no news.
    expect(await phone.finder.sync(all)).toMatchObject({
      waiting: null,
      friends: [{ userId: anna }],
      joined: [],
    });
    expect(await count()).toBe(50);
    expect(await phone.finder.sync(all)).toMatchObject({ plan: "nothing", waiting: null });
    expect(await phones().library.listDevices(phone.userId)).toHaveLength(1);
    expect(phone.network.sent.every(({ status }) => status !== 429)).toBe(true);
  });

  test("of a delta, too, and what is gone goes at once", async () => {
    await phone.finder.sync(book(...range(n, 15)));
    expect(await phone.finder.sync(book(...range(n + 2, 30)))).toMatchObject({
      plan: "delta",
      waiting: { numbers: 12 },
    });
    expect(await count()).toBe(18);
    const { contacts } = await phones().library.listContacts(phone.userId, { limit: 100 });
    expect(contacts.map(({ phone_hash }) => phone_hash)).not.toContain(hashOf(n));
  });

  test("of a part of the book", async () => {
    expect(await phone.finder.sync(part(...range(n, 30)))).toMatchObject({
      plan: "merge",
      waiting: { numbers: 10 },
    });
    expect(await count()).toBe(20);
    await wait(10);
    expect(await phone.finder.sync(part(...range(n, 30)))).toMatchObject({ waiting: null });
    expect(await count()).toBe(30);
  });

  test("and whose state was lost has all in again, and the device before is forgotten", async () => {
    await phone.finder.sync(book(...range(n, 15)));
    phone.storage.texts.clear();
    expect(await phone.finder.sync(book(...range(n, 30)))).toMatchObject({
      waiting: { numbers: 10 },
    });
    await wait(24);
    expect(await phone.finder.sync(book(...range(n, 30)))).toMatchObject({ waiting: null });
    expect(await count()).toBe(30);
    expect(asked(phone)[0]).toBe("POST /sync");
  });

  test("and whose service has no budget any more sends all the rest, without news", async () => {
    const anna = await phones().join(n + 49);
    const all = book(...range(n, 50));
    await phone.finder.sync(all);
    await phones().app.pool.query("select set_new_number_budget(0)");
    await wait(5);
    // What it thought that there was room for; the answer says that nobody counts.
    expect(await phone.finder.sync(all)).toMatchObject({ waiting: { numbers: 25 } });
    expect(await phone.finder.sync(all)).toMatchObject({
      waiting: null,
      joined: [],
      friends: [{ userId: anna }],
    });
    expect(await count()).toBe(50);
  });

  test("whose token is of no use any more keeps what is stored until all fits", async () => {
    await phone.finder.sync(book(...range(n, 15)));
    await phones().library.deleteContacts(phone.userId, [hashOf(n)]);
    const more = book(...range(n, 36));
    expect(await phone.finder.sync(more)).toMatchObject({
      plan: "full",
      waiting: { numbers: expect.any(Number) },
    });
    // 14 that were there, and what there was room for.
    expect(await count()).toBeGreaterThanOrEqual(14);
    await wait(40);
    expect(await phone.finder.sync(more)).toMatchObject({ waiting: null });
    expect(await count()).toBe(36);
    expect(await phones().library.listDevices(phone.userId)).toHaveLength(1);
  });

  test("and was killed before it told of its first answer says who is gone of whom it shows", async () => {
    const anna = await phones().join(n + 1);
    const kept = new Map<string, string>();
    await phone.finder.sync(book(...range(n, 20)), {
      onProgress({ phase, done }) {
        if (phase !== "saving" || done > 0) return;
        for (const [name, text] of phone.storage.texts) kept.set(name, text);
      },
    });
    phone.storage.texts.clear();
    for (const [name, text] of kept) phone.storage.texts.set(name, text);
    const reborn = await phones().phone(phone.userId, { storage: phone.storage });
    // The token is of no use any more, and there is no room to send what would make another.
    await phones().library.deleteContacts(phone.userId, [hashOf(n)]);
    const more = book(...range(n, 21));
    expect(await reborn.finder.sync(more)).toMatchObject({
      waiting: { numbers: 21 },
      friends: [{ userId: anna }],
    });
    await phones().leave(n + 1);
    expect(await reborn.finder.sync(more)).toMatchObject({ friends: [], left: [anna] });
  });

  test("and was killed in the midst of it makes no news of who was there, and follows once", async () => {
    const gone = await phones().join(n + 2);
    await phones().join(n + 33);
    await phone.finder.sync(book(...range(n, 15)));
    // The token is of no use any more, and one of the book is gone.
    await phones().library.deleteContacts(phone.userId, [hashOf(n)]);
    const more = book(n, n + 1, ...range(n + 3, 31));
    const { network } = phone;
    let hasBegun = false;
    network.before = (_, { body }) => {
      if (hasBegun) throw new TypeError("Network request failed");
      hasBegun = String(body).includes('"mode":"merge"');
      return undefined;
    };
    expect(await phone.finder.sync(more)).toMatchObject({ offline: true });
    network.before = () => undefined;
    for (const waiting of [{ numbers: 4 }, null]) {
      await wait(40);
      expect(await phone.finder.sync(more)).toMatchObject({ waiting, joined: [] });
    }
    network.sent.length = 0;
    expect((await phone.finder.sync(more)).friends).not.toContainEqual(
      expect.objectContaining({ userId: gone }),
    );
    expect(asked(phone)).toEqual(["POST /sync/delta"]);
  });
});

import { beforeEach, expect, test } from "vitest";
import { describePostgres } from "../support/postgres.ts";
import { hashOf } from "../support/use-contact-sync.ts";
import type { Phone } from "./phone.ts";
import { asked, book, broken, denied, part, usePhones } from "./use-phones.ts";

describePostgres("a phone that shows a part of its book", (server) => {
  const phones = usePhones(server);
  let phone: Phone & { readonly userId: string };
  let next = 0;
  let n: number;
  beforeEach(async () => {
    phone = await phones().phone();
    n = next += 100;
  });
  const stored = async () =>
    (await phones().library.listContacts(phone.userId)).contacts
      .map(({ phone_hash }) => phone_hash)
      .sort();
  const hashes = (...ns: number[]) => ns.map(hashOf).sort();

  test("adds it without a device, removes nothing, and hears who joins", async () => {
    const anna = await phones().join(n);
    expect(await phone.finder.sync(part(n, n + 1))).toMatchObject({
      plan: "merge",
      access: "partial",
      friends: [{ userId: anna, contacts: [{ id: expect.any(String) }] }],
      joined: [],
    });
    expect(await phone.finder.sync(part(n + 2))).toMatchObject({
      plan: "merge",
      friends: [{ userId: anna }],
    });
    expect(await stored()).toEqual(hashes(n, n + 1, n + 2));
    const bob = await phones().join(n + 1);
    await phones().leave(n);
    expect(await phone.finder.sync(part(n + 2))).toMatchObject({
      plan: "nothing",
      joined: [{ userId: bob }],
      left: [anna],
    });
    expect(phone.network.sent.every(({ body }) => body?.["deviceId"] === undefined)).toBe(true);
    expect(phone.network.sent.filter(({ method }) => method === "POST")).toHaveLength(2);
  });

  test("keeps the cards of those it showed before, in this run of the app", async () => {
    const anna = await phones().join(n);
    const bob = await phones().join(n + 1);
    await phone.finder.sync(part(n));
    const both = [
      { userId: anna, contacts: [{ name: expect.any(String) }] },
      { userId: bob, contacts: [{ name: expect.any(String) }] },
    ];
    for (const source of [part(n + 1), part(), broken(n)]) {
      expect(await phone.finder.sync(source)).toMatchObject({ access: "partial", friends: both });
    }
    // All of the book is all that there is to name.
    const { friends } = await phone.finder.sync(book(n), { confirmRemoval: true });
    expect(friends).toMatchObject([{ userId: anna, contacts: [{ name: expect.any(String) }] }]);
  });

  test("sends it again where the service has come to another book, as after a restore", async () => {
    const anna = await phones().join(n);
    await phone.finder.sync(part(n, n + 1));
    await phones().library.deleteContacts(phone.userId, [hashOf(n), hashOf(n + 1)]);
    expect(await phone.finder.sync(part(n, n + 1))).toMatchObject({ left: [anna] });
    expect(await phone.finder.sync(part(n, n + 1))).toMatchObject({
      plan: "merge",
      friends: [{ userId: anna }],
    });
    expect(await stored()).toEqual(hashes(n, n + 1));
    phone.network.sent.length = 0;
    await phone.finder.sync(part(n, n + 1));
    expect(phone.network.sent.map(({ method }) => method)).toEqual(["GET"]);
  });

  test("whose reading broke off says why, and takes nothing for gone", async () => {
    await phone.finder.sync(book(n, n + 1, n + 2));
    const outcome = await phone.finder.sync(broken(n, n + 3));
    expect(outcome).toMatchObject({ access: "partial", plan: "merge" });
    expect(outcome.interrupted).toMatchObject({ message: "the reader went away" });
    expect(await stored()).toEqual(hashes(n, n + 1, n + 2, n + 3));
    // The whole book says what is gone, also of what was merged.
    expect(await phone.finder.sync(book(n, n + 1))).toMatchObject({ plan: "delta" });
    expect(await stored()).toEqual(hashes(n, n + 1));
    expect(await phone.finder.sync(book(n, n + 1))).toMatchObject({ plan: "nothing" });
  });

  test("that shows all at last leaves nothing behind that is gone", async () => {
    await phone.finder.sync(part(n, n + 1));
    await phone.finder.sync(book(n + 1, n + 2));
    expect(await stored()).toEqual(hashes(n + 1, n + 2));
    // What both hold goes with the book.
    await phone.finder.sync(book(n + 2, n + 3), { confirmRemoval: true });
    expect(await stored()).toEqual(hashes(n + 2, n + 3));
    // And is not taken out another time.
    phone.network.sent.length = 0;
    await phone.finder.sync(book(n + 2, n + 3));
    expect(asked(phone)).not.toContain("POST /delete");
  });

  test("that shows nothing any more sends nothing, and hears who joins", async () => {
    expect(await phone.finder.sync(denied)).toMatchObject({
      access: "none",
      canAskAgain: true,
      plan: "none",
      friends: [],
    });
    expect(phone.network.sent).toEqual([]);
    await phone.finder.sync(book(n, n + 1));
    const anna = await phones().join(n);
    expect(await phone.finder.sync(denied)).toMatchObject({
      plan: "nothing",
      joined: [{ userId: anna }],
    });
    expect(await stored()).toEqual(hashes(n, n + 1));
  });

  test("and whose token is of no use any more hears who joins all the same", async () => {
    await phone.finder.sync(book(n, n + 1, n + 2));
    await phones().library.deleteContacts(phone.userId, [hashOf(n + 2)]);
    expect(await phone.finder.sync(part(n + 1))).toMatchObject({ plan: "merge", joined: [] });
    const [anna, bob] = [await phones().join(n), await phones().join(n + 1)];
    const { joined } = await phone.finder.refresh();
    expect(joined.map(({ userId }) => userId).sort()).toEqual([anna, bob].sort());
    expect(await phone.finder.sync(denied)).toMatchObject({ plan: "nothing", joined: [] });
    expect(await phone.finder.sync(book(n, n + 1))).toMatchObject({ plan: "full", joined: [] });
    // A device holds all of it now, and tells of all of it.
    phone.network.sent.length = 0;
    await phone.finder.sync(book(n, n + 1));
    expect(asked(phone)).toEqual(["POST /sync/delta"]);
  });

  test("forgets what it has sent, with a device and without", async () => {
    await phone.finder.sync(part(n, n + 1));
    await phone.finder.sync(book(n + 1, n + 2));
    await phone.finder.sync(part(n + 3, n + 4, n + 5));
    phone.network.sent.length = 0;
    expect(await phone.finder.forget()).toEqual({ onService: true });
    // However many there are.
    expect(asked(phone)).toEqual([expect.stringMatching(/^DELETE \/devices\//), "POST /delete"]);
    expect(await stored()).toEqual([]);
    expect(await phones().library.listDevices(phone.userId)).toEqual([]);
    expect([...phone.storage.texts.keys()]).toEqual([]);
    expect(await phone.finder.friends()).toEqual([]);
  });

  test("forgets at once here, and on the service when it can be reached", async () => {
    await phones().join(n);
    await phone.finder.sync(book(n, n + 1));
    phone.network.before = () => {
      throw new TypeError("Network request failed");
    };
    expect(await phone.finder.forget()).toEqual({ onService: false });
    expect(await phone.finder.friends()).toEqual([]);
    expect(JSON.stringify([...phone.storage.texts])).not.toContain(hashOf(n));
    phone.network.before = () => undefined;
    await phone.finder.refresh();
    expect(await stored()).toEqual([]);
    expect(asked(phone).at(-1)).toMatch(/^DELETE \/devices\//);
  });
});

import { randomUUID } from "node:crypto";
import { beforeEach, expect, test } from "vitest";
import { describePostgres } from "../support/postgres.ts";
import { numberOf } from "../support/use-contact-sync.ts";
import type { Phone } from "./phone.ts";
import { asked, book, usePhones } from "./use-phones.ts";

describePostgres("a phone with the friend finder", (server) => {
  const phones = usePhones(server);
  let phone: Phone;
  let next = 0;
  let n: number;
  beforeEach(async () => {
    phone = await phones().phone();
    n = next += 100;
  });

  test("sends all once, then nothing, then what has changed, and tells who came and left", async () => {
    const anna = await phones().join(n);
    const outcome = await phone.finder.sync(book(n, n + 1, n + 2));
    expect(outcome).toMatchObject({ plan: "full", access: "full", offline: false });
    expect(outcome).toMatchObject({ joined: [], left: [], waiting: null, removal: null });
    const number = numberOf(n);
    const contacts = [{ id: `card ${number}`, name: `Name of ${number}`, number }];
    expect(outcome.friends).toEqual([{ userId: anna, contacts }]);

    expect(await phone.finder.sync(book(n, n + 1, n + 2))).toMatchObject({
      plan: "nothing",
      joined: [],
      friends: [{ userId: anna }],
    });
    const bob = await phones().join(n + 1);
    expect(await phone.finder.sync(book(n, n + 1, n + 3))).toMatchObject({
      plan: "delta",
      joined: [{ userId: bob, contacts: [{ number: numberOf(n + 1) }] }],
      left: [],
    });
    expect(await phone.finder.sync(book(n + 1, n + 3))).toMatchObject({ joined: [], left: [anna] });
    expect(asked(phone)).toEqual(["POST /sync", ...Array(3).fill("POST /sync/delta")]);
  });

  test("sends hashes and a device, no name and no number", async () => {
    await phone.finder.sync(book(n, n + 1));
    await phone.finder.sync(book(n, n + 2));
    const wire = JSON.stringify(phone.network.sent);
    const kept = JSON.stringify([...phone.storage.texts]);
    for (const text of ["Name of", "card", numberOf(n).slice(1), numberOf(n + 2).slice(1)]) {
      expect(wire).not.toContain(text);
      expect(kept).not.toContain(text);
    }
  });

  test("gives all cards of a number, and all numbers of a friend", async () => {
    const anna = await phones().join(n);
    await phones().join(n + 1, anna);
    const outcome = await phone.finder.sync([
      { id: "1", name: "Anna", phoneNumbers: [numberOf(n), "123", "nonsense"] },
      { id: "2", name: "Mum", phoneNumbers: [numberOf(n).replace("+20", "0")] },
      { id: "3", phoneNumbers: [numberOf(n + 1)] },
    ]);
    expect(outcome.friends).toEqual([
      {
        userId: anna,
        contacts: expect.arrayContaining([
          { id: "1", name: "Anna", number: numberOf(n) },
          { id: "2", name: "Mum", number: numberOf(n).replace("+20", "0") },
          { id: "3", name: undefined, number: numberOf(n + 1) },
        ]),
      },
    ]);
    expect(outcome.rejected).toEqual([
      { id: "1", name: "Anna", number: "123", reason: "SHORT_CODE" },
      { id: "1", name: "Anna", number: "nonsense", reason: "NOT_A_NUMBER" },
    ]);
  });

  test("goes on where it was after the app was ended", async () => {
    const anna = await phones().join(n);
    const { userId, storage } = phone as Phone & { userId: string };
    await phone.finder.sync(book(n, n + 1));
    const again = await phones().phone(userId, { storage });
    expect(await again.finder.friends()).toEqual([{ userId: anna, contacts: [] }]);
    expect(await again.finder.sync(book(n, n + 1))).toMatchObject({ plan: "nothing", joined: [] });
    expect(again.network.sent).toHaveLength(1);
  });

  test("reports phases, and what the options lack", async () => {
    const phases: string[] = [];
    await phone.finder.sync(book(n, n + 1), {
      onProgress: ({ phase }) => phases.push(phase),
    });
    expect([...new Set(phases)]).toEqual(["reading", "hashing", "sending", "saving"]);
    // @ts-expect-error misspelt
    await expect(phone.finder.sync([], { onProgres: () => {} })).rejects.toMatchObject({
      code: "INVALID_ARGUMENT",
      message: expect.stringContaining("onProgress"),
    });
  });

  test("announces nobody who joined silently, and nobody twice", async () => {
    await phone.finder.sync(book(n, n + 1));
    const [anna, bob] = ["0", "1"].map(
      (digit) => `a000000${digit}-0000-4000-8000-${String(n).padStart(12, "0")}`,
    ) as [string, string];
    await phones().library.link(anna, numberOf(n), { announce: false });
    await phones().library.link(bob, numberOf(n + 1));
    const { friends, joined } = await phone.finder.sync(book(n, n + 1));
    expect(friends.map(({ userId }) => userId).sort()).toEqual([anna, bob]);
    expect(joined.map(({ userId }) => userId)).toEqual([bob]);
    expect(await phone.finder.refresh()).toMatchObject({ joined: [], left: [] });
  });

  test("of two phones, each keeps its own", async () => {
    const { userId } = phone as Phone & { userId: string };
    const other = await phones().phone(userId);
    const [anna, bob] = [await phones().join(n), await phones().join(n + 1)];
    await phone.finder.sync(book(n));
    await other.finder.sync(book(n + 1));
    expect(await phone.finder.sync(book(n))).toMatchObject({
      plan: "nothing",
      friends: [{ userId: anna }],
    });
    await other.finder.sync([], { confirmRemoval: true });
    expect(await phone.finder.sync(book(n))).toMatchObject({ plan: "nothing" });
    expect(await phones().library.summarizeContacts(userId)).toMatchObject({ contacts_count: 1 });
    expect(bob).not.toBe(anna);
  });

  test("hears of each phone's matches whether they joined silently", async () => {
    const { userId } = phone as Phone & { userId: string };
    const [anna, bob] = [randomUUID(), randomUUID()];
    await phones().library.link(anna, numberOf(n), { announce: false });
    await phones().library.link(bob, numberOf(n + 1));
    const silent = async (contacts: ReturnType<typeof book>, device: string) => {
      const numbers = contacts.flatMap(({ phoneNumbers }) => phoneNumbers);
      const { matches } = await phones().library.syncContacts(userId, numbers, numbers.length, {
        deviceId: device,
        mode: "replace",
      });
      return Object.fromEntries(matches.map((match) => [match.user_id, match.silent]));
    };
    const expected = { [anna]: true, [bob]: false };
    // The first sync of the book, the same again, another phone, and a larger book.
    expect(await silent(book(n, n + 1), "one")).toEqual(expected);
    expect(await silent(book(n, n + 1), "one")).toEqual(expected);
    expect(await silent(book(n, n + 1, n + 2), "two")).toEqual(expected);
    await phones().library.syncContacts(
      userId,
      Array.from({ length: 20 }, (_, i) => numberOf(n + 9 + i)),
      20,
    );
    expect(await silent(book(n, n + 1), "three")).toEqual(expected);
  });
});

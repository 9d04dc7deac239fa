import { fromContacts, type Reading } from "@contact-sync/client";
import { beforeEach, expect, test } from "vitest";
import type { Foreground } from "../../client/src/sync/friend-finder.ts";
import { describePostgres } from "../support/postgres.ts";
import { until } from "../support/until.ts";
import type { Phone } from "./phone.ts";
import { asked, book, part, usePhones } from "./use-phones.ts";

describePostgres("calls of the friend finder that overlap", (server) => {
  const phones = usePhones(server);
  let phone: Phone & { readonly userId: string };
  let next = 0;
  let n: number;
  beforeEach(async () => {
    phone = await phones().phone();
    n = next += 100;
  });

  test("become one", async () => {
    const contacts = book(n, n + 1);
    const phases: string[][] = [[], [], []];
    const outcomes = await Promise.all(
      phases.map((list) =>
        phone.finder.sync(contacts, { onProgress: ({ phase }) => list.push(phase) }),
      ),
    );
    expect(asked(phone)).toEqual(["POST /sync"]);
    expect(new Set(outcomes).size).toBe(1);
    for (const list of phases) expect(list).toContain("hashing");
  });

  test("of which one is aborted go on without it", async () => {
    const contacts = book(n, n + 1);
    const ending = new AbortController();
    const first = phone.finder.sync(contacts, { signal: ending.signal });
    const second = phone.finder.sync(contacts);
    ending.abort();
    await expect(first).rejects.toMatchObject({ code: "ABORTED" });
    expect(await second).toMatchObject({ plan: "full" });

    const late = new AbortController();
    const third = phone.finder.sync(contacts);
    const fourth = phone.finder.sync(contacts, { signal: late.signal });
    late.abort();
    await expect(fourth).rejects.toMatchObject({ code: "ABORTED" });
    expect(await third).toMatchObject({ plan: "nothing" });
  });

  test("of two pages on one storage: the second asks nothing that the first has heard", async () => {
    const page = await phones().phone(phone.userId, { storage: phone.storage });
    page.clock = phone.clock;
    phone.network.before = () => {
      phone.clock += 10;
      page.clock += 20;
      return undefined;
    };
    const [one, other] = await Promise.all([
      phone.finder.sync(book(n, n + 1)),
      page.finder.sync(book(n, n + 1)),
    ]);
    expect(one).toMatchObject({ plan: "full" });
    expect(other).toMatchObject({ plan: "none", friends: [] });
    expect(page.network.sent).toEqual([]);
    // With another book it asks.
    expect(await page.finder.sync(book(n, n + 2))).toMatchObject({ plan: "delta" });
  });

  test("of two lists that an app hands over are both read", async () => {
    const [one, other] = await Promise.all([
      phone.finder.sync(fromContacts(book(n, n + 1))),
      phone.finder.sync(fromContacts(book(n + 2), { access: "partial" })),
    ]);
    expect(one.plan).toBe("full");
    expect(other.plan).toBe("merge");
    const anna = await phones().join(n + 2);
    expect(await phone.finder.refresh()).toMatchObject({ joined: [{ userId: anna }] });
  });

  test("of which one says that a removal is meant: it is made", async () => {
    await phone.finder.sync(book(n, n + 1, n + 2));
    const contacts = book(n);
    const [one, other] = await Promise.all([
      phone.finder.sync(contacts),
      phone.finder.sync(contacts, { confirmRemoval: true }),
    ]);
    expect(one.removal).toMatchObject({ wouldRemove: 2 });
    expect(other.removal).toBeNull();
    expect(await phones().library.summarizeContacts(phone.userId)).toMatchObject({
      contacts_count: 1,
    });
  });

  test("of which one is to forget all: what was being read is not sent", async () => {
    await phone.finder.sync(book(n, n + 1));
    let go = () => {};
    const slow = {
      name: "slow",
      read: async (): Promise<Reading> => ({
        access: "full",
        pages: (async function* () {
          yield book(n);
          await new Promise<void>((resolve) => {
            go = resolve;
          });
          yield book(n + 1);
        })(),
      }),
    };
    const phases: string[] = [];
    const refused = expect(
      phone.finder.sync(slow, { onProgress: ({ phase }) => phases.push(phase) }),
    ).rejects.toMatchObject({ code: "ABORTED" });
    await until("it reads", () => phases.includes("reading"));
    expect(await phone.finder.forget()).toEqual({ onService: true });
    go();
    await refused;
    expect(phone.storage.texts.size).toBe(0);
    expect(await phones().library.summarizeContacts(phone.userId)).toMatchObject({
      contacts_count: 0,
    });
    // What is asked for afterwards is meant.
    expect(await phone.finder.sync(book(n))).toMatchObject({ plan: "full" });
  });

  test("of which one is to forget all: whoever has joined another one brings nothing back", async () => {
    const readings: (() => void)[] = [];
    const slow = {
      name: "slow",
      read: () =>
        new Promise<Reading>((resolve) => {
          readings.push(() => resolve(fromContacts(book(n)).read({})));
        }),
    };
    const calls = [phone.finder.sync(slow), phone.finder.sync(slow)];
    const refused = Promise.all(
      calls.map((call) => expect(call).rejects.toMatchObject({ code: "ABORTED" })),
    );
    // In the same moment as well.
    const sudden = phone.finder.sync(book(n + 1));
    const alike = expect(sudden).rejects.toMatchObject({ code: "ABORTED" });
    expect(await phone.finder.forget()).toEqual({ onService: true });
    // What is asked for afterwards is meant, and is no part of what came before.
    const meant = phone.finder.sync(slow);
    await until("both read", () => readings.length === 2);
    for (const go of readings) go();
    expect(await meant).toMatchObject({ plan: "full" });
    await Promise.all([refused, alike]);
    expect(asked(phone)).toEqual(["POST /sync"]);
  });

  test("with other contacts come one after the other", async () => {
    const [one, other] = await Promise.all([
      phone.finder.sync(book(n, n + 1)),
      phone.finder.sync(part(n + 3)),
    ]);
    expect(one.plan).toBe("full");
    expect(other.plan).toBe("merge");
  });
});

describePostgres("whoever subscribes", (server) => {
  const phones = usePhones(server);

  /** A phone in whose subscription time passes when the test says so. */
  async function subscribed() {
    let isActive = true;
    let change = () => {};
    const foreground: Foreground = {
      isActive: () => isActive,
      onChange: (listener) => {
        change = listener;
        return () => {
          change = () => {};
        };
      },
    };
    const phone = await phones().phone(undefined, { foreground });
    const naps: { milliseconds: number; end: () => void }[] = [];
    phone.sleep = (milliseconds, signal) =>
      new Promise((resolve) => {
        naps.push({ milliseconds, end: resolve });
        signal?.addEventListener("abort", () => resolve());
      });
    const asleep = (count: number) => until("it waits", () => naps.length === count);
    return {
      phone,
      naps,
      asleep,
      setActive(value: boolean) {
        isActive = value;
        change();
      },
    };
  }

  test("is told of who comes and goes, at longer and longer intervals, in the foreground only", async () => {
    const { phone, naps, asleep, setActive } = await subscribed();
    await phone.finder.sync(book(1, 2));
    const told: [string[], readonly string[]][] = [];
    const stop = phone.finder.subscribe(({ joined, left }) =>
      told.push([joined.map(({ userId }) => userId), left]),
    );
    await asleep(1);
    const anna = await phones().join(1);
    naps[0]?.end();
    await asleep(2);
    expect(told).toEqual([[[anna], []]]);
    await phones().leave(1);
    // Told to, as by a push message.
    await phone.finder.refresh();
    expect(told).toEqual([
      [[anna], []],
      [[], [anna]],
    ]);
    for (let nap = 1; nap < 8; nap += 1) {
      naps[nap]?.end();
      await asleep(nap + 2);
    }
    const [, , shorter = 0, , longer = 0, , , last = 0] = naps.map(
      ({ milliseconds }) => milliseconds,
    );
    expect(longer).toBeGreaterThan(shorter);
    expect(last).toBeLessThanOrEqual(15 * 60_000 * 1.25);

    const before = phone.network.sent.length;
    setActive(false);
    await asleep(10);
    naps[9]?.end();
    await asleep(11);
    expect(phone.network.sent).toHaveLength(before);
    setActive(true);
    await until("it asks", () => phone.network.sent.length === before + 1);
    stop();
    await phones().join(2);
    await phone.finder.refresh();
    expect(told).toHaveLength(2);
  });

  test("and stops while it asks, loses no news for others", async () => {
    const { phone, asleep } = await subscribed();
    await phone.finder.sync(book(21));
    const anna = await phones().join(21);
    let answer = () => {};
    phone.network.after = (_, response) =>
      new Promise((resolve) => {
        answer = () => resolve(response);
      });
    const told: unknown[] = [];
    const stop = phone.finder.subscribe((changes) => told.push(changes));
    await until("it asks", () => phone.network.sent.length === 2);
    stop();
    phone.network.after = (_, response) => response;
    answer();
    await asleep(1);
    expect(told).toEqual([]);
    expect(await phone.finder.refresh()).toMatchObject({ joined: [{ userId: anna }] });
    expect(await phone.finder.refresh()).toMatchObject({ joined: [] });
  });

  test("with a source does not bring back what was forgotten", async () => {
    const { phone, naps, asleep } = await subscribed();
    const stop = phone.finder.subscribe(() => {}, { source: book(31) });
    await asleep(1);
    await phone.finder.forget();
    naps[0]?.end();
    await asleep(2);
    stop();
    expect(await phones().library.summarizeContacts(phone.userId)).toMatchObject({
      contacts_count: 0,
    });
  });

  test("with a source has it read once, and hears of errors", async () => {
    const { phone, naps, asleep } = await subscribed();
    const anna = await phones().join(11);
    await phone.finder.sync(book(12));
    const again = await phones().phone(phone.userId, { storage: phone.storage });
    const seen: unknown[] = [];
    const errors: unknown[] = [];
    const stop = again.finder.subscribe((changes) => seen.push(changes), {
      source: book(11, 12),
      onError: (error) => errors.push(error),
    });
    await until("it has synced", () => seen.length === 1);
    expect(seen).toMatchObject([
      { joined: [{ userId: anna, contacts: [{ name: expect.any(String) }] }] },
    ]);
    stop();
    expect(errors).toEqual([]);
    expect(naps).toEqual([]);
    await asleep(0);
  });
});

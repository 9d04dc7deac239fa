import type { Reading } from "@contact-sync/client";
import { beforeEach, expect, test } from "vitest";
import { describePostgres } from "../support/postgres.ts";
import { until } from "../support/until.ts";
import { hashOf } from "../support/use-contact-sync.ts";
import { memoryStorage, type Phone } from "./phone.ts";
import { asked, book, usePhones } from "./use-phones.ts";

describePostgres("a phone in trouble", (server) => {
  const phones = usePhones(server);
  let phone: Phone & { readonly userId: string };
  let next = 0;
  let n: number;
  beforeEach(async () => {
    phone = await phones().phone();
    n = next += 100;
  });
  const lost = () => {
    throw new TypeError("Network request failed");
  };
  const problem = (status: number, code: string, headers: Record<string, string> = {}) =>
    new Response(JSON.stringify({ success: false, code, message: code, status }), {
      status,
      headers,
    });

  test("that is offline has the friends of last time, and no error", async () => {
    const anna = await phones().join(n);
    await phone.finder.sync(book(n));
    phone.network.before = lost;
    expect(await phone.finder.sync(book(n, n + 1))).toMatchObject({
      offline: true,
      friends: [{ userId: anna, contacts: [{ id: expect.any(String) }] }],
      joined: [],
      left: [],
    });
    // It had been written down, and is sent when it can be.
    phone.network.before = () => undefined;
    expect(await phone.finder.sync(book(n, n + 1))).toMatchObject({ offline: false });
    expect(asked(phone)).toEqual(["POST /sync", "POST /sync/delta", "POST /sync/delta"]);
    expect(await phones().library.summarizeContacts(phone.userId)).toMatchObject({
      contacts_count: 2,
    });
  });

  test("that was offline at first announces nobody when it is not any more", async () => {
    const anna = await phones().join(n);
    phone.network.before = lost;
    expect(await phone.finder.sync(book(n))).toMatchObject({ offline: true, friends: [] });
    phone.network.before = () => undefined;
    expect(await phone.finder.sync(book(n))).toMatchObject({
      friends: [{ userId: anna }],
      joined: [],
    });
  });

  test("sends a delta whose answer was lost again, as it was", async () => {
    await phone.finder.sync(book(n, n + 1, n + 2));
    phone.network.after = lost;
    await phone.finder.sync(book(n, n + 1, n + 3));
    phone.network.after = (_, response) => response;
    // Meanwhile the book has changed again.
    expect(await phone.finder.sync(book(n, n + 1, n + 4))).toMatchObject({ plan: "delta" });
    const deltas = phone.network.sent.slice(1).map(({ body, status }) => ({
      added: (body?.["added"] as []).length,
      removed: (body?.["removed"] as []).length,
      status,
    }));
    const first = { added: 1, removed: 1, status: 200 };
    expect(deltas).toEqual(Array(6).fill(first));
    expect(await phones().library.summarizeContacts(phone.userId)).toMatchObject({
      contacts_count: 3,
    });
  });

  test("has written a delta down by the time it is sent", async () => {
    await phone.finder.sync(book(n, n + 1, n + 2));
    let kept = new Map<string, string>();
    let sent: unknown;
    phone.network.before = (_, { body }) => {
      kept = new Map(phone.storage.texts);
      sent = JSON.parse(String(body));
      return lost();
    };
    await phone.finder.sync(book(n, n + 1, n + 3));
    // The app was ended there, and the book is another one by now.
    phone.storage.texts.clear();
    for (const [name, text] of kept) phone.storage.texts.set(name, text);
    const again = await phones().phone(phone.userId, { storage: phone.storage });
    await again.finder.sync(book(n, n + 1, n + 4));
    expect(again.network.sent[0]).toMatchObject({ path: "/sync/delta", body: sent });
  });

  test("waits as it is told, longer each time, and gives up for now", async () => {
    phone.network.before = () => problem(503, "OVERLOADED", { "retry-after": "9" });
    expect(await phone.finder.sync(book(n))).toMatchObject({ offline: true });
    expect(phone.waited).toEqual([9000, 9000, 9000]);
    phone.waited.length = 0;
    phone.network.before = lost;
    await phone.finder.sync(book(n));
    const [one = 0, two = 0, three = 0] = phone.waited;
    expect(one).toBeGreaterThanOrEqual(500);
    expect(two).toBeGreaterThanOrEqual(1000);
    expect(three).toBeGreaterThanOrEqual(2000);
    expect(three).toBeLessThanOrEqual(6000);
    phone.waited.length = 0;
    phone.network.before = () => problem(429, "RATE_LIMITED", { "retry-after": "3600" });
    expect(await phone.finder.sync(book(n))).toMatchObject({ offline: true });
    expect(phone.waited).toEqual([]);
  });

  test("waits until the date that it is told, by the clock of whoever says so", async () => {
    const at = Date.parse("2026-11-27T10:00:00Z");
    const until = new Date(at + 20_000).toUTCString();
    phone.clock = at + 8_000;
    phone.network.before = () => problem(503, "OVERLOADED", { "retry-after": until });
    expect(await phone.finder.sync(book(n))).toMatchObject({ offline: true });
    expect(phone.waited).toEqual([12_000, 12_000, 12_000]);
    phone.waited.length = 0;
    const date = new Date(at + 10_000).toUTCString();
    phone.network.before = () =>
      new Response("<html>Back soon", { status: 503, headers: { "retry-after": until, date } });
    expect(await phone.finder.sync(book(n))).toMatchObject({ offline: true });
    expect(phone.waited).toEqual([10_000, 10_000, 10_000]);
    phone.waited.length = 0;
    const late = new Date(at + 3_600_000).toUTCString();
    phone.network.before = () => problem(429, "RATE_LIMITED", { "retry-after": late });
    expect(await phone.finder.sync(book(n))).toMatchObject({ offline: true });
    expect(phone.waited).toEqual([]);
  });

  test("ends with the signal, whatever it waits for by then", async () => {
    let isThere = false;
    const never = () => {
      isThere = true;
      return new Promise<never>(() => {});
    };
    const neverRead = { name: "never", read: never };
    const neverPage = {
      name: "never",
      read: async (): Promise<Reading> => ({
        access: "full",
        pages: { [Symbol.asyncIterator]: () => ({ next: never }) },
      }),
    };
    await phone.finder.sync(book(n, n + 1, n + 2));
    const unsigned = await phones().phone(phone.userId, { getToken: never });
    const ends = async (sync: (signal: AbortSignal) => Promise<unknown>) => {
      const ending = new AbortController();
      const refused = expect(sync(ending.signal)).rejects.toMatchObject({ code: "ABORTED" });
      await until("it waits", () => isThere);
      ending.abort();
      await refused;
      isThere = false;
    };
    // A storage that never answers, of two runs of the app.
    for (const call of ["sync", "refresh"] as const) {
      const storage = { ...memoryStorage(), getItem: never };
      const { finder } = await phones().phone(phone.userId, { storage });
      await ends((signal) =>
        call === "sync" ? finder.sync(book(n), { signal }) : finder.refresh({ signal }),
      );
    }
    await ends((signal) => unsigned.finder.sync(book(n), { signal }));
    await ends((signal) => unsigned.finder.refresh({ signal }));
    await ends((signal) => phone.finder.sync(neverRead, { signal }));
    await ends((signal) => phone.finder.sync(neverPage, { signal }));
    await ends((signal) => phone.finder.sync(book(n), { signal, confirmRemoval: never }));
    // A fetch of the app's that has no ear for signals; and whoever waits behind it.
    phone.network.before = never;
    const slow = new AbortController();
    const first = phone.finder.sync(book(n, n + 1), { signal: slow.signal });
    const refused = expect(first).rejects.toMatchObject({ code: "ABORTED" });
    await until("it waits", () => isThere);
    await ends((signal) => phone.finder.refresh({ signal }));
    slow.abort();
    await refused;
    phone.network.before = () => undefined;
    expect(await phone.finder.sync(book(n, n + 1))).toMatchObject({
      offline: false,
      removal: null,
    });
  });

  test("asks of no removal that is not so any more", async () => {
    await phone.finder.sync(book(n, n + 1, n + 2));
    phone.network.before = lost;
    expect(await phone.finder.sync(book(n))).toMatchObject({ offline: true });
    phone.network.before = () => undefined;
    const asked_: unknown[] = [];
    const confirmRemoval = (removal: unknown) => asked_.push(removal) === 0;
    expect(await phone.finder.sync(book(n, n + 1, n + 2), { confirmRemoval })).toMatchObject({
      plan: "nothing",
      removal: null,
    });
    expect(asked_).toEqual([]);
    // And of one that still is, once.
    phone.network.before = lost;
    await phone.finder.sync(book(n));
    phone.network.before = () => undefined;
    expect(await phone.finder.sync(book(n), { confirmRemoval })).toMatchObject({
      removal: { wouldRemove: 2, contactsCount: 3 },
    });
    expect(asked_).toHaveLength(1);
  });

  test("says by one code that its storage is of no use, with what that says", async () => {
    const full = new Error("no room");
    for (const name of ["getItem", "setItem"] as const) {
      const storage = { ...memoryStorage(), [name]: () => Promise.reject(full) };
      const other = await phones().phone(phone.userId, { storage });
      await expect(other.finder.sync(book(n))).rejects.toMatchObject({
        code: "STORAGE_UNAVAILABLE",
        cause: full,
      });
    }
  });

  test("takes a page that is none of the service's for no answer, unless it says that nothing is there", async () => {
    phone.network.before = () => new Response("<html>Sign in to the hotel", { status: 200 });
    expect(await phone.finder.sync(book(n))).toMatchObject({ offline: true });
    // And one of the service's that broke off.
    phone.network.before = () =>
      new Response('{"success":false,"code":"DEVICE_NOT_F', {
        status: 404,
        headers: { "content-type": "application/problem+json; charset=utf-8" },
      });
    expect(await phone.finder.sync(book(n))).toMatchObject({ offline: true });
    phone.network.before = () => new Response("<html>Not found", { status: 404 });
    await expect(phone.finder.sync(book(n))).rejects.toMatchObject({
      code: "NOT_FOUND",
      message: expect.stringContaining("options.url"),
    });
  });

  test("asks for another token once, and says so when that is refused", async () => {
    const good = await phones().app.userToken(phone.userId);
    const refreshed: boolean[] = [];
    const { createPhone } = await import("./phone.ts");
    const stale = good
      .replace(/.$/, (last) => (last === "A" ? "B" : "A"))
      .replace(/.{6}$/, "AAAAAA");
    const late = createPhone(phones().app, ({ refresh }) => {
      refreshed.push(refresh);
      return refresh ? good : stale;
    });
    expect(await late.finder.sync(book(n))).toMatchObject({ plan: "full", offline: false });
    expect(refreshed).toEqual([false, true]);

    const never = createPhone(phones().app, () => stale);
    await expect(never.finder.sync(book(n))).rejects.toMatchObject({ code: "UNAUTHENTICATED" });
    expect(never.network.sent).toHaveLength(2);

    const other = await phones().app.userToken("a0000001-0000-4000-8000-000000000000");
    const changed = createPhone(phones().app, ({ refresh }) => (refresh ? other : stale));
    await expect(changed.finder.sync(book(n))).rejects.toMatchObject({
      message: expect.stringContaining("another user"),
    });
  });

  test("asks for another token likewise where a gateway refuses the last one", async () => {
    const good = await phones().app.userToken(phone.userId);
    const stale = good.replace(/.{6}$/, "AAAAAA");
    let second = good;
    const { createPhone } = await import("./phone.ts");
    const gated = createPhone(phones().app, ({ refresh }) => (refresh ? second : stale));
    gated.network.before = (_, { headers }) =>
      (headers as Record<string, string>)["authorization"] === `Bearer ${good}`
        ? undefined
        : Response.json({ code: 401, message: "Invalid JWT" }, { status: 401 });
    expect(await gated.finder.sync(book(n))).toMatchObject({ plan: "full", offline: false });
    second = stale;
    await expect(gated.finder.sync(book(n))).rejects.toMatchObject({ code: "UNAUTHENTICATED" });
  });

  test("says that its address is redirected where another host refuses it for that", async () => {
    phone.network.after = (_, response) =>
      Object.defineProperty(response, "redirected", { value: true });
    expect(await phone.finder.sync(book(n))).toMatchObject({ offline: false });
    phone.network.before = () => problem(401, "UNAUTHENTICATED");
    await expect(phone.finder.sync(book(n))).rejects.toMatchObject({
      code: "UNAUTHENTICATED",
      message: expect.stringContaining("options.url is redirected"),
    });
  });

  test("whose token is of no use any more sends all, once, and announces nobody again", async () => {
    const anna = await phones().join(n);
    await phone.finder.sync(book(n, n + 1));
    await phones().library.deleteContacts(phone.userId, [hashOf(n)]);
    expect(await phone.finder.sync(book(n, n + 1))).toMatchObject({
      plan: "full",
      joined: [],
      left: [],
      friends: [{ userId: anna }],
    });
    expect(asked(phone)).toEqual(["POST /sync", "POST /sync/delta", "POST /sync"]);
    expect(await phone.finder.sync(book(n, n + 1))).toMatchObject({ plan: "nothing" });
  });

  test("whose state was lost or is broken begins anew, as another device", async () => {
    const anna = await phones().join(n);
    await phone.finder.sync(book(n, n + 1));
    for (const [name, text] of phone.storage.texts) {
      phone.storage.texts.set(name, text.slice(0, text.length / 2));
    }
    expect(await phone.finder.sync(book(n, n + 1))).toMatchObject({
      plan: "full",
      joined: [],
      friends: [{ userId: anna }],
    });
  });

  test("asks before most of the book goes, and loses nothing where nobody says yes", async () => {
    const anna = await phones().join(n);
    await phone.finder.sync(book(n, n + 1, n + 2));
    const removal = { wouldRemove: 3, contactsCount: 3 };
    expect(await phone.finder.sync([])).toMatchObject({
      removal,
      left: [],
      friends: [{ userId: anna, contacts: [] }],
    });
    const bob = await phones().join(n + 1);
    expect(await phone.finder.sync(book(n + 3))).toMatchObject({
      removal: { wouldRemove: 3 },
      joined: [{ userId: bob }],
    });
    expect(await phones().library.summarizeContacts(phone.userId)).toMatchObject({
      contacts_count: 4,
    });
    const seen: unknown[] = [];
    expect(
      await phone.finder.sync(book(n + 3), {
        confirmRemoval: (asked_) => {
          seen.push(asked_);
          return true;
        },
      }),
    ).toMatchObject({ removal: null, friends: [], left: expect.arrayContaining([anna, bob]) });
    expect(seen).toEqual([{ wouldRemove: 3, contactsCount: 4 }]);
    expect(await phones().library.summarizeContacts(phone.userId)).toMatchObject({
      contacts_count: 1,
    });
    const { plan } = await phone.finder.sync(book(n + 3));
    expect(plan).toBe("nothing");
  });

  test("of another user's account knows nothing of the one before", async () => {
    await phones().join(n);
    await phone.finder.sync(book(n));
    const other = await phones().phone(undefined, { storage: phone.storage });
    expect(await other.finder.friends()).toEqual([]);
    expect(await other.finder.sync(book(n + 1))).toMatchObject({ plan: "full", friends: [] });
    const devices = [phone, other].map(({ network }) => network.sent[0]?.body?.["deviceId"]);
    expect(new Set(devices).size).toBe(2);
  });

  test("that was ended between any two of its steps goes on", async () => {
    for (let steps = 0; ; steps += 1) {
      const { userId, storage } = await phones().phone();
      let left = steps;
      let isEnded = false;
      const step = () => {
        left -= 1;
        if (left < 0) {
          isEnded = true;
          throw new Error("ended");
        }
      };
      const failing = {
        ...storage,
        setItem: async (name: string, text: string) => {
          step();
          storage.texts.set(name, text);
        },
      };
      const dying = await phones().phone(userId, { storage: failing });
      dying.network.before = () => void (isEnded && lost());
      for (const contacts of [book(n, n + 1), book(n, n + 2), book(n + 2, n + 3, n + 4)]) {
        await dying.finder.sync(contacts).catch(() => {});
      }
      const reborn = await phones().phone(userId, { storage });
      await reborn.finder.sync(book(n, n + 3, n + 4), { confirmRemoval: true });
      const devices = await phones().library.listDevices(userId);
      expect(devices.length, `${steps} steps`).toBeLessThanOrEqual(1);
      expect(await phones().library.summarizeContacts(userId)).toMatchObject({ contacts_count: 3 });
      expect(await reborn.finder.sync(book(n, n + 3, n + 4))).toMatchObject({ plan: "nothing" });
      if (!isEnded) break;
    }
  });
});

import { randomUUID } from "node:crypto";
import type { Explanation } from "@contact-sync/client";
import { beforeEach, expect, test } from "vitest";
import { linkPendingPhones } from "../../src/directory/linker.ts";
import { describePostgres } from "../support/postgres.ts";
import { hashOf, numberOf, numbers } from "../support/use-contact-sync.ts";
import { type Book, openBook } from "./book.ts";
import { operatorOf } from "./operator.ts";
import { useApp } from "./support.ts";

const STEPS = [
  "readable",
  "not_forgotten",
  "in_directory",
  "not_own_number",
  "not_blocked",
  "discoverable",
  "in_book",
  "linked",
  "not_held",
] as const;

describePostgres("GET /admin/users/{userId}", (server) => {
  const app = useApp(server);
  const { data, ask } = operatorOf(app);

  test("tells what was done, and no contact", async () => {
    const [friend, blocked] = [randomUUID(), randomUUID()];
    const book = await openBook(app(), 0);
    await data("PUT", `/users/${friend}/phones`, { phoneNumber: numberOf(0) });
    await data("PUT", `/users/${book.userId}/phones`, { phoneNumber: numberOf(700) });
    const sync = async (body: object) =>
      (await book.ask("POST", "/contacts/sync", { deviceContactsCount: 5, ...body })).json();
    const first = await sync({ phoneNumbers: numbers(5), deviceId: "phone" });
    expect(
      (await sync({ phoneNumbers: [numberOf(9)], mode: "replace", deviceId: "phone" })).code,
    ).toBe("REPLACE_NEEDS_CONFIRMATION");
    await app().engine.failures.settled();
    await book.ask("PUT", `/contacts/${hashOf(3)}/favorite`);
    await book.ask("PUT", "/me/discoverability", { discoverable: "mutual" });
    await book.ask("PUT", `/me/blocks/${blocked}`);

    const answer = await ask("GET", `/admin/users/${book.userId}`);
    const moment = expect.stringMatching(/^\d{4}-.*\.\d{3}Z$/);
    const run = { started_at: moment, processing_time_ms: expect.any(Number) };
    const status = (await book.ask("GET", "/contacts/sync/status")).json().data;
    const { devices } = (await book.ask("GET", "/contacts/devices")).json().data;
    expect(answer.json().data).toEqual({
      user_id: book.userId,
      numbers: 1,
      status,
      summary: { contacts_count: 5, linked_count: 1, favorites_count: 1 },
      devices,
      budget: { ...first.data.budget, reset: expect.any(Number) },
      discoverability: "mutual",
      blocked_users: 1,
      suspicion: 0,
      held_at: null,
      runs: [
        {
          ...run,
          status: "failed",
          mode: "replace",
          contacts: 0,
          inserted: 0,
          updated: 0,
          removed: 0,
          matched: 0,
          error_code: "REPLACE_NEEDS_CONFIRMATION",
        },
        {
          ...run,
          status: "completed",
          mode: "merge",
          contacts: 5,
          inserted: 5,
          updated: 0,
          removed: 0,
          matched: 1,
          error_code: null,
        },
      ],
    });
    expect(devices).toHaveLength(1);
    expect(answer.body).not.toMatch(new RegExp(`${friend}|${blocked}|${hashOf(0)}`));
  });

  test("has the newest 20 runs, and no budget where there is none", async () => {
    const book = await openBook(app(), 0);
    for (let round = 1; round <= 22; round += 1) {
      await book.ask("POST", "/contacts/sync", {
        phoneNumbers: numbers(round),
        deviceContactsCount: round,
      });
    }
    await app().pool.query("select set_new_number_budget(0)");
    const { runs, budget } = await data("GET", `/admin/users/${book.userId}`);
    await app().pool.query("select set_new_number_budget(20000)");
    expect(runs.map(({ contacts }: { contacts: number }) => contacts)).toEqual(
      Array.from({ length: 20 }, (_, index) => 22 - index),
    );
    expect(budget).toBeNull();
  });

  test("tells zeros of somebody who is not known, and makes them no row", async () => {
    const userId = randomUUID();
    expect(await data("GET", `/admin/users/${userId}`)).toEqual({
      user_id: userId,
      numbers: 0,
      status: null,
      summary: { contacts_count: 0, linked_count: 0, favorites_count: 0 },
      devices: [],
      budget: { limit: 12_000, remaining: 12_000, reset: 0 },
      discoverability: "everybody",
      blocked_users: 0,
      suspicion: 0,
      held_at: null,
      runs: [],
    });
    const { rows } = await app().pool.query("select from contact_sync_status where owner_id = $1", [
      userId,
    ]);
    expect(rows).toEqual([]);
  });

  test("waits for nobody who has the user locked", async () => {
    const book = await openBook(app(), 3);
    const client = await app().pool.connect();
    try {
      await client.query("begin");
      await client.query("select from contact_sync_status where owner_id = $1 for update", [
        book.userId,
      ]);
      expect((await data("GET", `/admin/users/${book.userId}`)).summary.contacts_count).toBe(3);
    } finally {
      await client.query("rollback");
      client.release();
    }
  });
});

describePostgres("POST /admin/users/{userId}/explain", (server) => {
  const app = useApp(server);
  const { data, ask } = operatorOf(app);
  let book: Book;
  let holder: string;
  // Numbers of this test alone.
  let at = 1_000;
  let number: string;
  beforeEach(async () => {
    at += 10;
    book = await openBook(app(), 0);
    holder = randomUUID();
    number = numberOf(at);
  });

  const verify = (userId: string, phoneNumber = number) =>
    data("PUT", `/users/${userId}/phones`, { phoneNumber });
  const sync = (phoneNumbers = [number], who = book) =>
    who.ask("POST", "/contacts/sync", { phoneNumbers, deviceContactsCount: phoneNumbers.length });
  const asHolder = async (method: "PUT" | "POST", path: string, body?: unknown) => {
    const token = await app().userToken(holder);
    const answer = await app().request({ method, url: `/api/v1${path}`, token, body });
    expect(answer.statusCode).toBe(200);
  };

  /** The explanation, held to what the user really sees, and to the order of its steps. */
  const explained = async (phoneNumber = number, body: object = {}): Promise<Explanation> => {
    const answer = await ask("POST", `/admin/users/${book.userId}/explain`, {
      phoneNumber,
      ...body,
    });
    expect(answer.statusCode).toBe(200);
    const explanation: Explanation = answer.json().data;
    const { contacts } = (await book.ask("GET", "/contacts?linked=true&limit=1000")).json().data;
    const seen = contacts.find(
      (contact: { phone_hash: string }) => contact.phone_hash === hashOf(at),
    );
    expect(explanation.seen).toBe(seen !== undefined);
    if (explanation.seen) expect(explanation.found_user_id).toBe(seen.linked_user_id);
    expect(explanation.steps.map(({ step }) => step)).toEqual(STEPS);
    expect(explanation.seen).toBe(explanation.steps.every(({ outcome }) => outcome === "yes"));
    // No number, no hash, and nobody by name.
    for (const { detail } of explanation.steps) {
      expect(detail).not.toMatch(/\d{5}|[0-9a-f]{8}/);
    }
    return explanation;
  };
  /** The first step that is no, with what it says; undefined where all are yes. */
  const reasonOf = ({ steps }: Explanation) => {
    const found = steps.find(({ outcome }) => outcome === "no");
    return found && [found.step, found.detail];
  };

  test("says that all is well", async () => {
    await verify(holder);
    await sync();
    const explanation = await explained();
    expect(explanation).toMatchObject({ seen: true, found_user_id: holder });
    expect(await explained(hashOf(at))).toEqual(explanation);
  });

  test("a number that can't be read, and what is not asked then", async () => {
    const explanation = await explained("0100 0000001");
    expect(explanation.steps[0]).toEqual({
      step: "readable",
      outcome: "no",
      detail: expect.stringContaining("NO_COUNTRY_CODE"),
    });
    expect(explanation.steps.slice(1).every(({ outcome }) => outcome === "unknown")).toBe(true);
    expect(explanation.found_user_id).toBeNull();
  });

  test("reads a national number by the region that it is given", async () => {
    await verify(holder);
    await sync();
    const national = `0${number.slice(3)}`;
    expect(await explained(national, { defaultRegion: "EG" })).toMatchObject({ seen: true });
    const foreign = await ask("POST", `/admin/users/${book.userId}/explain`, {
      phoneNumber: national,
      defaultRegion: "XX",
    });
    expect(foreign.json().code).toBe("INVALID_REGION");
  });

  test("a number that was forgotten", async () => {
    await sync();
    await data("POST", "/directory/forget-number", { phoneNumber: number });
    expect(reasonOf(await explained())).toEqual([
      "not_forgotten",
      expect.stringContaining("forgotten"),
    ]);
  });

  test("a number that nobody has verified", async () => {
    await sync();
    const explanation = await explained();
    expect(reasonOf(explanation)?.[0]).toBe("in_directory");
    expect(explanation.steps.find(({ step }) => step === "in_book")?.outcome).toBe("yes");
  });

  test("a link that a bulk insert gave, until the holder is erased", async () => {
    await data("POST", "/contacts/bulk-insert", {
      contacts: [{ owner_id: book.userId, phone_hash: hashOf(at), linked_user_id: holder }],
    });
    expect(await explained()).toMatchObject({ seen: true, found_user_id: holder });
    await data("DELETE", `/users/${holder}`);
    const explanation = await explained();
    expect(reasonOf(explanation)?.[0]).toBe("in_directory");
    expect(explanation.found_user_id).toBeNull();
  });

  test("the user's own number", async () => {
    await verify(book.userId);
    await sync();
    const explanation = await explained();
    expect(reasonOf(explanation)?.[0]).toBe("not_own_number");
    expect(explanation.found_user_id).toBe(book.userId);
  });

  test("a block, of somebody who is hidden, too", async () => {
    await verify(holder);
    await sync();
    await asHolder("PUT", `/me/blocks/${book.userId}`);
    expect(reasonOf(await explained())?.[0]).toBe("not_blocked");
    await asHolder("PUT", "/me/discoverability", { discoverable: "nobody" });
    const explanation = await explained();
    expect(reasonOf(explanation)?.[0]).toBe("not_blocked");
    expect(explanation.found_user_id).toBe(holder);
  });

  test("somebody who is hidden, by choice or by the service's default", async () => {
    await verify(holder);
    await sync();
    await asHolder("PUT", "/me/discoverability", { discoverable: "nobody" });
    expect(reasonOf(await explained())).toEqual([
      "discoverable",
      "Who has the number is found by nobody.",
    ]);
    await asHolder("PUT", "/me/discoverability", { discoverable: null });
    expect((await explained()).seen).toBe(true);
    await app().pool.query("select set_default_discoverability('nobody')");
    expect(reasonOf(await explained())).toEqual([
      "discoverable",
      "By the service's default, who has the number is found by nobody.",
    ]);
    await app().pool.query("select set_default_discoverability('everybody')");
    expect((await explained()).seen).toBe(true);
  });

  test("mutual, until they have the user's number", async () => {
    await verify(holder);
    await verify(book.userId, numberOf(at + 1));
    await sync();
    await asHolder("PUT", "/me/discoverability", { discoverable: "mutual" });
    expect(reasonOf(await explained())).toEqual([
      "discoverable",
      expect.stringContaining("no verified number of the user"),
    ]);
    await asHolder("POST", "/contacts/sync", {
      phoneNumbers: [numberOf(at + 1)],
      deviceContactsCount: 1,
    });
    await app().pool.query("select link_pending_phones()");
    const explanation = await explained();
    expect(explanation.seen).toBe(true);
    expect(explanation.steps.find(({ step }) => step === "discoverable")?.detail).toContain(
      "they have the user's",
    );
  });

  test("a book that does not have the number", async () => {
    await verify(holder);
    const explanation = await explained();
    expect(reasonOf(explanation)?.[0]).toBe("in_book");
    expect(explanation.found_user_id).toBe(holder);
  });

  test("a change that the linker has not come to, and who is in its way", async () => {
    await sync();
    const { rows } = await app().pool.query(
      "select phone_key from contacts_with_accounts where owner_id = $1",
      [book.userId],
    );
    // As one who enters many at once and leaves the books to the linker.
    await app().pool.query("select link_phone($1, $2)", [rows[0].phone_key, holder]);
    expect(reasonOf(await explained())).toEqual([
      "linked",
      expect.stringMatching(/waits for \d+ seconds\.$/),
    ]);
    const inTheWay = await app().pool.connect();
    try {
      await inTheWay.query("begin");
      await inTheWay.query("select from contact_sync_status where owner_id = $1 for update", [
        book.userId,
      ]);
      await app().pool.query("select link_pending_phones()");
      expect(reasonOf(await explained())).toEqual([
        "linked",
        expect.stringContaining("somebody has the user locked"),
      ]);
    } finally {
      await inTheWay.query("rollback");
      inTheWay.release();
    }
    await app().pool.query("select link_pending_phones()");
    expect((await explained()).seen).toBe(true);
  });

  test("a link that somebody broke by hand", async () => {
    await verify(holder);
    await sync();
    await app().pool.query(
      "update contacts_with_accounts set linked_user_id = null where owner_id = $1",
      [book.userId],
    );
    expect(reasonOf(await explained())).toEqual([
      "linked",
      expect.stringContaining("relink_phones()"),
    ]);
    await app().pool.query("select relink_phones()");
    await app().pool.query("select link_pending_phones()");
    expect((await explained()).seen).toBe(true);
  });

  test("a user who is held, who keeps the links that they had", async () => {
    await verify(holder);
    await sync();
    await app().pool.query(
      "update contact_sync_status set held_at = now(), held_suspicion = 70 where owner_id = $1",
      [book.userId],
    );
    const kept = await explained();
    expect(kept.seen).toBe(true);
    expect(kept.steps.at(-1)?.detail).toContain("keeps the links");
    at += 1;
    number = numberOf(at);
    await verify(holder);
    await sync();
    expect(reasonOf(await explained())?.[0]).toBe("not_held");
    await data("POST", `/admin/suspects/${book.userId}/release`);
    await linkPendingPhones(app().engine);
    expect((await explained()).seen).toBe(true);
  });

  test("says it in words that are the same to everybody, and logs no number", async () => {
    await verify(holder);
    await explained();
    const log = app().log.join("");
    expect(log).not.toContain(number.slice(1));
    expect(log).not.toContain(hashOf(at));
  });

  test("refuses what it does not know, and somebody who is no UUID", async () => {
    for (const body of [{}, { phoneNumber: 5 }, { phoneNumber: number, name: "x" }]) {
      const answer = await ask("POST", `/admin/users/${book.userId}/explain`, body);
      expect(answer.statusCode).toBe(400);
    }
    expect((await ask("POST", "/admin/users/me/explain", { phoneNumber: number })).statusCode).toBe(
      400,
    );
    expect((await ask("GET", "/admin/users/me")).statusCode).toBe(400);
  });
});

import { randomUUID } from "node:crypto";
import { afterEach, beforeEach, expect, test } from "vitest";
import { serve } from "../../src/http/serve.ts";
import { TEST_KEY } from "../support/open-contact-sync.ts";
import { describePostgres, useDatabase } from "../support/postgres.ts";
import { SERVICE_KEY, useApp } from "./support.ts";

/** A range of mobile numbers, one after the other: its length sets the score. */
const range = (count: number, first = 491_750_000_000) =>
  Array.from({ length: count }, (_, index) => `+${first + index}`);

describePostgres("suspects", (server) => {
  const app = useApp(server);
  const setHold = (score: number) => app().pool.query("select set_suspect_hold($1)", [score]);
  beforeEach(() => setHold(60));
  afterEach(() => setHold(0));

  const sync = async (userId: string, phoneNumbers: string[]) =>
    app().request({
      method: "POST",
      url: "/api/v1/contacts/sync",
      token: await app().userToken(userId),
      body: { phoneNumbers, deviceContactsCount: phoneNumbers.length },
    });
  const list = async (query = "") =>
    app().request({
      method: "GET",
      url: `/api/v1/admin/suspects${query}`,
      token: await app().serviceToken(),
    });
  const release = async (userId: string) =>
    app().request({
      method: "POST",
      url: `/api/v1/admin/suspects/${userId}/release`,
      token: await app().serviceToken(),
    });
  const metric = async (name: string) => {
    const { body } = await app().request({ method: "GET", url: "/metrics" });
    return Number(new RegExp(`^${name} (\\d+)$`, "m").exec(body)?.[1]);
  };

  test("are listed, counted, held and released", async () => {
    const [owner, friend] = [randomUUID(), randomUUID()];
    const [first = ""] = range(1);
    await app().request({
      method: "PUT",
      url: `/api/v1/users/${friend}/phones`,
      token: await app().serviceToken(),
      body: { phoneNumber: first },
    });
    const answer = await sync(owner, range(6_000));
    expect(answer.json().data).toMatchObject({
      contacts_inserted: 6_000,
      matched_contacts: 0,
      matches: [],
    });

    const { suspects } = (await list()).json().data;
    expect(suspects).toEqual([
      {
        owner_id: owner,
        suspicion: 60,
        neighbours_percent: 100,
        last_seen_at: expect.stringMatching(/^\d{4}-.*Z$/),
        syncs: 1,
        budget_refusals: 0,
        contacts_inserted: 6_000,
        contacts_removed: 0,
        matched_contacts: 0,
        contacts_count: 6_000,
        first_sync_at: expect.stringMatching(/^\d{4}-.*Z$/),
        held_at: expect.stringMatching(/^\d{4}-.*Z$/),
        released_at: null,
      },
    ]);
    expect(await metric("contact_sync_suspects")).toBe(1);
    expect(await metric("contact_sync_high_suspects")).toBe(1);
    expect(await metric("contact_sync_held_owners")).toBe(1);

    expect((await release(owner)).json()).toEqual({ success: true, data: { released: true } });
    expect((await release(owner)).json().data).toEqual({ released: false });
    expect((await release(randomUUID())).json().data).toEqual({ released: false });
    expect(await metric("contact_sync_held_owners")).toBe(0);
    const [released] = (await list("?minScore=60&limit=5")).json().data.suspects;
    expect(released).toMatchObject({ held_at: null, released_at: expect.any(String) });
    expect((await list("?since=2999-01-01")).json().data.suspects).toEqual([]);
  });

  test("say nothing of themselves to the held one", async () => {
    const owner = randomUUID();
    await sync(owner, range(6_000, 491_760_000_000));
    const token = await app().userToken(owner);
    for (const url of ["/api/v1/contacts/sync/status", "/api/v1/contacts/summary"]) {
      const { body } = await app().request({ method: "GET", url, token });
      expect(body).not.toMatch(/held|suspic|release/i);
    }
  });

  test("a book of a company is not one", async () => {
    const owner = randomUUID();
    const others = Array.from({ length: 450 }, (_, n) => `+4917${60_000_000 + n * 7_919}`);
    await sync(owner, [...range(50, 493_012_345_000), ...others]);
    const { suspects } = (await list("?minScore=1")).json().data;
    expect(suspects.map(({ owner_id }: { owner_id: string }) => owner_id)).not.toContain(owner);
  });

  test.each([
    "?minScore=0",
    "?minScore=101",
    "?limit=0",
    "?since=yesterday",
    "?score=5",
  ])("%s is refused", async (query) => {
    expect((await list(query)).statusCode).toBe(400);
  });
});

describePostgres("what the environment sets at start", (server) => {
  const database = useDatabase(server);

  test("is in the database, and stays as it is without it", async () => {
    const start = async (environment: Record<string, string>) => {
      const service = await serve({
        environment: {
          DATABASE_URL: database().connectionString,
          CONTACT_SYNC_KEY: TEST_KEY,
          CONTACT_SYNC_SERVICE_KEYS: SERVICE_KEY,
          HOST: "127.0.0.1",
          PORT: "0",
          LOG_LEVEL: "silent",
          ...environment,
        },
        announce: () => {},
      });
      await service.stop();
      const { rows } = await database().pool.query(
        "select b.new_account_days, b.new_account_burst, set_suspect_hold() as hold from set_new_number_budget() as b",
      );
      return rows[0];
    };
    expect(
      await start({
        CONTACT_SYNC_NEW_ACCOUNT_DAYS: "3",
        CONTACT_SYNC_NEW_ACCOUNT_BURST: "500",
        CONTACT_SYNC_HOLD_SUSPECTS: "70",
      }),
    ).toEqual({ new_account_days: 3, new_account_burst: 500, hold: 70 });
    expect(await start({})).toEqual({ new_account_days: 3, new_account_burst: 500, hold: 70 });
    expect(
      await start({ CONTACT_SYNC_NEW_ACCOUNT_DAYS: "0", CONTACT_SYNC_HOLD_SUSPECTS: "0" }),
    ).toEqual({ new_account_days: 0, new_account_burst: 500, hold: null });
    for (const wrong of [
      { CONTACT_SYNC_NEW_ACCOUNT_DAYS: "-1" },
      { CONTACT_SYNC_NEW_ACCOUNT_BURST: "0" },
      { CONTACT_SYNC_HOLD_SUSPECTS: "101" },
    ]) {
      await expect(start(wrong)).rejects.toMatchObject({ code: "INVALID_CONFIGURATION" });
    }
  });
});

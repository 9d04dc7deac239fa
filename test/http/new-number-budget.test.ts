import { randomUUID } from "node:crypto";
import { afterEach, beforeEach, expect, test } from "vitest";
import { serve } from "../../src/http/serve.ts";
import { TEST_KEY } from "../support/open-contact-sync.ts";
import { describePostgres, useDatabase } from "../support/postgres.ts";
import { numbers } from "../support/use-contact-sync.ts";
import { SERVICE_KEY, useApp } from "./support.ts";

describePostgres("the budget for new numbers", (server) => {
  const app = useApp(server);
  const setBudget = (burst: number, perDay: number) =>
    app().pool.query("select set_new_number_budget($1, $2)", [burst, perDay]);
  beforeEach(() => setBudget(10, 24));
  afterEach(() => setBudget(20_000, 2_000));

  const sync = async (userId: string, body: object) =>
    app().request({
      method: "POST",
      url: "/api/v1/contacts/sync",
      token: await app().userToken(userId),
      body: { deviceContactsCount: 1, ...body },
    });
  const refusals = async () => {
    const { body } = await app().request({ method: "GET", url: "/metrics" });
    return Number(/^contact_sync_budget_refusals_total (\d+)$/m.exec(body)?.[1]);
  };

  test("is in the answer, and its refusal is 429 with Retry-After, counted", async () => {
    const owner = randomUUID();
    const first = await sync(owner, { phoneNumbers: numbers(8) });
    expect(first.json().data.budget).toMatchObject({ limit: 10, remaining: 2 });
    const before = await refusals();

    const refused = await sync(owner, {
      phoneNumbers: numbers(3, 100),
      mode: "replace",
      confirmRemoval: true,
    });
    expect(refused.statusCode).toBe(429);
    const { code, details } = refused.json();
    expect(code).toBe("NEW_NUMBER_BUDGET_EXCEEDED");
    expect(details).toMatchObject({ limit: 10, remaining: 2, new_numbers: 3 });
    expect(details.reset).toBeGreaterThan(details.retry_after_seconds);
    expect(refused.headers["retry-after"]).toBe(String(details.retry_after_seconds));
    expect(await refusals()).toBe(before + 1);

    expect((await sync(owner, { phoneNumbers: numbers(8) })).json().data).toMatchObject({
      contacts_unchanged: 8,
      budget: { remaining: 2 },
    });
  });

  test("is null where there is none", async () => {
    await setBudget(0, 1);
    const answer = await sync(randomUUID(), { phoneNumbers: numbers(20) });
    expect(answer.json().data.budget).toBeNull();
  });

  test("cannot be switched off by a request", async () => {
    const answer = await sync(randomUUID(), { phoneNumbers: numbers(20), budget: false });
    expect(answer.statusCode).toBe(400);
  });
});

describePostgres("the budget that the environment names", (server) => {
  const database = useDatabase(server);

  test("is set in the database at start, and stays as it is without one", async () => {
    const inForce = async () =>
      (await database().pool.query("select * from set_new_number_budget()")).rows[0];
    const start = async (budget: Record<string, string>) => {
      const service = await serve({
        environment: {
          DATABASE_URL: database().connectionString,
          CONTACT_SYNC_KEY: TEST_KEY,
          CONTACT_SYNC_SERVICE_KEYS: SERVICE_KEY,
          HOST: "127.0.0.1",
          PORT: "0",
          LOG_LEVEL: "silent",
          ...budget,
        },
        announce: () => {},
      });
      await service.stop();
    };
    await start({ CONTACT_SYNC_NEW_NUMBER_BURST: "500", CONTACT_SYNC_NEW_NUMBERS_PER_DAY: "50" });
    expect(await inForce()).toMatchObject({ burst: 500, refill_per_day: 50 });
    await start({});
    expect(await inForce()).toMatchObject({ burst: 500, refill_per_day: 50 });
    await start({ CONTACT_SYNC_NEW_NUMBER_BURST: "0" });
    expect(await inForce()).toMatchObject({ burst: 0, refill_per_day: 50 });
  });
});

import { randomUUID } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import { afterEach, expect, test } from "vitest";
import { OwnerTurns } from "../../src/http/turns.ts";
import { describePostgres, useDatabase } from "../support/postgres.ts";
import { hashOf, numbers, refusal } from "../support/use-contact-sync.ts";
import { waitingForLocks } from "../support/waiting.ts";
import { holdOwner } from "./held-owner.ts";
import { type Answer, type AppOverrides, type OpenApp, openApp } from "./support.ts";

describePostgres("requests of one owner", (server) => {
  const database = useDatabase(server);
  const open: OpenApp[] = [];
  afterEach(() => Promise.all(open.splice(0).map((app) => app.close())));

  async function openFair(overrides: AppOverrides = {}) {
    const app = await openApp(database(), { poolSize: 4, ownerConnections: 2, ...overrides });
    open.push(app);
    const ask = async (owner: string, body?: object, headers?: Record<string, string>) =>
      app.request({
        method: body === undefined ? "GET" : "POST",
        url: `/api/v1/contacts/${body === undefined ? "summary" : "sync"}`,
        token: await app.userToken(owner),
        body,
        headers,
      });
    return {
      app,
      summary: (owner: string) => ask(owner),
      sync: (owner: string, key?: string) =>
        ask(
          owner,
          { phoneNumbers: numbers(5), deviceContactsCount: 5 },
          key === undefined ? {} : { "idempotency-key": key },
        ),
    };
  }

  /** Connections of the database's that wait for the held owner. */
  const blocked = async () => (await waitingForLocks(database())).length;
  const untilBlocked = async (count: number) => {
    while ((await blocked()) < count) await delay(5);
  };
  const statusesOf = (answers: Answer[]) => answers.map(({ statusCode }) => statusCode);

  test("leave the others a connection, however long they take", async () => {
    const { app, summary, sync } = await openFair();
    const owner = randomUUID();
    const held = await holdOwner(database(), owner);
    const all = Promise.all(Array.from({ length: 20 }, () => sync(owner)));
    await untilBlocked(2);

    // None of the owner's is answered before the lock is released; all of these are.
    const others = Array.from({ length: 10 }, () => randomUUID());
    expect(statusesOf(await Promise.all(others.map((other) => sync(other))))).toEqual(
      others.map(() => 200),
    );
    expect(statusesOf(await Promise.all(others.map((other) => summary(other))))).toEqual(
      others.map(() => 200),
    );
    expect(await blocked()).toBe(2);
    expect(app.pool.totalCount - app.pool.idleCount).toBe(2);
    expect(app.pool.waitingCount).toBe(0);

    await held.release();
    expect(statusesOf(await all)).toEqual(Array.from({ length: 20 }, () => 200));
  });

  test("are turned away with a time to come back when too many wait", async () => {
    const { sync } = await openFair();
    const owner = randomUUID();
    const held = await holdOwner(database(), owner);
    const refused: Answer[] = [];
    const all = Array.from({ length: 30 }, async () => {
      const answer = await sync(owner, randomUUID());
      if (answer.statusCode !== 200) refused.push(answer);
      return answer.statusCode;
    });
    while (refused.length < 30 - 2 - 20) await delay(5);
    for (const answer of refused) {
      expect(answer.statusCode).toBe(429);
      expect(answer.json()).toMatchObject({
        success: false,
        code: "RATE_LIMITED",
        details: { limit: 2, retry_after_seconds: Number(answer.headers["retry-after"]) },
      });
      expect(Number(answer.headers["retry-after"])).toBeGreaterThan(0);
    }
    await untilBlocked(2);
    // Those who wait have nothing of the database, not even their idempotency keys.
    const { rows } = await database().pool.query(
      "select from contact_sync_answers where owner_id = $1",
      [owner],
    );
    expect(rows).toHaveLength(2);

    await held.release();
    expect((await Promise.all(all)).filter((status) => status === 200)).toHaveLength(22);
  });

  test("wait for their turn no longer than a request may take", async () => {
    const { sync } = await openFair({ requestSeconds: 1 });
    const owner = randomUUID();
    const held = await holdOwner(database(), owner);
    const busy = [sync(owner), sync(owner)];
    await untilBlocked(2);
    const late = await sync(owner);
    expect([late.statusCode, late.json().code]).toEqual([429, "RATE_LIMITED"]);
    await held.release();
    expect(statusesOf(await Promise.all(busy))).toEqual([200, 200]);
    expect((await sync(owner)).statusCode).toBe(200);
  });

  test("keep their turn while a failure of theirs is being written", async () => {
    const { app, sync } = await openFair({ ownerConnections: 1, queryMs: 1_000 });
    const owner = randomUUID();
    const held = await holdOwner(database(), owner);
    expect((await sync(owner)).json().code).toBe("TIMED_OUT");
    expect(await blocked()).toBe(1); // the row for the history
    const next = sync(owner);
    while (app.engine.failures.of(owner) !== undefined) {
      expect(await blocked()).toBeLessThanOrEqual(1);
      await delay(5);
    }
    await held.release();
    expect((await next).statusCode).toBe(200);
  });

  test("give their turns back, whatever becomes of them", async () => {
    const { app, sync, summary } = await openFair({ ownerConnections: 1 });
    const owner = randomUUID();
    const token = await app.userToken(owner);
    const send = (url: string, body?: unknown) =>
      app.request({ method: body === undefined ? "GET" : "POST", url, token, body });
    for (let round = 0; round < 3; round += 1) {
      expect(
        (await send("/api/v1/contacts/sync", { phoneHashes: ["x"], deviceContactsCount: 1 }))
          .statusCode,
      ).toBe(400);
      expect((await send("/api/v1/contacts/sync", { phoneNumbers: 5 })).statusCode).toBe(400);
      expect((await send("/api/v1/contacts?limit=0")).statusCode).toBe(400);
      expect((await send("/api/v1/nowhere")).statusCode).toBe(404);
      expect((await send("/api/v1/contacts/bulk-insert", { contacts: [] })).statusCode).toBe(403);
      expect((await sync(owner, "with a space")).statusCode).toBe(400);
      expect((await sync(owner, "key")).statusCode).toBe(200); // replayed from the second on
      expect((await summary(owner)).statusCode).toBe(200);
    }
  });

  test("are not those of the back end, which has no turns", async () => {
    const { app } = await openFair({ poolSize: 6, ownerConnections: 1 });
    const owner = randomUUID();
    const held = await holdOwner(database(), owner);
    const token = await app.serviceToken();
    const inserts = Array.from({ length: 5 }, () =>
      app.request({
        method: "POST",
        url: "/api/v1/contacts/bulk-insert",
        token,
        body: { contacts: [{ owner_id: owner, phone_hash: hashOf(1) }] },
      }),
    );
    await untilBlocked(5);
    await held.release();
    expect(new Set(statusesOf(await Promise.all(inserts)))).toEqual(new Set([200]));
  });
});

test("turns come in order, and none is lost when somebody gives up", async () => {
  const turns = new OwnerTurns({ atOnce: 2, waitMs: 50 });
  const [first, second] = [await turns.take("a"), await turns.take("a")];
  await refusal(turns.take("a"), "RATE_LIMITED");

  const patient = new OwnerTurns({ atOnce: 1, waitMs: 60_000 });
  const order: number[] = [];
  const giveBack = await patient.take("a");
  const later = [1, 2, 3].map(async (n) => {
    const done = await patient.take("a");
    order.push(n);
    done();
    done(); // twice is once
  });
  giveBack();
  await Promise.all(later);
  expect(order).toEqual([1, 2, 3]);
  (await patient.take("a"))();

  first();
  second();
  (await turns.take("a"))();
});

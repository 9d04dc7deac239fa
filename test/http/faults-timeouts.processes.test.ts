import { randomUUID } from "node:crypto";
import { Readable } from "node:stream";
import { afterEach, expect, test } from "vitest";
import { describePostgres, useDatabase } from "../support/postgres.ts";
import { until } from "../support/until.ts";
import { hashOf, numbers } from "../support/use-contact-sync.ts";
import { waitingForLocks } from "../support/waiting.ts";
import { holdOwner } from "./held-owner.ts";
import {
  type Answer,
  type AppOverrides,
  type OpenApp,
  openApp,
  PATIENT_MS,
  SERVICE_KEY,
} from "./support.ts";

describePostgres("a service whose work takes too long", (server) => {
  const database = useDatabase(server);
  const open: OpenApp[] = [];
  afterEach(() => Promise.all(open.splice(0).map((app) => app.close())));

  async function openHasty(overrides: AppOverrides = {}) {
    const app = await openApp(database(), { queryMs: 400, ...overrides });
    open.push(app);
    const sync = async (owner: string, headers: Record<string, string> = {}, fields: object = {}) =>
      app.request({
        method: "POST",
        url: "/api/v1/contacts/sync",
        token: await app.userToken(owner),
        body: { phoneNumbers: numbers(20), deviceContactsCount: 20, ...fields },
        headers,
      });
    return { app, sync };
  }

  const refusalOf = ({ statusCode, headers, body }: Answer) => {
    const { code, success } = JSON.parse(body);
    return { status: statusCode, success, code, retries: Number(headers["retry-after"]) > 0 };
  };
  const refused = (code: string) => ({ status: 503, success: false, code, retries: true });

  const count = async (what: string, ...values: unknown[]): Promise<number> =>
    (await database().pool.query(`select count(*)::integer as n from ${what}`, values)).rows[0].n;

  test("cancels a sync in the database, writes nothing of it, and goes on", async () => {
    const { app, sync } = await openHasty();
    const owner = randomUUID();
    const held = await holdOwner(database(), owner);

    expect(refusalOf(await sync(owner))).toEqual(refused("TIMED_OUT"));

    await until(
      "nobody waits any more",
      async () => (await waitingForLocks(database())).length === 0,
    );
    await held.release();
    app.limits.queryMs = PATIENT_MS;
    expect(await count("contacts_with_accounts where owner_id = $1", owner)).toBe(0);
    const answer = await sync(owner);
    expect(answer.json().data).toMatchObject({ contacts_inserted: 20, sync_completed: true });
  });

  test.each([
    ["without a key", {}],
    ["with an Idempotency-Key", { "idempotency-key": "late" }],
  ])("answers while the failure can't be written yet, %s", async (_, headers) => {
    const { app, sync } = await openHasty();
    const owner = randomUUID();
    const held = await holdOwner(database(), owner);
    const answer = sync(owner, headers);
    await held.untilAwaited();
    app.limits.queryMs = PATIENT_MS; // of what follows: who waits for that, waits for the lock

    expect(refusalOf(await answer)).toEqual(refused("TIMED_OUT"));
    await held.untilAwaited();
    await held.release();
    const failed = "contact_sync_runs where owner_id = $1 and error_code = 'TIMED_OUT'";
    await until("the failure is written", async () => (await count(failed, owner)) === 1);
  });

  test("answers within twice the time limit, though nothing gives way", async () => {
    const limitMs = 3_000;
    const { sync } = await openHasty({ queryMs: limitMs });
    const owner = randomUUID();
    const held = await holdOwner(database(), owner);
    const startedAt = performance.now();
    expect(refusalOf(await sync(owner))).toEqual(refused("TIMED_OUT"));
    const ratio = (performance.now() - startedAt) / limitMs;
    await held.release();
    expect(ratio).toBeLessThan(2);
  });

  test.each([
    ["an answer", {}, 200],
    ["a refusal", { mode: "replace", phoneNumbers: [] }, 409],
  ])("gives %s while its key can't be settled yet", async (_, fields, status) => {
    const { sync } = await openHasty({ queryMs: PATIENT_MS });
    const owner = randomUUID();
    await sync(owner);
    const held = await holdOwner(database(), owner);
    const headers = { "idempotency-key": "held" };
    const answer = sync(owner, headers, fields);
    await held.untilAwaited();
    const client = await database().pool.connect();
    await client.query("begin");
    await client.query("select from contact_sync_answers where owner_id = $1 for update", [owner]);
    await held.release();

    expect((await answer).statusCode).toBe(status);
    await held.untilAwaited();
    await client.query("rollback");
    client.release();
    await until("the key is settled", async () => {
      const again = await sync(owner, headers, fields);
      return again.json().code !== "IDEMPOTENCY_KEY_IN_USE" && again.statusCode === status;
    });
  });

  test("cancels a bulk insert of many owners, all of it", async () => {
    const { app } = await openHasty();
    const owners = [randomUUID(), randomUUID()].sort() as [string, string];
    const held = await holdOwner(database(), owners[1]);
    const insert = () =>
      app.request({
        method: "POST",
        url: "/api/v1/contacts/bulk-insert",
        token: SERVICE_KEY,
        body: { contacts: owners.map((owner_id) => ({ owner_id, phone_hash: hashOf(1) })) },
      });
    expect(refusalOf(await insert())).toEqual(refused("TIMED_OUT"));
    await held.release();
    app.limits.queryMs = PATIENT_MS;
    expect(await count("contacts_with_accounts where owner_id = any ($1)", owners)).toBe(0);
    expect((await insert()).json().data.contacts_inserted).toBe(2);
  });

  test("ends a streamed import with a problem in its last line; the chunks before stay", async () => {
    const { app } = await openHasty({ queryMs: PATIENT_MS });
    const [first, second] = [randomUUID(), randomUUID()];
    const held = await holdOwner(database(), second);
    const lineOf = (owner_id: string, n: number) =>
      `${JSON.stringify({ owner_id, phone_hash: hashOf(n) })}\n`;
    const stored = "contacts_with_accounts where owner_id = $1";
    async function* body() {
      yield Array.from({ length: 5_000 }, (_, n) => lineOf(first, n)).join("");
      await until("the first chunk is stored", async () => (await count(stored, first)) > 0);
      app.limits.queryMs = 400;
      yield lineOf(second, 0);
    }
    const answer = await app.app.inject({
      method: "POST",
      url: "/api/v1/contacts/bulk-insert",
      payload: Readable.from(body()),
      headers: {
        authorization: `Bearer ${SERVICE_KEY}`,
        "content-type": "application/x-ndjson",
        "transfer-encoding": "chunked",
      },
    });
    await held.release();
    const lines = answer.body
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line));
    expect(lines).toEqual([
      { progress: { received: 5_000, processed: 5_000 } },
      expect.objectContaining({ success: false, code: "TIMED_OUT", status: 503 }),
    ]);
    expect(await count(stored, first)).toBe(5_000);
  });

  test("does not fail a link for its back-fill, nor for an owner who is locked", async () => {
    const { app, sync } = await openHasty();
    const [owner, user] = [randomUUID(), randomUUID()];
    await sync(owner);
    const link = (n: number) =>
      app.request({
        method: "PUT",
        url: `/api/v1/users/${user}/phones`,
        token: SERVICE_KEY,
        body: { phoneHash: hashOf(n) },
      });
    const late = { success: true, data: { changed: true, links_pending: 1 } };

    const held = await holdOwner(database(), owner);
    expect((await link(0)).json()).toEqual(late);
    await held.release();

    const client = await database().pool.connect();
    await client.query("begin");
    await client.query("lock table contacts_with_accounts in access exclusive mode");
    const answer = await link(1);
    await client.query("rollback");
    client.release();
    expect(answer.json()).toEqual(late);

    await app.engine.sql.call("link_pending_phones", []);
    expect(
      await count(
        "contacts_with_accounts where owner_id = $1 and linked_user_id = $2",
        owner,
        user,
      ),
    ).toBe(2);
  });

  test("turns away whom it would let wait in too long a line, at once", async () => {
    const { app, sync } = await openHasty({ poolSize: 2, waiting: 4, queryMs: PATIENT_MS });
    const owner = randomUUID();
    const held = await holdOwner(database(), owner);
    const busy = [sync(owner), sync(owner)];
    await until("both are busy", () => app.pool.totalCount - app.pool.idleCount === 2);
    await held.untilAwaited();

    const answers = Promise.all(Array.from({ length: 12 }, () => sync(randomUUID())));
    await until("four are waiting", () => app.pool.waitingCount === 4);
    expect((await app.request({ method: "GET", url: "/healthz" })).statusCode).toBe(200);
    expect(refusalOf(await sync(randomUUID()))).toEqual(refused("OVERLOADED"));
    await held.release();

    const all = [...(await answers), ...(await Promise.all(busy))];
    const statuses = all.map(({ statusCode }) => statusCode);
    expect(statuses.filter((status) => status === 200)).toHaveLength(4 + 2);
    for (const answer of all.filter(({ statusCode }) => statusCode !== 200)) {
      expect(refusalOf(answer)).toEqual(refused("OVERLOADED"));
    }
    expect((await sync(randomUUID())).statusCode).toBe(200);
  });

  test("turns requests away while its event loop is late, and stays alive and well", async () => {
    const { app } = await openHasty({ maxEventLoopDelayMs: 150 });
    const address = await app.app.listen({ port: 0, host: "127.0.0.1" });
    const summary = async () =>
      fetch(`${address}/api/v1/contacts/summary`, {
        headers: { authorization: `Bearer ${await app.userToken(randomUUID())}` },
      });
    // Starting, which takes two seconds, does not count.
    const answer = await until("a request is turned away", async () => {
      const end = performance.now() + 600;
      while (performance.now() < end); // what normalising some very large books at once amounts to
      const response = await summary();
      return response.status === 503 && response;
    });
    expect(answer.headers.get("retry-after")).not.toBeNull();
    expect(await answer.json()).toMatchObject({ success: false, code: "OVERLOADED" });
    expect((await fetch(`${address}/healthz`)).status).toBe(200);

    await until("requests are answered again", async () => (await summary()).status === 200);
  });
});

import { randomUUID } from "node:crypto";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { describePostgres, useDatabase } from "../support/postgres.ts";
import { until } from "../support/until.ts";
import { numbers } from "../support/use-contact-sync.ts";
import { holdOwner } from "./held-owner.ts";
import { useIdempotentRequests } from "./idempotent-requests.ts";
import { useServiceProcesses } from "./service-process.ts";
import { type Answer, openApp } from "./support.ts";

const SYNC = "/api/v1/contacts/sync";
const KEEP = "contact_sync_keep_answer(uuid, text, text, uuid, bytea)";

// In the service itself, with the leases that it takes: they last for seconds.

describePostgres("a claimed Idempotency-Key", (server) => {
  const database = useDatabase(server);
  const startService = useServiceProcesses();
  const { app, sync, bulkInsert, syncsOf, storedOf, execute, codeOf } =
    useIdempotentRequests(database);

  test("is free again when its request took too long", async () => {
    const [owner, key] = [randomUUID(), randomUUID()];
    const hasty = await openApp(database(), { queryMs: 300 });
    try {
      const held = await holdOwner(database(), owner);
      expect(codeOf(await sync(owner, { key, on: hasty }))).toEqual([503, "TIMED_OUT"]);
      await held.release();
      await untilAnswered(() => sync(owner, { key }));
    } finally {
      await hasty.close();
    }
  });

  test("is free again when the database could not be told so at the time", async () => {
    const [owner, key] = [randomUUID(), randomUUID()];
    const send = async () =>
      app().request({
        method: "POST",
        url: SYNC,
        token: await app().userToken(owner),
        body: { phoneHashes: ["no hash"], deviceContactsCount: 1 },
        headers: { "idempotency-key": key },
      });
    await withBroken(KEEP, async () => {
      expect((await send()).statusCode).toBe(400);
      expect((await send()).statusCode).toBe(409);
    });
    await untilAnswered(send, 400);
  });

  test("is not lost on a client that went away before its answer", async () => {
    const [owner, key] = [randomUUID(), randomUUID()];
    const address = await app().app.listen({ port: 0, host: "127.0.0.1" });
    const openConnections = promisify((done: (error: Error | null, count: number) => void) =>
      app().app.server.getConnections(done),
    );
    const leaving = new AbortController();
    const send = (signal: AbortSignal | null) =>
      app()
        .userToken(owner)
        .then((token) =>
          fetch(`${address}${SYNC}`, {
            method: "POST",
            signal,
            headers: {
              authorization: `Bearer ${token}`,
              "content-type": "application/json",
              "idempotency-key": key,
            },
            body: JSON.stringify({ phoneNumbers: numbers(3), deviceContactsCount: 3 }),
          }),
        );
    const held = await holdOwner(database(), owner);
    const left = send(leaving.signal).catch(() => "left");
    await held.untilAwaited();
    leaving.abort();
    expect(await left).toBe("left");
    await until("the service has noticed", async () => (await openConnections()) === 0);
    expect((await send(null)).status).toBe(409); // the work goes on
    await held.release();

    await untilAnswered(async () => ({ statusCode: (await send(null)).status }));
    expect(await syncsOf(owner)).toBe(1);
    expect((await send(null)).headers.get("idempotency-replayed")).toBe("true");
  });

  test("that a dead server claimed is free when its lease has ended", async () => {
    const [owner, key] = [randomUUID(), randomUUID()];
    await sync(owner, { key });
    // As it is while the first request is at work, and stays when the server dies with it.
    await execute("update contact_sync_answers set answer = null where owner_id = $1", owner);
    expect(codeOf(await sync(owner, { key }))).toEqual([409, "IDEMPOTENCY_KEY_IN_USE"]);

    await execute(
      "update contact_sync_answers set claimed_until = now() - interval '1 s' where owner_id = $1",
      owner,
    );
    const again = await sync(owner, { key });
    expect(again.statusCode).toBe(200);
    expect(again.json().data.contacts_unchanged).toBe(3);
  });

  test("stays claimed while its request is at work, for every process", async () => {
    const [owner, key] = [randomUUID(), randomUUID()];
    const other = await openApp(database());
    try {
      const held = await holdOwner(database(), owner);
      const first = sync(owner, { key });
      await held.untilAwaited();
      const claimedUntil = async (): Promise<Date> =>
        (await execute("select claimed_until from contact_sync_answers where owner_id = $1", owner))
          .rows[0].claimed_until;
      const atFirst = await claimedUntil();
      await until("the claim is renewed beyond the time that it lasts by itself", async () => {
        expect(codeOf(await sync(owner, { key, on: other }))).toEqual([
          409,
          "IDEMPOTENCY_KEY_IN_USE",
        ]);
        return (await claimedUntil()).getTime() - atFirst.getTime() >= 5_500;
      });
      await held.release();
      expect((await first).statusCode).toBe(200);
      const again = await sync(owner, { key, on: other });
      expect(again.statusCode).toBe(200);
      expect(again.body).toBe((await first).body);
      expect(await syncsOf(owner)).toBe(1);
    } finally {
      await other.close();
    }
  });

  test("is free within seconds when its process was killed", async () => {
    const [owner, key] = [randomUUID(), randomUUID()];
    const service = await startService(database().connectionString);
    const held = await holdOwner(database(), owner);
    const lost = fetch(`${service.address}${SYNC}`, {
      method: "POST",
      headers: {
        authorization: `Bearer ${await app().userToken(owner)}`,
        "content-type": "application/json",
        "idempotency-key": key,
      },
      body: JSON.stringify({ phoneNumbers: numbers(3), deviceContactsCount: 3 }),
    }).catch(() => "lost");
    await held.untilAwaited();
    service.kill("SIGKILL");
    expect(await lost).toBe("lost");
    await held.release();

    const refused = await sync(owner, { key });
    expect(codeOf(refused)).toEqual([409, "IDEMPOTENCY_KEY_IN_USE"]);
    expect(Number(refused.headers["retry-after"])).toBeLessThanOrEqual(5);
    const { rows } = await execute(
      `select claimed_until - clock_timestamp() <= interval '5 s' as ends_soon
         from contact_sync_answers where owner_id = $1`,
      owner,
    );
    expect(rows).toEqual([{ ends_soon: true }]);
    await untilAnswered(() => sync(owner, { key }));
    expect(await storedOf(owner)).toBe(3);
  });

  test("that others took over while its process slept is left to them", async () => {
    const [held, free, key] = [randomUUID(), randomUUID(), randomUUID()];
    // It can't renew its claims, as if it slept.
    const sleeper = await openApp(database(), {
      watch: { ...app().engine.sql, call: () => Promise.reject(new Error("asleep")) },
    });
    try {
      const lock = await holdOwner(database(), held);
      const late = bulkInsert(held, key, 1, sleeper);
      await lock.untilAwaited();
      await execute(
        "update contact_sync_answers set claimed_until = now() - interval '1 s' where answer is null",
      );
      const taker = await bulkInsert(free, key, 2);
      expect(taker.json().data.contacts_inserted).toBe(2);
      await lock.release();
      expect((await late).json().data.contacts_inserted).toBe(1);

      const again = await bulkInsert(free, key, 2);
      expect(again.headers["idempotency-replayed"]).toBe("true");
      expect(again.body).toBe(taker.body);
      expect(codeOf(await bulkInsert(held, key, 1))).toEqual([422, "IDEMPOTENCY_KEY_REUSED"]);
    } finally {
      await sleeper.close();
    }
  });

  test("whose answer cannot be kept does not cost the answer", async () => {
    const [owner, key] = [randomUUID(), randomUUID()];
    await withBroken(KEEP, async () => {
      const answer = await sync(owner, { key });
      expect(answer.statusCode).toBe(200);
      expect(answer.json().data.contacts_inserted).toBe(3);
    });
    // The repeat finds what the first has done.
    let again: Answer | undefined;
    await untilAnswered(async () => {
      again = await sync(owner, { key });
      return again;
    });
    expect(again?.json().data).toMatchObject({ contacts_inserted: 0, contacts_unchanged: 3 });
  });

  /** The work while the database lacks one of our functions. */
  async function withBroken(signature: string, work: () => Promise<void>): Promise<void> {
    await execute(`alter function ${signature} rename to contact_sync_broken`);
    try {
      await work();
    } finally {
      const parameters = signature.slice(signature.indexOf("("));
      const name = signature.slice(0, signature.indexOf("("));
      await execute(`alter function contact_sync_broken${parameters} rename to ${name}`);
    }
  }
});

/** Repeats a request until it is no longer turned away. */
async function untilAnswered(
  send: () => Promise<Pick<Answer, "statusCode">>,
  status = 200,
): Promise<void> {
  await until("it is answered", async () => {
    const { statusCode } = await send();
    expect([409, status]).toContain(statusCode);
    return statusCode === status;
  });
}

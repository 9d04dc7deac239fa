import { randomUUID } from "node:crypto";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, test } from "vitest";
import { linkMany } from "../../src/directory/link.ts";
import { describePostgres, useDatabase } from "../support/postgres.ts";
import { until } from "../support/until.ts";
import { hashOf, numberOf, numbers } from "../support/use-contact-sync.ts";
import { holdOwner } from "./held-owner.ts";
import { useServiceProcesses } from "./service-process.ts";
import { type Answer, type OpenApp, openApp, type Request } from "./support.ts";

const SYNC = "/api/v1/contacts/sync";
const BULK_INSERT = "/api/v1/contacts/bulk-insert";
const KEEP = "contact_sync_keep_answer(uuid, text, text, uuid, bytea)";

describePostgres("an Idempotency-Key", (server) => {
  const database = useDatabase(server);
  const startService = useServiceProcesses();
  let opened: OpenApp;
  const app = () => opened;
  beforeAll(async () => {
    opened = await openApp(database());
  });
  afterAll(() => opened.close());

  interface Sync {
    readonly key?: string;
    readonly phoneNumbers?: readonly string[];
    readonly on?: OpenApp;
  }

  async function sync(owner: string, { key, phoneNumbers = numbers(3), on = app() }: Sync = {}) {
    const request: Request = {
      method: "POST",
      url: SYNC,
      token: await on.userToken(owner),
      body: { phoneNumbers, deviceContactsCount: phoneNumbers.length },
      headers: key === undefined ? undefined : { "idempotency-key": key },
    };
    return on.request(request);
  }

  async function bulkInsert(
    owner: string,
    key: string,
    count = 1,
    on: OpenApp = app(),
  ): Promise<Answer> {
    const contacts = Array.from({ length: count }, (_, n) => ({
      owner_id: owner,
      phone_hash: hashOf(n),
    }));
    return on.request({
      method: "POST",
      url: BULK_INSERT,
      token: await on.serviceToken(),
      body: { contacts },
      headers: { "idempotency-key": key },
    });
  }

  const syncsOf = async (owner: string) => {
    const { rows } = await database().pool.query(
      "select count(*)::integer as runs from contact_sync_runs where owner_id = $1",
      [owner],
    );
    return rows[0].runs;
  };
  const storedOf = async (owner: string) => {
    const { rows } = await database().pool.query(
      "select count(*)::integer as stored from contacts_with_accounts where owner_id = $1",
      [owner],
    );
    return rows[0].stored;
  };
  const link = async (userId: string, phoneNumber: string) =>
    app().request({
      method: "PUT",
      url: `/api/v1/users/${userId}/phones`,
      token: await app().serviceToken(),
      body: { phoneNumber },
    });
  const execute = (sql: string, ...values: unknown[]) => database().pool.query(sql, values);
  const codeOf = (answer: Answer) => [answer.statusCode, answer.json().code];

  test("gives a repeated request the first answer, byte for byte", async () => {
    const [owner, key] = [randomUUID(), randomUUID()];
    const first = await sync(owner, { key });
    const again = await sync(owner, { key });

    expect(first.statusCode).toBe(200);
    expect(first.json().data.contacts_inserted).toBe(3);
    expect(first.headers["idempotency-replayed"]).toBeUndefined();
    expect(again.statusCode).toBe(200);
    expect(again.rawPayload.equals(first.rawPayload)).toBe(true);
    expect(again.headers["idempotency-replayed"]).toBe("true");
    expect(again.headers["content-type"]).toBe(first.headers["content-type"]);
    expect(again.headers["cache-control"]).toBe("no-store");
    expect(await syncsOf(owner)).toBe(1);
  });

  test("names in it again whom it named, and lists what could not be read", async () => {
    const [owner, friend, key] = [randomUUID(), randomUUID(), randomUUID()];
    await link(friend, numberOf(7));
    const phoneNumbers = ["nobody", ...numbers(9), numberOf(3), "112"];
    const first = await sync(owner, { key, phoneNumbers });
    const again = await sync(owner, { key, phoneNumbers });

    expect(first.json().data).toMatchObject({
      duplicates: 1,
      matched_contacts: 1,
      rejected: [{ index: 0 }, { index: 11 }],
      matches: [{ index: 8, phone_hash: hashOf(7), user_id: friend }],
      performance_estimate: { estimated_batches: 1 },
    });
    expect(again.headers["idempotency-replayed"]).toBe("true");
    expect(again.body).toBe(first.body);
  });

  test("names in it only whom the directory confirms now", async () => {
    const [owner, key] = [randomUUID(), randomUUID()];
    const [left, erased, moved, stays, joins] = Array.from({ length: 5 }, () => randomUUID());
    await link(left as string, numberOf(1));
    await link(erased as string, numberOf(2));
    await link(moved as string, numberOf(3));
    await link(stays as string, numberOf(4));
    const first = await sync(owner, { key, phoneNumbers: numbers(6) });
    expect(first.json().data.matched_contacts).toBe(4);

    const service = { token: await app().serviceToken() };
    await app().request({
      ...service,
      method: "DELETE",
      url: `/api/v1/users/${left}/phones`,
      body: { phoneNumber: numberOf(1) },
    });
    await app().request({ ...service, method: "DELETE", url: `/api/v1/users/${erased}` });
    await link(joins as string, numberOf(3));
    await link(joins as string, numberOf(5));

    const again = await sync(owner, { key, phoneNumbers: numbers(6) });
    const { matches, ...figures } = again.json().data;
    expect(again.headers["idempotency-replayed"]).toBe("true");
    expect(matches).toEqual([
      { index: 3, phone_hash: hashOf(3), user_id: joins },
      { index: 4, phone_hash: hashOf(4), user_id: stays },
      { index: 5, phone_hash: hashOf(5), user_id: joins },
    ]);
    const { matches: _, ...then } = first.json().data;
    expect(figures).toEqual({ ...then, matched_contacts: 3 });
    for (const gone of [left, erased, moved]) expect(again.body).not.toContain(gone);
    expect(await syncsOf(owner)).toBe(1);
  });

  test("keeps some hundred bytes of an answer, however long it is", async () => {
    const [owner, friend, key] = [randomUUID(), randomUUID(), randomUUID()];
    const phoneNumbers = [...numbers(2_400, 5_000), ...Array.from({ length: 100 }, () => "?")];
    await linkMany(
      app().engine,
      phoneNumbers.slice(0, 2_400).map((phoneNumber) => ({ userId: friend, phoneNumber })),
    );
    const first = await sync(owner, { key, phoneNumbers });
    expect(first.json().data).toMatchObject({ matched_contacts: 2_400 });
    expect(first.json().data.rejected).toHaveLength(100);
    expect(first.rawPayload.length).toBeGreaterThan(200_000);

    const { rows } = await execute(
      "select pg_column_size(a.*) as bytes from contact_sync_answers a where owner_id = $1",
      owner,
    );
    expect(rows[0].bytes).toBeLessThan(1_000);
    expect((await sync(owner, { key, phoneNumbers })).body).toBe(first.body);
  });

  test("does so for a JSON bulk insert, too", async () => {
    const [owner, key] = [randomUUID(), randomUUID()];
    const first = await bulkInsert(owner, key);
    const again = await bulkInsert(owner, key);
    expect(first.json().data.contacts_inserted).toBe(1);
    expect(again.body).toBe(first.body);
    expect(codeOf(await bulkInsert(owner, key, 2))).toEqual([422, "IDEMPOTENCY_KEY_REUSED"]);
  });

  test("is not needed: without one a repeated request is worked on again", async () => {
    const owner = randomUUID();
    await sync(owner);
    expect((await sync(owner)).json().data.contacts_unchanged).toBe(3);
    expect(await syncsOf(owner)).toBe(2);
  });

  test("turns a second request away while the first is at work", async () => {
    const [owner, key] = [randomUUID(), randomUUID()];
    const held = await holdOwner(database(), owner);
    const first = sync(owner, { key });
    await held.untilAwaited();

    const second = await sync(owner, { key });
    expect(codeOf(second)).toEqual([409, "IDEMPOTENCY_KEY_IN_USE"]);
    const { retry_after_seconds } = second.json().details;
    expect(retry_after_seconds).toBeGreaterThan(0);
    expect(retry_after_seconds).toBeLessThanOrEqual(5);
    expect(second.headers["retry-after"]).toBe(String(retry_after_seconds));
    await held.release();
    expect((await first).statusCode).toBe(200);
    expect((await sync(owner, { key })).body).toBe((await first).body);
    expect(await syncsOf(owner)).toBe(1);
  });

  test("lets one of many requests at once do the work", async () => {
    const [owner, key] = [randomUUID(), randomUUID()];
    const all = await Promise.all(Array.from({ length: 12 }, () => sync(owner, { key })));
    const answered = all.filter(({ statusCode }) => statusCode === 200);
    expect(answered.length).toBeGreaterThan(0);
    expect(new Set(answered.map(({ body }) => body)).size).toBe(1);
    expect(all.filter(({ statusCode }) => statusCode === 409).length).toBe(12 - answered.length);
    expect(await syncsOf(owner)).toBe(1);
  });

  test("belongs to one body", async () => {
    const [owner, key] = [randomUUID(), randomUUID()];
    await sync(owner, { key });
    const other = await sync(owner, { key, phoneNumbers: numbers(4) });
    expect(codeOf(other)).toEqual([422, "IDEMPOTENCY_KEY_REUSED"]);
    expect((await sync(owner, { key })).statusCode).toBe(200);
    expect(await syncsOf(owner)).toBe(1);
  });

  test("belongs to one caller and one route", async () => {
    const [alice, bob, key] = [randomUUID(), randomUUID(), randomUUID()];
    const ofAlice = await sync(alice, { key });
    const ofBob = await sync(bob, { key, phoneNumbers: numbers(1) });
    const ofService = await bulkInsert(alice, key);
    for (const answer of [ofAlice, ofBob, ofService]) {
      expect(answer.statusCode).toBe(200);
      expect(answer.headers["idempotency-replayed"]).toBeUndefined();
    }
  });

  test("is free again at once when its request was refused", async () => {
    const [owner, key] = [randomUUID(), randomUUID()];
    const refused = await app().request({
      method: "POST",
      url: SYNC,
      token: await app().userToken(owner),
      body: { phoneHashes: ["no hash"], deviceContactsCount: 1 },
      headers: { "idempotency-key": key },
    });
    expect(codeOf(refused)).toEqual([400, "INVALID_PHONE_HASH"]);
    const corrected = await sync(owner, { key });
    expect(corrected.statusCode).toBe(200);
    expect(corrected.headers["idempotency-replayed"]).toBeUndefined();
  });

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

  test("is forgotten after a day, and then pruned", async () => {
    const [owner, key] = [randomUUID(), randomUUID()];
    const age = (interval: string) =>
      execute(
        "update contact_sync_answers set created_at = now() - $2::interval where owner_id = $1",
        owner,
        interval,
      );
    const kept = async () =>
      (await execute("select from contact_sync_answers where owner_id = $1", owner)).rows.length;
    await sync(owner, { key });
    await age("23 h 59 min");
    expect((await sync(owner, { key })).headers["idempotency-replayed"]).toBe("true");
    await execute("select clean_up_contact_sync()");
    expect(await kept()).toBe(1);

    await age("24 h 1 min");
    const later = await sync(owner, { key, phoneNumbers: numbers(4) });
    expect(later.statusCode).toBe(200);
    expect(later.headers["idempotency-replayed"]).toBeUndefined();
    await age("24 h 1 min");
    await execute("select clean_up_contact_sync()");
    expect(await kept()).toBe(0);
  });

  test("and its answer are erased with the user", async () => {
    const [owner, key] = [randomUUID(), randomUUID()];
    await sync(owner, { key });
    await app().request({
      method: "DELETE",
      url: `/api/v1/users/${owner}`,
      token: await app().serviceToken(),
    });
    const { rows } = await execute("select from contact_sync_answers where owner_id = $1", owner);
    expect(rows).toEqual([]);
  });

  test("leaves nothing in the table that could be read", async () => {
    const [owner, friend, key] = [randomUUID(), randomUUID(), `key-of-${numberOf(0)}`];
    await app().request({
      method: "PUT",
      url: `/api/v1/users/${friend}/phones`,
      token: await app().serviceToken(),
      body: { phoneNumber: numberOf(0) },
    });
    const answer = await sync(owner, { key });
    expect(answer.json().data.matches).toMatchObject([{ user_id: friend }]);

    const { rows } = await execute(
      `select a.*, encode(answer, 'escape') as text, encode(answer, 'hex') as hex
         from contact_sync_answers a where owner_id = $1`,
      owner,
    );
    expect(rows).toHaveLength(1);
    const row = JSON.stringify(rows[0]);
    const secrets = [numberOf(0), numberOf(0).slice(1), hashOf(0), friend, key, "phone_hash"];
    for (const secret of secrets) {
      expect(row).not.toContain(secret);
      expect(rows[0].hex).not.toContain(Buffer.from(secret).toString("hex"));
    }
    expect(rows[0].key_digest).toMatch(/^[0-9a-f]{64}$/);
    expect(rows[0].fingerprint).toMatch(/^[0-9a-f]{64}$/);
  });

  test("of another form is refused, and nothing is done", async () => {
    const owner = randomUUID();
    for (const key of ["", "with space", "x".repeat(256), "é"]) {
      expect(codeOf(await sync(owner, { key }))).toEqual([400, "INVALID_REQUEST"]);
    }
    expect(await syncsOf(owner)).toBe(0);
    expect((await sync(owner, { key: "x".repeat(255) })).statusCode).toBe(200);
  });

  test("is no matter on a streamed body", async () => {
    const [owner, key] = [randomUUID(), randomUUID()];
    const stream = async () =>
      app().request({
        method: "POST",
        url: BULK_INSERT,
        token: await app().serviceToken(),
        body: `${JSON.stringify({ owner_id: owner, phone_hash: hashOf(1) })}\n`,
        headers: { "content-type": "application/x-ndjson", "idempotency-key": key },
      });
    const [first, again] = [await stream(), await stream()];
    expect(lastLine(first).data.contacts_inserted).toBe(1);
    expect(lastLine(again).data.contacts_unchanged).toBe(1);
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

function lastLine({ body }: Answer) {
  return JSON.parse(body.trimEnd().split("\n").at(-1) ?? "");
}

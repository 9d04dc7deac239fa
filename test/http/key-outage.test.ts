import { randomUUID } from "node:crypto";
import { afterEach, beforeAll, expect, test } from "vitest";
import { serve } from "../../src/http/serve.ts";
import { createPublicKeys, type PublicKeysChange } from "../../src/security/public-keys.ts";
import { createTokenVerifier } from "../../src/security/verify-token.ts";
import { TEST_KEY } from "../support/open-contact-sync.ts";
import { describePostgres, useDatabase } from "../support/postgres.ts";
import { createSigningKey, type SigningKey, servePublicKeys } from "./public-keys.ts";
import { openApp, SERVICE_KEY } from "./support.ts";

const user = { sub: randomUUID(), role: "authenticated" };
const SECOND = 1_000;
const COOLDOWN = 30 * SECOND;
const DAY = 24 * 3_600 * SECOND;
const SUMMARY = "/api/v1/contacts/summary";

describePostgres("an outage of the server of public keys", (server) => {
  const database = useDatabase(server);
  let known: SigningKey;
  let next: SigningKey;
  const closing: { close(): Promise<unknown> }[] = [];
  beforeAll(async () => {
    known = await createSigningKey("ES256", "known");
    next = await createSigningKey("ES256", "next");
  });
  afterEach(async () => {
    for (const one of closing.splice(0).reverse()) await one.close();
  });

  /** A service that trusts a server of keys, and a clock that the test moves. */
  async function trusting() {
    const keyServer = await servePublicKeys([known]);
    closing.push(keyServer);
    const clock = { now: 0 };
    const changes: PublicKeysChange[] = [];
    const publicKeys = createPublicKeys(keyServer.url, {
      now: () => clock.now,
      onChange: (change) => changes.push(change),
    });
    const verifyToken = createTokenVerifier({ jwksUrl: keyServer.url }, publicKeys);
    const app = await openApp(database(), { verifyToken, publicKeys });
    closing.push(app);
    const token = await known.sign(user);
    return {
      app,
      changes,
      keyServer,
      publicKeys,
      pass: (ms: number) => {
        clock.now += ms;
      },
      ask: async (sent = token) => app.request({ method: "GET", url: SUMMARY, token: sent }),
      fetches: () => publicKeys.state().fetched + publicKeys.state().failed,
      errors: () => app.log.filter((line) => JSON.parse(line).level >= 40),
    };
  }

  /** Each names a key of its own, which nobody knows. */
  const forged = (count: number) =>
    Promise.all(
      Array.from({ length: count }, async (_, n) =>
        (await createSigningKey("ES256", `forged-${n}`)).sign(user),
      ),
    );

  test("leaves those in whose keys are known, for days, and is told once", async () => {
    const { app, ask, changes, errors, fetches, keyServer, pass, publicKeys } = await trusting();
    expect((await ask()).statusCode).toBe(200);
    await keyServer.close();
    for (let turn = 0; turn < 20; turn += 1) {
      pass(turn === 0 ? DAY : SECOND);
      const answers = await Promise.all(Array.from({ length: 5 }, () => ask()));
      for (const { statusCode } of answers) expect(statusCode).toBe(200);
    }
    await expect.poll(fetches).toBe(2); // 19 seconds are within one cooldown
    pass(COOLDOWN);
    expect((await ask()).statusCode).toBe(200);
    await expect.poll(fetches).toBe(3);
    // Refused, or cut off where a connection was still open.
    const cause = expect.stringMatching(/^(ECONNREFUSED|UND_ERR_SOCKET)$/);
    expect(changes).toEqual([{ isAway: true, cause, ageSeconds: DAY / SECOND }]);
    expect(errors()).toEqual([]);

    const metrics = (await app.request({ method: "GET", url: "/metrics" })).body;
    expect(metrics).toContain(`contact_sync_jwks_age_seconds ${publicKeys.state().ageSeconds}\n`);
    expect(metrics).toContain('contact_sync_jwks_fetches_total{outcome="failed"} 2\n');

    await keyServer.open();
    pass(COOLDOWN);
    expect((await ask()).statusCode).toBe(200);
    await expect.poll(() => changes.length).toBe(2);
    expect(changes[1]).toEqual({ isAway: false, cause: undefined, ageSeconds: 0 });
    pass(COOLDOWN);
    expect((await ask()).statusCode).toBe(200);
    expect(keyServer.requests()).toBe(2);
  });

  test.each([
    ["500", null, "status 500"],
    ["no JSON", "<html>", "the answer is not a set of keys"],
    ["no keys", '{"error": "paused"}', "the answer is not a set of keys"],
  ])("may also be an answer of %s", async (_, answer, cause) => {
    const { ask, changes, keyServer, pass } = await trusting();
    expect((await ask()).statusCode).toBe(200);
    keyServer.keys = answer;
    pass(DAY);
    expect((await ask()).statusCode).toBe(200);
    expect(changes).toMatchObject([{ isAway: true, cause }]);
  });

  test("in which nothing answers holds up nobody whose key is known", async () => {
    const { ask, keyServer, pass } = await trusting();
    expect((await ask()).statusCode).toBe(200);
    keyServer.isHanging = true;
    pass(11 * 60 * SECOND);
    // Were they to wait, they would for the five seconds after which a fetch is given up.
    for (let turn = 0; turn < 10; turn += 1) expect((await ask()).statusCode).toBe(200);
    expect(keyServer.requests()).toBe(2);
  });

  test("is not what a token with a made-up key can bring about, whether there is one or not", async () => {
    const { ask, changes, errors, fetches, keyServer, pass } = await trusting();
    expect((await ask()).statusCode).toBe(200);
    const tokens = await forged(30);
    pass(COOLDOWN);
    for (const isAway of [false, true]) {
      if (isAway) await keyServer.close();
      const before = fetches();
      const answers = await Promise.all(tokens.map((token) => ask(token)));
      expect(fetches()).toBe(before + 1);
      for (const answer of answers) {
        expect(answer.json()).toMatchObject({ code: "UNAUTHENTICATED", status: 401 });
        expect(answer.headers["retry-after"]).toBe(isAway ? "30" : undefined);
      }
      pass(COOLDOWN - 1);
      await Promise.all(tokens.map((token) => ask(token)));
      expect(fetches()).toBe(before + 1);
      pass(1);
    }
    expect((await ask()).statusCode).toBe(200);
    expect(changes).toHaveLength(1);
    expect(errors()).toEqual([]);
  });

  test("before any key was fetched is 503 by name, with one fetch for all who ask", async () => {
    const { ask, changes, errors, fetches, keyServer, pass } = await trusting();
    await keyServer.close();
    const tokens = [await known.sign(user), ...(await forged(20))];
    for (let turn = 1; turn <= 2; turn += 1) {
      const answers = await Promise.all(tokens.map((token) => ask(token)));
      for (const answer of answers) {
        expect(answer.json()).toMatchObject({ code: "KEYS_UNAVAILABLE", status: 503 });
        expect(answer.headers["retry-after"]).toBe("2");
      }
      expect(fetches()).toBe(turn);
      pass(2 * SECOND);
    }
    expect(changes).toHaveLength(1);
    expect(errors()).toEqual([]);
    await keyServer.open();
    const answers = await Promise.all(Array.from({ length: 20 }, () => ask()));
    expect(answers.map(({ statusCode }) => statusCode)).toEqual(Array(20).fill(200));
    expect(keyServer.requests()).toBe(1);
  });

  test("is none when keys change: the new one counts within the cooldown, the old one no more", async () => {
    const { ask, keyServer, pass } = await trusting();
    expect((await ask()).statusCode).toBe(200);
    keyServer.keys = [next];
    const renewed = await next.sign(user);
    pass(COOLDOWN - 1);
    expect((await ask(renewed)).statusCode).toBe(401);
    expect((await ask()).statusCode).toBe(200);
    pass(1);
    expect((await ask(renewed)).statusCode).toBe(200);
    expect((await ask()).statusCode).toBe(401);
  });

  test("is found by itself for keys that are old: after a quiet night they are fetched first", async () => {
    const { ask, keyServer, pass } = await trusting();
    expect((await ask()).statusCode).toBe(200);
    keyServer.keys = [next]; // the known one was withdrawn
    pass(8 * 3_600 * SECOND);
    expect((await ask()).statusCode).toBe(401);
  });

  test("is a line in the log of the service when it begins, and one when it ends", async () => {
    const keyServer = await servePublicKeys([known]);
    closing.push(keyServer);
    await keyServer.close();
    const log: { msg: string; level: number }[] = [];
    const service = await serve({
      environment: {
        DATABASE_URL: database().connectionString,
        CONTACT_SYNC_KEY: TEST_KEY,
        CONTACT_SYNC_JWKS_URL: keyServer.url,
        CONTACT_SYNC_SERVICE_KEYS: SERVICE_KEY,
        HOST: "127.0.0.1",
        PORT: "0",
      },
      announce: () => {},
      log: { write: (line: string) => log.push(JSON.parse(line)) },
    });
    closing.push({ close: service.stop });
    const token = await known.sign(user);
    const ask = async () =>
      fetch(`${service.address}${SUMMARY}`, { headers: { authorization: `Bearer ${token}` } });
    for (let turn = 0; turn < 10; turn += 1) expect((await ask()).status).toBe(503);
    await keyServer.open();
    await expect.poll(async () => (await ask()).status, { timeout: 10_000 }).toBe(200);
    const told = log.filter(({ msg }) => msg !== "request");
    expect(told.filter(({ level }) => level >= 40)).toMatchObject([
      { level: 50, code: "KEYS_UNAVAILABLE", cause: "ECONNREFUSED", age_seconds: null },
    ]);
    expect(told.at(-1)?.msg).toBe("the public keys of tokens are fetched again");
    expect(JSON.stringify(log)).not.toContain(token);
  });
});

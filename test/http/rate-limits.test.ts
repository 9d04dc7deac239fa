import { randomUUID } from "node:crypto";
import { afterAll, expect, test } from "vitest";
import type { RateLimits } from "../../src/http/plugins/rate-limits.ts";
import { describePostgres, useDatabase } from "../support/postgres.ts";
import { type AppOverrides, type OpenApp, openApp, SERVICE_KEY } from "./support.ts";

const SUMMARY = "/api/v1/contacts/summary";
const STATISTICS = "/api/v1/contacts/sync/statistics";

describePostgres("rate limits", (server) => {
  const database = useDatabase(server);
  const open: OpenApp[] = [];
  afterAll(() => Promise.all(open.map((app) => app.close())));

  async function openLimited(limits: Partial<RateLimits>, overrides: AppOverrides = {}) {
    const app = await openApp(database(), {
      limits: { perAddress: 0, perOwner: 0, ...limits },
      ...overrides,
    });
    open.push(app);
    return {
      app,
      summary: async (owner: string, headers?: Record<string, string>) =>
        app.request({ method: "GET", url: SUMMARY, token: await app.userToken(owner), headers }),
    };
  }

  test("give each owner a number of requests a minute and say how many are left", async () => {
    const { summary } = await openLimited({ perOwner: 3 });
    const [alice, bob] = [randomUUID(), randomUUID()];
    for (const left of ["2", "1", "0"]) {
      const answer = await summary(alice);
      expect(answer.statusCode).toBe(200);
      expect(answer.headers).toMatchObject({
        "ratelimit-limit": "3",
        "ratelimit-remaining": left,
      });
      expect(Number(answer.headers["ratelimit-reset"])).toBeGreaterThan(0);
      expect(Number(answer.headers["ratelimit-reset"])).toBeLessThanOrEqual(60);
      expect(answer.headers["retry-after"]).toBeUndefined();
    }

    const refused = await summary(alice);
    expect(refused.statusCode).toBe(429);
    expect(refused.headers["content-type"]).toMatch(/^application\/problem\+json/);
    expect(refused.json()).toMatchObject({
      success: false,
      code: "RATE_LIMITED",
      details: { limit: 3, retry_after_seconds: Number(refused.headers["retry-after"]) },
    });
    expect(Number(refused.headers["retry-after"])).toBeGreaterThan(0);
    expect(refused.headers["ratelimit-remaining"]).toBe("0");

    expect((await summary(bob)).statusCode).toBe(200);
  });

  test("count an owner over all endpoints and addresses, however the UUID is written", async () => {
    const { app, summary } = await openLimited({ perOwner: 2 }, { trustProxy: ["127.0.0.1"] });
    const owner = randomUUID();
    await summary(owner, { "x-forwarded-for": "192.0.2.1" });
    await app.request({ method: "GET", url: STATISTICS, token: await app.userToken(owner) });
    const answer = await summary(owner.toUpperCase(), { "x-forwarded-for": "192.0.2.2" });
    expect(answer.statusCode).toBe(429);
  });

  test("do not count the app's back end among the owners", async () => {
    const { app } = await openLimited({ perOwner: 1 });
    for (const token of [SERVICE_KEY, SERVICE_KEY, await app.serviceToken()]) {
      const answer = await app.request({ method: "GET", url: STATISTICS, token });
      expect(answer.statusCode).toBe(200);
      expect(answer.headers["ratelimit-limit"]).toBeUndefined();
    }
  });

  test("give each address a number of requests, before its token is looked at", async () => {
    const { app } = await openLimited({ perAddress: 2 }, { trustProxy: ["127.0.0.1"] });
    const from = (address: string) =>
      app.request({ method: "GET", url: SUMMARY, headers: { "x-forwarded-for": address } });
    expect((await from("192.0.2.1")).statusCode).toBe(401);
    expect((await from("192.0.2.1")).statusCode).toBe(401);
    const refused = await from("192.0.2.1");
    expect(refused.statusCode).toBe(429);
    expect(Number(refused.headers["retry-after"])).toBeGreaterThan(0);
    expect((await from("192.0.2.2")).statusCode).toBe(401);
  });

  test("count a network of IPv6 as one client, in whatever notation, and IPv4 as IPv4", async () => {
    const { app } = await openLimited({ perAddress: 1 }, { trustProxy: ["127.0.0.1"] });
    const from = async (address: string) =>
      (await app.request({ method: "GET", url: SUMMARY, headers: { "x-forwarded-for": address } }))
        .statusCode;
    expect(await from("2001:db8:1:2::1")).toBe(401);
    for (const same of [
      "2001:db8:1:2:ffff:ffff:ffff:ffff",
      "2001:0DB8:0001:0002:0000:0000:0000:0003",
      "2001:db8:1:2::192.0.2.1",
    ]) {
      expect(await from(same), same).toBe(429);
    }
    expect(await from("2001:db8:1:3::1")).toBe(401);
    expect(await from("192.0.2.1")).toBe(401);
    for (const same of ["::ffff:192.0.2.1", "::FFFF:C000:201", "192.0.2.1:50123"]) {
      expect(await from(same), same).toBe(429);
    }
    expect(await from("::ffff:192.0.2.2")).toBe(401);
  });

  test("believe no X-Forwarded-For but a proxy's of one's own", async () => {
    const { app } = await openLimited({ perAddress: 1 });
    const from = (address: string) =>
      app.request({ method: "GET", url: SUMMARY, headers: { "x-forwarded-for": address } });
    expect((await from("192.0.2.1")).statusCode).toBe(401);
    expect((await from("192.0.2.2")).statusCode).toBe(429);
  });

  test("leave those alone who ask whether the service is well", async () => {
    const { app } = await openLimited({ perAddress: 1, perOwner: 1 });
    for (const url of ["/healthz", "/readyz", "/metrics", "/healthz", "/readyz", "/metrics"]) {
      expect((await app.request({ method: "GET", url })).statusCode).toBe(200);
    }
  });

  test("of 0 are none", async () => {
    const { summary } = await openLimited({ perAddress: 0, perOwner: 0 });
    const owner = randomUUID();
    const answers = await Promise.all(Array.from({ length: 30 }, () => summary(owner)));
    for (const { statusCode, headers } of answers) {
      expect(statusCode).toBe(200);
      expect(headers["ratelimit-limit"]).toBeUndefined();
    }
  });
});

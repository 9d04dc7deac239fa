import { randomUUID } from "node:crypto";
import { digestOf } from "@contact-sync/client";
import { SignJWT } from "jose";
import { expect, test } from "vitest";
import { createTokenVerifier } from "../../src/security/verify-token.ts";
import { describePostgres } from "../support/postgres.ts";
import { hashOf, numbers } from "../support/use-contact-sync.ts";
import { JWT_SECRET, useApp } from "./support.ts";

const CLAIM = "https://app.example/created_at";
const DAY = 86_400;

const sign = (claims: object) =>
  new SignJWT({ role: "authenticated", sub: randomUUID(), ...claims })
    .setProtectedHeader({ alg: "HS256" })
    .setExpirationTime("1h")
    .sign(new TextEncoder().encode(JWT_SECRET));

describePostgres("the claim that says when an account was made", (server) => {
  const verifyToken = createTokenVerifier({ jwtSecret: JWT_SECRET, accountCreatedClaim: CLAIM });
  const app = useApp(server, { verifyToken });
  const now = Math.floor(Date.now() / 1000);
  const sync = (token: string, body: object = {}) =>
    app().request({
      method: "POST",
      url: "/api/v1/contacts/sync",
      token,
      body: { phoneNumbers: numbers(1), deviceContactsCount: 1, ...body },
    });
  const limit = async (claims: object) => (await sync(await sign(claims))).json().data.budget.limit;

  test.each([
    ["is missing", {}, 12_000],
    ["is a week and a day ago", { [CLAIM]: now - 8 * DAY }, 20_000],
    ["is six days ago", { [CLAIM]: now - 6 * DAY }, 12_000],
    ["has fractions", { [CLAIM]: now - 8 * DAY + 0.25 }, 20_000],
    ["is ISO 8601", { [CLAIM]: "2020-01-01T00:00:00.123Z" }, 20_000],
    ["is as PostgreSQL prints it", { [CLAIM]: "2020-01-01 10:00:00.123456+02" }, 20_000],
    ["is to come", { [CLAIM]: now + DAY }, 12_000],
    ["has another name", { created_at: now - 8 * DAY }, 12_000],
  ])("%s", async (_, claims, expected) => {
    expect(await limit(claims)).toBe(expected);
  });

  test.each([
    ["yesterday"],
    [""],
    ["1577836800"],
    [1_577_836_800_000], // milliseconds
    [-1],
    [null],
    [true],
    [{ seconds: 1 }],
    ["2020-02-30"],
  ])("%j is refused as any other claim that is wrong", async (value) => {
    const answer = await sync(await sign({ [CLAIM]: value }));
    expect(answer.statusCode).toBe(401);
    expect(answer.json()).toMatchObject({ code: "UNAUTHENTICATED" });
    expect(answer.json().detail).toContain(`the token's claim ${CLAIM} is no time`);
  });

  test("counts for deltas and sessions as well", async () => {
    const token = await sign({ [CLAIM]: now - 8 * DAY });
    const first = await sync(token, { mode: "replace", deviceId: "phone" });
    const { sync_token: syncToken } = first.json().data;
    const hashes = [hashOf(0), hashOf(1)];
    const delta = await app().request({
      method: "POST",
      url: "/api/v1/contacts/sync/delta",
      token,
      body: { syncToken, digest: digestOf(hashes), added: [hashOf(1)], removed: [] },
    });
    expect(delta.json().data.budget.limit).toBe(20_000);

    const sessions = "/api/v1/contacts/sync/sessions";
    const begun = await app().request({
      method: "POST",
      url: sessions,
      token,
      body: { deviceId: "phone", deviceContactsCount: 2 },
    });
    const url = `${sessions}/${begun.json().data.session_id}`;
    await app().request({
      method: "PUT",
      url: `${url}/parts/0`,
      token,
      body: { phoneHashes: hashes },
    });
    const committed = await app().request({
      method: "POST",
      url: `${url}/commit`,
      token,
      body: { parts: 1, digest: digestOf(hashes) },
    });
    expect(committed.json().data.budget.limit).toBe(20_000);
  });

  test("is not asked of the back end", async () => {
    const token = await sign({ role: "service_role", [CLAIM]: "nonsense" });
    const answer = await app().request({ method: "GET", url: "/api/v1/admin/suspects", token });
    expect(answer.statusCode).toBe(200);
  });
});

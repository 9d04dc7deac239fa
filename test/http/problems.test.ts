import { randomUUID } from "node:crypto";
import { MAX_REQUEST_BYTES } from "@contact-sync/client";
import { ERRORS } from "@contact-sync/client/errors";
import { beforeAll, expect, test } from "vitest";
import { describePostgres, useDatabase } from "../support/postgres.ts";
import { hashOf } from "../support/use-contact-sync.ts";
import { BY_STATE, NOBODY, NOT_BY_HTTP, PROVOKED } from "./provoked-problems.ts";
import { type Answer, openApp, useApp } from "./support.ts";

const SYNC = "/api/v1/contacts/sync";

describePostgres("problems", (server) => {
  const database = useDatabase(server);

  test("every code that a request can bring is brought, here or in a file of its own", () => {
    const codes = [...PROVOKED.map(([code]) => code), ...NOT_BY_HTTP, ...BY_STATE];
    expect(codes.sort()).toEqual(Object.keys(ERRORS).sort());
  });

  test.each(PROVOKED)("%s", async (code, requests, overrides = {}) => {
    const app = await openApp(database(), overrides);
    const token = await app.userToken(randomUUID());
    let answer: Answer | undefined;
    for (const request of requests) answer = await app.request({ token, ...request });
    const { log } = app;
    await app.close();

    const { status, title, cure } = ERRORS[code];
    expect(answer?.statusCode).toBe(status);
    expect(answer?.headers["content-type"]).toBe("application/problem+json; charset=utf-8");
    const problem = answer?.json();
    expect(problem).toMatchObject({
      success: false,
      code,
      message: `${code}: ${problem.detail}`,
      type: `urn:contact-sync:error:${code}`,
      title,
      status,
      cure,
      request_id: answer?.headers["x-request-id"],
    });
    expect("retry-after" in (answer?.headers ?? {})).toBe(status === 503 || status === 429);
    expect("www-authenticate" in (answer?.headers ?? {})).toBe(status === 401);
    // No frame of a stack, and nothing of what was sent.
    expect(answer?.body).not.toMatch(/\bat \S+ \(|\.[jt]s:|node_modules/);
    for (const text of [answer?.body, ...log]) {
      expect(text).not.toMatch(/201000000|0100 123/);
      expect(text).not.toContain(hashOf(NOBODY));
    }
    const errors = log.filter((line) => JSON.parse(line).level >= 50);
    // An outage of the key server is told when it begins, and not at every token.
    expect(errors.length > 0).toBe(status >= 500 && code !== "KEYS_UNAVAILABLE");
  });
});

describePostgres("a body", (server) => {
  const app = useApp(server);
  let token: string;

  beforeAll(async () => {
    token = await app().userToken(randomUUID());
  });

  test("of exactly the limit is read; one byte more is too much, and the limit is told", async () => {
    const send = (bytes: number) =>
      app().request({ method: "POST", url: SYNC, token, body: `"${"a".repeat(bytes - 2)}"` });
    expect((await send(MAX_REQUEST_BYTES)).json().code).toBe("INVALID_REQUEST");
    expect((await send(MAX_REQUEST_BYTES + 1)).json()).toMatchObject({
      code: "PAYLOAD_TOO_LARGE",
      details: { limit: MAX_REQUEST_BYTES },
    });
  });

  test.each([
    "text/plain",
    "application/xml",
    "application/x-www-form-urlencoded",
    "application/x-ndjson",
  ])("of %s is of no use to a sync", async (type) => {
    const headers = { "content-type": type };
    const answer = await app().request({ method: "POST", url: SYNC, token, body: "a=1", headers });
    expect(answer.json()).toMatchObject({ code: "UNSUPPORTED_MEDIA_TYPE", status: 415 });
  });

  test("that would make a book too large brings the limit as the database says it", async () => {
    const owner = randomUUID();
    await app().pool.query(
      "insert into contact_sync_status (owner_id, contacts_count) values ($1, 999999)",
      [owner],
    );
    const answer = await app().request({
      method: "POST",
      url: SYNC,
      token: await app().userToken(owner),
      body: { phoneHashes: [hashOf(1), hashOf(2)], deviceContactsCount: 2 },
    });
    expect(answer.json()).toMatchObject({
      code: "CONTACTS_LIMIT_EXCEEDED",
      details: { limit: 1_000_000, contacts_count: 1_000_001 },
    });
  });
});

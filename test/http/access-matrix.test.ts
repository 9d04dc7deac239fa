import { randomUUID } from "node:crypto";
import { ERRORS } from "@contact-sync/client/errors";
import { beforeAll, expect, test } from "vitest";
import { describePostgres } from "../support/postgres.ts";
import { type Access, credentials } from "./access-tokens.ts";
import { allOnBehalf } from "./on-behalf.ts";
import { operationsOf, publishedDocument } from "./openapi-document.ts";
import { type Request, useApp } from "./support.ts";

type Audience = "anybody" | "signed in" | "users" | "the back end";

// Every operation of the document, and who may call it. One that is new has to be entered here.
const ENDPOINTS: Record<string, Audience> = {
  "GET /healthz": "anybody",
  "GET /readyz": "anybody",
  "GET /metrics": "anybody",
  "GET /.well-known/contact-sync-receipts": "anybody",
  "POST /api/v1/contacts/sync/estimate": "signed in",
  "GET /api/v1/contacts/sync/statistics": "signed in",
  "POST /api/v1/contacts/sync": "users",
  "POST /api/v1/contacts/sync/delta": "users",
  "POST /api/v1/contacts/sync/sessions": "users",
  "PUT /api/v1/contacts/sync/sessions/{sessionId}/parts/{part}": "users",
  "POST /api/v1/contacts/sync/sessions/{sessionId}/commit": "users",
  "GET /api/v1/contacts/changes": "users",
  "GET /api/v1/contacts/devices": "users",
  "DELETE /api/v1/contacts/devices/{deviceId}": "users",
  "GET /api/v1/contacts": "users",
  "POST /api/v1/contacts/delete": "users",
  "DELETE /api/v1/contacts": "users",
  "GET /api/v1/contacts/sync/status": "users",
  "GET /api/v1/contacts/summary": "users",
  "PUT /api/v1/contacts/{phoneHash}/favorite": "users",
  "DELETE /api/v1/contacts/{phoneHash}/favorite": "users",
  "POST /api/v1/contacts/{phoneHash}/interaction": "users",
  "DELETE /api/v1/contacts/{phoneHash}": "users",
  "GET /api/v1/me/discoverability": "users",
  "PUT /api/v1/me/discoverability": "users",
  "GET /api/v1/me/blocks": "users",
  "PUT /api/v1/me/blocks/{blockedUserId}": "users",
  "DELETE /api/v1/me/blocks/{blockedUserId}": "users",
  "POST /api/v1/contacts/bulk-insert": "the back end",
  "PUT /api/v1/users/{userId}/phones": "the back end",
  "DELETE /api/v1/users/{userId}/phones": "the back end",
  "DELETE /api/v1/users/{userId}": "the back end",
  "GET /api/v1/users/{userId}/export": "the back end",
  "GET /api/v1/me/export": "users",
  "GET /api/v1/admin/retention": "the back end",
  "POST /api/v1/directory/forget-number": "the back end",
  "POST /api/v1/directory/lift-number": "the back end",
  "GET /api/v1/admin/suspects": "the back end",
  "POST /api/v1/admin/suspects/{userId}/release": "the back end",
  "GET /api/v1/admin/overview": "the back end",
  "GET /api/v1/admin/history": "the back end",
  "GET /api/v1/admin/failures": "the back end",
  "GET /api/v1/admin/webhooks": "the back end",
  "POST /api/v1/admin/webhooks/replay": "the back end",
  "GET /api/v1/admin/doctor": "the back end",
  "GET /api/v1/admin/settings": "the back end",
  "GET /api/v1/admin/users/{userId}": "the back end",
  "POST /api/v1/admin/users/{userId}/explain": "the back end",
};
// Whatever a user may, the back end may on their behalf; a user may not, not even on their own.
const OF_USERS = Object.keys(ENDPOINTS).filter((endpoint) =>
  ["users", "signed in"].includes(ENDPOINTS[endpoint] as Audience),
);
const AUDIENCES: Record<string, Audience> = {
  ...ENDPOINTS,
  ...Object.fromEntries(allOnBehalf(OF_USERS).map((endpoint) => [endpoint, "the back end"])),
};

describePostgres("the access matrix", (server) => {
  const app = useApp(server);
  const userId = randomUUID();
  let rows: Awaited<ReturnType<typeof credentials>>;
  let endpoints: string[];

  beforeAll(async () => {
    rows = await credentials(userId);
    const operations = operationsOf(await publishedDocument(app()));
    endpoints = operations.map(({ method, path }) => `${method} ${path}`);
  });

  test("names every endpoint of the document, and no other", () => {
    expect(Object.keys(AUDIENCES).sort()).toEqual([...endpoints].sort());
  });

  test.each(Object.entries(AUDIENCES))("%s is for %s", async (endpoint, audience) => {
    const [method, path] = endpoint.split(" ") as [Request["method"], string];
    const url = path
      .replace(/\{(?:userId|blockedUserId|sessionId)\}/g, userId)
      .replace("{phoneHash}", "0".repeat(32))
      .replace("{deviceId}", "phone-1")
      .replace("{part}", "0");
    const found: unknown[] = [];
    for (const [name, token] of rows) {
      const answer = await app().request({ method, url, token });
      found.push([name, refusalOf(answer.statusCode)]);
    }
    expect(found).toEqual(rows.map(([name, , access]) => [name, expected(access, audience)]));
  });

  test("a refusal says what to do, and asks for a token where one is missing", async () => {
    for (const [name, token, access] of rows) {
      if (access === "user" || access === "service") continue;
      const answer = await app().request({ method: "GET", url: "/api/v1/contacts", token });
      const code = access === "unauthenticated" ? "UNAUTHENTICATED" : "NOT_ALLOWED";
      expect(answer.json(), name).toMatchObject({ success: false, code, cure: ERRORS[code].cure });
      expect("www-authenticate" in answer.headers, name).toBe(code === "UNAUTHENTICATED");
      if (token) expect(answer.body, name).not.toContain(token);
    }
  });

  test("no token is in the log", () => {
    const log = app().log.join("");
    for (const [, token = ""] of rows) if (token.length > 10) expect(log).not.toContain(token);
  });
});

/** Those who may call send no body here: what comes after the door is not asked. */
function refusalOf(status: number): 401 | 403 | "let in" {
  return status === 401 || status === 403 ? status : "let in";
}

function expected(access: Access, audience: Audience): 401 | 403 | "let in" {
  if (audience === "anybody") return "let in";
  if (access === "unauthenticated") return 401;
  if (access === "not allowed") return 403;
  const isUser = access === "user";
  return audience === "signed in" || isUser === (audience === "users") ? "let in" : 403;
}

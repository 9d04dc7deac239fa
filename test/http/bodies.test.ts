import { randomUUID } from "node:crypto";
import { beforeAll, describe, expect, test } from "vitest";
import { isNestedDeeper } from "../../src/http/json-depth.ts";
import { describePostgres } from "../support/postgres.ts";
import { hashOf, numbers } from "../support/use-contact-sync.ts";
import { type Request, SERVICE_KEY, useApp } from "./support.ts";

const API = "/api/v1";
const JSON_TYPE = "application/json";
const NDJSON = "application/x-ndjson";

describePostgres("a body that is absent", (server) => {
  const app = useApp(server);
  const owner = randomUUID();
  let token: string;
  beforeAll(async () => {
    token = await app().userToken(owner);
  });
  const refill = () =>
    app().request({
      method: "POST",
      url: `${API}/contacts/sync`,
      token,
      body: { phoneNumbers: numbers(1), deviceContactsCount: 1 },
    });

  // As HTTP libraries send them that set the type whatever there is to send.
  const forms: Record<string, string>[] = [
    {},
    { "content-type": JSON_TYPE },
    { "content-type": JSON_TYPE, "content-length": "0" },
    { "content-type": `${JSON_TYPE}; charset=utf-8`, "transfer-encoding": "chunked" },
    { "content-type": "application/x-www-form-urlencoded" },
    { "content-type": JSON_TYPE, "content-encoding": "gzip" },
  ];
  const contact = `${API}/contacts/${hashOf(0)}`;
  const optional: Omit<Request, "token">[] = [
    { method: "PUT", url: `${contact}/favorite` },
    { method: "DELETE", url: `${contact}/favorite` },
    { method: "POST", url: `${contact}/interaction` },
    { method: "GET", url: `${API}/contacts` },
    { method: "DELETE", url: contact },
    { method: "DELETE", url: `${API}/contacts` },
  ];

  test.each(optional)("is no fault where it may be absent: $method $url", async (request) => {
    for (const headers of forms) {
      await refill();
      const answer = await app().request({ ...request, token, headers });
      expect(answer.statusCode, `${JSON.stringify(headers)} ${answer.body}`).toBe(200);
    }
    for (const headers of forms) {
      const url = `${API}/users/${randomUUID()}`;
      const answer = await app().request({ method: "DELETE", url, token: SERVICE_KEY, headers });
      expect(answer.statusCode).toBe(200);
    }
  });

  test.each([
    { method: "POST", url: `${API}/contacts/sync` },
    { method: "POST", url: `${API}/contacts/sync/estimate` },
    { method: "POST", url: `${API}/contacts/bulk-insert` },
    { method: "PUT", url: `${API}/users/${owner}/phones` },
    { method: "DELETE", url: `${API}/users/${owner}/phones` },
  ] as const)("is 400 where it is needed: $method $url", async (request) => {
    const byService = /bulk|users/.test(request.url) ? SERVICE_KEY : token;
    for (const headers of forms) {
      const answer = await app().request({ ...request, token: byService, headers });
      expect(answer.json(), JSON.stringify(headers)).toMatchObject({
        code: "INVALID_REQUEST",
        status: 400,
      });
    }
  });
});

describePostgres("a body that is no JSON", (server) => {
  const app = useApp(server);

  test.each([
    "{",
    "{'a': 1}",
    '{"deviceContactsCount": 1,}',
    "+201001234567",
    "\0",
  ])("is told as that: %s", async (body) => {
    const { body: told } = await app().request({
      method: "POST",
      url: `${API}/contacts/sync`,
      token: await app().userToken(randomUUID()),
      body,
      headers: { "content-type": "application/json" },
    });
    expect(JSON.parse(told)).toMatchObject({ status: 400, detail: "the body is not JSON" });
    expect(told).not.toContain("201001234567");
  });
});

const DEEP = 100_000;
const VALUES: Record<string, string> = {
  "100,000 arrays": "[".repeat(DEEP) + "]".repeat(DEEP),
  "100,000 objects": `${'{"a":'.repeat(DEEP)}1${"}".repeat(DEEP)}`,
  "arrays that are not closed": "[".repeat(DEEP),
  "as many as a line may have": "[".repeat(30_000) + "]".repeat(30_000),
  "a number without end": "1e400",
  "a number of 400 digits": "9".repeat(400),
  "half a character": '"\\ud800"',
  "the character 0": '"\\u0000"',
  "a key twice": '{"a": 1, "a": 2}',
  __proto__: '{"__proto__": {"owner_id": "x"}}',
  constructor: '{"constructor": {"prototype": {"owner_id": "x"}}}',
};

describePostgres("a hostile value", (server) => {
  const app = useApp(server);
  const owner = randomUUID();
  let token: string;
  beforeAll(async () => {
    token = await app().userToken(owner);
  });

  const contact = `"owner_id":"${owner}","phone_hash":"${hashOf(1)}"`;
  const places: [url: string, type: string, body: (value: string) => string][] = [
    ["POST /contacts/sync", JSON_TYPE, (value) => value],
    [
      "POST /contacts/sync",
      JSON_TYPE,
      (value) => `{"phoneNumbers":${value},"deviceContactsCount":1}`,
    ],
    [
      "POST /contacts/sync",
      JSON_TYPE,
      (value) => `{"phoneNumbers":[${value}],"deviceContactsCount":1}`,
    ],
    [
      "POST /contacts/sync",
      JSON_TYPE,
      (value) => `{"phoneHashes":[${value}],"deviceContactsCount":1}`,
    ],
    [
      "POST /contacts/sync",
      JSON_TYPE,
      (value) => `{"phoneNumbers":[],"deviceContactsCount":${value}}`,
    ],
    [
      "POST /contacts/sync",
      JSON_TYPE,
      (value) => `{"phoneNumbers":[],"deviceContactsCount":1,"defaultRegion":${value}}`,
    ],
    [
      "POST /contacts/sync",
      JSON_TYPE,
      (value) => `{"phoneNumbers":[],"deviceContactsCount":1,"x":${value}}`,
    ],
    [`POST /contacts/${hashOf(1)}/interaction`, JSON_TYPE, (value) => `{"at":${value}}`],
    [`PUT /users/${owner}/phones`, JSON_TYPE, (value) => `{"phoneNumber":${value}}`],
    [
      `PUT /users/${owner}/phones`,
      JSON_TYPE,
      (value) => `{"phoneNumber":"+201001234567","verifiedAt":${value}}`,
    ],
    ["POST /contacts/bulk-insert", JSON_TYPE, (value) => `{"contacts":[${value}]}`],
    ...["owner_id", "is_favorite", "linked_user_id", "last_interaction", "x"].flatMap(
      (field): [string, string, (value: string) => string][] => [
        [
          "POST /contacts/bulk-insert",
          JSON_TYPE,
          (value) => `{"contacts":[{${contact},"${field}":${value}}]}`,
        ],
        ["POST /contacts/bulk-insert", NDJSON, (value) => `{${contact},"${field}":${value}}\n`],
      ],
    ),
    ["POST /contacts/bulk-insert", NDJSON, (value) => `${value}\n`],
  ];

  test.each(
    Object.entries(VALUES),
  )("%s is refused or ignored, and never a fault of the service", async (_, value) => {
    for (const [endpoint, type, body] of places) {
      const [method, path] = endpoint.split(" ") as ["POST" | "PUT", string];
      for (const key of [undefined, randomUUID()]) {
        const answer = await app().request({
          method,
          url: API + path,
          token: /bulk|users/.test(path) ? SERVICE_KEY : token,
          body: body(value),
          headers: {
            "content-type": type,
            ...(key === undefined ? {} : { "idempotency-key": key }),
          },
        });
        const told = `${endpoint} ${body("…")} ${answer.body.slice(0, 300)}`;
        expect([200, 400, 404, 413], told).toContain(answer.statusCode);
        if (value.length > 1_000 && type === JSON_TYPE) expect(answer.statusCode, told).toBe(400);
      }
    }
  });
});

describe("the depth of a JSON text", () => {
  const depthOf = (value: unknown): number =>
    typeof value === "object" && value !== null
      ? 1 + Math.max(0, ...Object.values(value).map(depthOf))
      : 0;

  test.each([
    "1",
    "[]",
    "{}",
    '[[[1], {"a": [2]}], "[[[[[["]',
    '{"a[{": "\\"[[[[", "b": ["\\\\", [1]]}',
    '["\\\\\\"[[[[", {"{{{{": 1}]',
    `[${"[],".repeat(50)}[]]`,
  ])("is told exactly, whatever its strings hold: %s", (json) => {
    const depth = depthOf(JSON.parse(json));
    expect(isNestedDeeper(json, depth)).toBe(false);
    if (depth > 0) expect(isNestedDeeper(json, depth - 1)).toBe(true);
  });

  test("is told of what is no JSON as well, in time that grows with its length", () => {
    const texts = (n: number) => [
      "[]".repeat(n),
      `["${"\\".repeat(2 * n)}`,
      `[[[${'"\\""'.repeat(n)}`,
      `${"[".repeat(20)}${'"'.repeat(2 * n)}`,
      `[[${"\\\\\\".repeat(n)}"`,
    ];
    const cost = (n: number) => {
      const least = texts(n).map((text) => {
        const times = Array.from({ length: 5 }, () => {
          const from = performance.now();
          isNestedDeeper(text, 32);
          return performance.now() - from;
        });
        return Math.min(...times);
      });
      return least;
    };
    cost(20_000);
    const [short, long] = [cost(50_000), cost(400_000)];
    // Eight times as long: quadratic would be 64 times.
    long.forEach((ms, which) => {
      expect(ms / Math.max(short[which] as number, 0.05)).toBeLessThan(32);
    });
  });
});

// Over HTTP: choosing and blocking; and that who is not to be found is as one who is not registered,
// in every answer of every endpoint, its headers included.
import { randomUUID } from "node:crypto";
import { digestOf } from "@contact-sync/client";
import { beforeAll, describe, expect, test } from "vitest";
import {
  AYLIN,
  AYLINS,
  BERTA,
  BERTAS,
  hashes,
  KINDS,
  type Kind,
  NOBODYS,
  NOT_REGISTERED,
  OMAR,
  OMARS,
  openWorld,
  settled,
} from "../contacts/consent/world.ts";
import { describePostgres, type PostgresUnderTest } from "../support/postgres.ts";
import { numbers as consecutive, numberOf } from "../support/use-contact-sync.ts";
import { allOnBehalf, onBehalf } from "./on-behalf.ts";
import { operationsOf, publishedDocument } from "./openapi-document.ts";
import { type OpenApp, openApp, type Request, SERVICE_KEY, useApp } from "./support.ts";

const BOOK = [AYLINS, BERTAS, NOBODYS, OMARS];
const [AYLINS_HASH = ""] = hashes(AYLINS);
const device = { deviceId: "phone", mode: "replace" };
const syncOf = (rest: object = {}) => ({
  phoneNumbers: BOOK.map(numberOf),
  deviceContactsCount: 4,
  ...rest,
});

/** What goes from one step to a later one. */
type Memory = Record<"token" | "since" | "session", string>;
type Step = [endpoint: string, request?: (memory: Memory) => Partial<Request>];

const deltaOf = (syncToken: string, added: number[], removed: number[]) => ({
  syncToken,
  digest: digestOf(hashes(...BOOK.filter((n) => !removed.includes(n)))),
  added: hashes(...added),
  removed: hashes(...removed),
});
const asService = { token: SERVICE_KEY };
const items = [...BOOK, 7].map((n) => ({ owner_id: OMAR, phone_hash: hashes(n)[0] }));
const key = { "idempotency-key": "the-first-sync" };

/** All that tells Omar, or of Omar, something of others. `{…}` as in the document. */
const STEPS: Step[] = [
  ["POST /api/v1/contacts/sync", () => ({ body: syncOf(), headers: key })],
  ["POST /api/v1/contacts/sync", () => ({ body: syncOf(), headers: key })],
  ["POST /api/v1/contacts/sync", () => ({ body: syncOf(device) })],
  ["POST /api/v1/contacts/sync/delta", ({ token }) => ({ body: deltaOf(token, [], []) })],
  ["POST /api/v1/contacts/sync/delta", ({ token }) => ({ body: deltaOf(token, [], [AYLINS]) })],
  ["POST /api/v1/contacts/sync/delta", ({ token }) => ({ body: deltaOf(token, [AYLINS], []) })],
  ["GET /api/v1/contacts/changes", ({ since }) => ({ url: `?since=${since}` })],
  [
    "POST /api/v1/contacts/sync/sessions",
    () => ({ body: { deviceId: "tablet", deviceContactsCount: 1 } }),
  ],
  [
    "PUT /api/v1/contacts/sync/sessions/{sessionId}/parts/{part}",
    () => ({ body: { phoneHashes: hashes(...BOOK) } }),
  ],
  [
    "POST /api/v1/contacts/sync/sessions/{sessionId}/commit",
    () => ({ body: { parts: 1, digest: digestOf(hashes(...BOOK)) } }),
  ],
  [
    "POST /api/v1/contacts/bulk-insert",
    () => ({ ...asService, body: { contacts: items }, headers: key }),
  ],
  [
    "POST /api/v1/contacts/bulk-insert",
    () => ({ ...asService, body: { contacts: items }, headers: key }),
  ],
  [
    "POST /api/v1/contacts/bulk-insert",
    () => ({
      ...asService,
      body: items.map((item) => `${JSON.stringify(item)}\n`).join(""),
      headers: { "content-type": "application/x-ndjson" },
    }),
  ],
  ["GET /api/v1/contacts"],
  ["GET /api/v1/contacts", () => ({ url: "?linked=true" })],
  ["GET /api/v1/contacts", () => ({ url: "?linked=true&limit=1" })],
  ["GET /api/v1/contacts/summary"],
  ["GET /api/v1/contacts/sync/status"],
  ["GET /api/v1/contacts/sync/statistics"],
  ["GET /api/v1/contacts/sync/statistics", () => asService],
  ["GET /api/v1/contacts/devices"],
  ["GET /api/v1/me/export"],
  ["PUT /api/v1/contacts/{phoneHash}/favorite"],
  ["GET /api/v1/contacts", () => ({ url: "?favorites=true" })],
  ["DELETE /api/v1/contacts/{phoneHash}/favorite"],
  ["POST /api/v1/contacts/{phoneHash}/interaction"],
  ["PUT /api/v1/me/blocks/{blockedUserId}"],
  ["GET /api/v1/me/blocks"],
  ["DELETE /api/v1/me/blocks/{blockedUserId}"],
  ["PUT /api/v1/me/discoverability", () => ({ body: { discoverable: "mutual" } })],
  ["GET /api/v1/me/discoverability"],
  ["DELETE /api/v1/contacts/{phoneHash}"],
  ["POST /api/v1/contacts/delete", () => ({ body: { phoneHashes: hashes(...BOOK) } })],
  ["DELETE /api/v1/contacts/devices/{deviceId}"],
  ["GET /api/v1/contacts/changes", ({ since }) => ({ url: `?since=${since}` })],
  ["DELETE /api/v1/contacts"],
];

// What says nothing of anybody, and what the app's back end does to the directory.
const OTHER_ENDPOINTS = [
  "GET /healthz",
  "GET /readyz",
  "GET /metrics",
  "POST /api/v1/contacts/sync/estimate",
  "PUT /api/v1/users/{userId}/phones",
  "DELETE /api/v1/users/{userId}/phones",
  "DELETE /api/v1/users/{userId}",
  "GET /api/v1/users/{userId}/export",
  "POST /api/v1/directory/forget-number",
  "POST /api/v1/directory/lift-number",
  "GET /api/v1/admin/retention",
  "GET /api/v1/admin/suspects",
  "POST /api/v1/admin/suspects/{userId}/release",
  // Those who run it see who is there; the users' answers are what must not tell.
  "GET /api/v1/admin/doctor",
  "GET /api/v1/admin/failures",
  "GET /api/v1/admin/history",
  "GET /api/v1/admin/overview",
  "GET /api/v1/admin/settings",
  "GET /api/v1/admin/users/{userId}",
  "GET /api/v1/admin/webhooks",
  "POST /api/v1/admin/users/{userId}/explain",
  "POST /api/v1/admin/webhooks/replay",
  "GET /.well-known/contact-sync-receipts",
];

const ON_BEHALF = new Set(
  allOnBehalf([
    ...STEPS.map(([endpoint]) => endpoint),
    "POST /api/v1/contacts/sync/estimate",
  ]).filter((endpoint) => !endpoint.endsWith("/bulk-insert")),
);

const MOMENTS = ["from the start", "after having been found"] as const;

/** Who asks: Omar, or his app's back end for him. */
type By = "Omar" | "the back end";

async function walk(
  server: PostgresUnderTest,
  kind: Kind,
  moment: (typeof MOMENTS)[number],
  by: By = "Omar",
) {
  const world = await openWorld(server);
  await world.contactSync.syncContacts(OMAR, consecutive(1, 12), 1);
  if (moment === "after having been found") {
    await world.contactSync.syncContacts(OMAR, BOOK.map(numberOf), 4);
  }
  const memory = { token: "", session: "", since: "" };
  memory.since = (await world.contactSync.listChanges(OMAR)).cursor;
  await kind.hide(world);
  const app = await openApp(world.database);
  const omars = await app.userToken(OMAR);
  const told: unknown[] = [];
  for (const [endpoint, requestOf = (): Partial<Request> => ({})] of STEPS) {
    const { url: query = "", ...request } = requestOf(memory);
    const isBehalf = by === "the back end" && ON_BEHALF.has(onBehalf(endpoint)) && !request.token;
    const [method, path = ""] = (isBehalf ? onBehalf(endpoint) : endpoint).split(" ") as [
      Request["method"],
      string,
    ];
    const url = path
      .replace("{userId}", OMAR)
      .replace("{blockedUserId}", AYLIN)
      .replace("{sessionId}", memory.session)
      .replace("{part}", "0")
      .replace("{phoneHash}", AYLINS_HASH)
      .replace("{deviceId}", "phone");
    const token = isBehalf ? SERVICE_KEY : omars;
    const answer = await app.request({ method, url: url + query, token, ...request });
    // An import answers line by line.
    const texts = path.endsWith("/export") ? [answer.body] : answer.body.trimEnd().split("\n");
    const bodies = texts.map((text) => JSON.parse(text));
    const [{ data }] = bodies;
    memory.token = data?.sync_token ?? memory.token;
    memory.session = data?.session_id ?? memory.session;
    expect(answer.statusCode, `${endpoint}: ${answer.body}`).toBe(200);
    told.push([endpoint, headersOf(answer.headers), settled(bodies)]);
  }
  await app.close();
  await world.contactSync.close();
  await world.database.drop();
  return told;
}

/** Without what differs between any two answers. */
function headersOf(headers: Record<string, unknown>) {
  const left = ["date", "x-request-id", "content-length", "server-timing"];
  return Object.fromEntries(
    Object.entries(headers)
      .filter(([name]) => !left.includes(name))
      .map(([name, value]) => [name, name === "ratelimit-reset" ? "measured" : value]),
  );
}

describePostgres("who is not there, over HTTP", (server) => {
  const app = useApp(server);

  test("is asked for at every endpoint that may name somebody", async () => {
    const operations = operationsOf(await publishedDocument(app()));
    const endpoints = operations.map(({ method, path }) => `${method} ${path}`);
    const asked = [...STEPS.map(([endpoint]) => endpoint), ...ON_BEHALF, ...OTHER_ENDPOINTS];
    expect([...new Set(asked)].sort()).toEqual(endpoints.sort());
  });

  describe.each(MOMENTS)("%s", (moment) => {
    let expected: unknown[];
    beforeAll(async () => {
      expected = await walk(server, NOT_REGISTERED, moment);
    });

    test("is not named, and others are", () => {
      const told = expected.filter((step) => !JSON.stringify(step).includes("/me/blocks"));
      expect(JSON.stringify(told)).toContain(BERTA);
      expect(JSON.stringify(told)).not.toContain(AYLIN);
    });

    test.each(KINDS)("$name is as not registered", async (kind) => {
      const told = await walk(server, kind, moment);
      for (const [place, step] of told.entries()) expect(step).toEqual(expected[place]);
    });

    const isHarder = moment === "after having been found";
    test.runIf(isHarder).each(KINDS)(
      "$name is so to the back end on one's behalf, too",
      async (kind) => {
        const told = await walk(server, kind, moment, "the back end");
        for (const [place, step] of told.entries()) expect(step).toEqual(expected[place]);
      },
    );
  });
});

describePostgres("consent over HTTP", (server) => {
  const app = useApp(server);

  test.each(KINDS)("an answer given again names nobody who is $name by now", async (kind) => {
    const world = await openWorld(server);
    const own = await openApp(world.database);
    const repeat = async () => {
      const url = "/api/v1/contacts/sync";
      const token = await own.userToken(OMAR);
      return own.request({ method: "POST", url, token, body: syncOf(), headers: key });
    };
    expect((await repeat()).body).toContain(AYLIN);
    await world.database.pool.query(kind.hideAtOnce);
    const again = await repeat();
    expect(again.headers["idempotency-replayed"]).toBe("true");
    expect(again.body).not.toContain(AYLIN);
    expect(again.json().data).toMatchObject({ matched_contacts: 1, matches: [{ user_id: BERTA }] });
    await own.close();
    await world.contactSync.close();
    await world.database.drop();
  });
  const asked = async (userId: string) => {
    const token = await app().userToken(userId);
    return async (method: Request["method"], path: string, body?: unknown) => {
      const answer = await app().request({ method, url: `/api/v1/me${path}`, token, body });
      const { data, code } = answer.json();
      return answer.statusCode === 200 ? data : [answer.statusCode, code];
    };
  };

  test("who finds me: the default, what I choose, and the default again", async () => {
    const ask = await asked(randomUUID());
    const byDefault = { discoverable: "everybody", is_default: true };
    expect(await ask("GET", "/discoverability")).toEqual(byDefault);
    for (const discoverable of ["mutual", "nobody", "nobody", "everybody"]) {
      const chosen = { discoverable, is_default: false };
      expect(await ask("PUT", "/discoverability", { discoverable })).toEqual(chosen);
      expect(await ask("GET", "/discoverability")).toEqual(chosen);
    }
    expect(await ask("PUT", "/discoverability", { discoverable: null })).toEqual(byDefault);
  });

  test.each([
    [{}],
    [{ discoverable: "friends" }],
    [{ discoverable: "Nobody" }],
    [{ discoverable: 1 }],
    [{ discoverable: ["nobody"] }],
    [{ discoverable: "nobody", user_id: randomUUID() }],
    [null],
  ])("what is no choice is refused: %j", async (body) => {
    const ask = await asked(randomUUID());
    expect(await ask("PUT", "/discoverability", body)).toEqual([400, "INVALID_REQUEST"]);
    expect(await ask("GET", "/discoverability")).toMatchObject({ is_default: true });
  });

  test("whom I block: once, page by page, and of nobody else", async () => {
    const ask = await asked(randomUUID());
    const other = await asked(randomUUID());
    const blocked = Array.from({ length: 5 }, () => randomUUID()).sort();
    for (const user of blocked) {
      expect(await ask("PUT", `/blocks/${user.toUpperCase()}`)).toEqual({ changed: true });
      expect(await ask("PUT", `/blocks/${user}`)).toEqual({ changed: false });
    }
    const listed: string[] = [];
    let cursor = "";
    do {
      const page = await ask("GET", `/blocks?limit=2${cursor === "" ? "" : `&cursor=${cursor}`}`);
      expect(page.blocks.length).toBeLessThanOrEqual(2);
      for (const { user_id, blocked_at } of page.blocks) {
        listed.push(user_id);
        expect(Date.parse(blocked_at)).not.toBeNaN();
      }
      if (cursor === "") {
        const stranger = await other("GET", `/blocks?cursor=${page.next_cursor}`);
        expect(stranger).toEqual([400, "INVALID_ARGUMENT"]);
      }
      cursor = page.next_cursor ?? "";
    } while (cursor !== "");
    expect(listed).toEqual(blocked);
    expect(await other("GET", "/blocks")).toEqual({ blocks: [], next_cursor: null });
    expect(await ask("DELETE", `/blocks/${blocked[0]}`)).toEqual({ changed: true });
    expect(await ask("DELETE", `/blocks/${blocked[0]}`)).toEqual({ changed: false });
    expect((await ask("GET", "/blocks")).blocks).toHaveLength(4);
  });

  test("nobody blocks themselves, or what is no user", async () => {
    const me = randomUUID();
    const ask = await asked(me);
    expect(await ask("PUT", `/blocks/${me}`)).toEqual([400, "INVALID_ARGUMENT"]);
    expect(await ask("PUT", "/blocks/omar")).toEqual([400, "INVALID_REQUEST"]);
    expect(await ask("GET", "/blocks?limit=0")).toEqual([400, "INVALID_REQUEST"]);
    expect(await ask("GET", "/blocks?cursor=x")).toEqual([400, "INVALID_ARGUMENT"]);
  });
});

describePostgres("the limits of consent over HTTP", (server) => {
  const limited = useApp(server, { limits: { perAddress: 0, perOwner: 3 } });

  test("are those of every request of the user's", async () => {
    const { request, userToken }: OpenApp = limited();
    const token = await userToken(randomUUID());
    const statuses: number[] = [];
    for (const [method, path] of [
      ["PUT", `/blocks/${randomUUID()}`],
      ["GET", "/blocks"],
      ["GET", "/discoverability"],
      ["PUT", `/blocks/${randomUUID()}`],
    ] as const) {
      statuses.push((await request({ method, url: `/api/v1/me${path}`, token })).statusCode);
    }
    expect(statuses).toEqual([200, 200, 200, 429]);
  });
});

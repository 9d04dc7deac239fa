import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, expect, test } from "vitest";
import { describePostgres, useDatabase } from "../support/postgres.ts";
import { untilAtRest } from "../support/until.ts";
import { hashOf, numberOf, numbers } from "../support/use-contact-sync.ts";
import { type Answer, type OpenApp, openApp, type Request, SERVICE_KEY } from "./support.ts";

const API = "/api/v1";
const SECRET_BODY = "secret-of-the-client";

interface LogLine {
  readonly level: number;
  readonly msg: string;
  readonly request_id?: string;
  readonly method?: string;
  readonly route?: string;
  readonly status?: number;
  readonly duration_ms?: number;
  readonly code?: string;
  readonly fault?: { readonly kind?: string; readonly code?: string; readonly at?: string[] };
}

describePostgres("what the service tells of itself", (server) => {
  const database = useDatabase(server);
  let app: OpenApp;
  const [owner, friend] = [randomUUID(), randomUUID()];
  beforeAll(async () => {
    app = await openApp(database());
  });
  afterAll(() => app.close());

  const asOwner = async (request: Omit<Request, "token">) =>
    app.request({ ...request, token: await app.userToken(owner) });
  const sync = (phoneNumbers: readonly string[], headers?: Record<string, string>) =>
    asOwner({
      method: "POST",
      url: `${API}/contacts/sync`,
      body: { phoneNumbers, deviceContactsCount: phoneNumbers.length },
      headers,
    });

  /** The lines that some work leaves behind, each of them JSON. */
  async function linesOf(work: () => Promise<unknown>): Promise<LogLine[]> {
    const from = app.log.length;
    await work();
    await untilAtRest(); // the last one is written behind the answer
    return app.log.slice(from).map((line) => JSON.parse(line));
  }

  async function withBroken(work: () => Promise<void>): Promise<void> {
    const { pool } = database();
    await pool.query(
      `alter function sync_phone_keys rename to sync_phone_keys_away;
       create function sync_phone_keys(uuid, uuid[], integer, integer, text, boolean, boolean, text, jsonb)
         returns contact_sync_result
         language plpgsql as $$ begin perform ('${SECRET_BODY} ' || $2[1])::integer; end $$`,
    );
    try {
      await work();
    } finally {
      await pool.query(
        `drop function sync_phone_keys(uuid, uuid[], integer, integer, text, boolean, boolean, text, jsonb);
         alter function sync_phone_keys_away rename to sync_phone_keys`,
      );
    }
  }

  test("is a line a request: the route's pattern, the status and an id that the client gets", async () => {
    let answer: Answer | undefined;
    const lines = await linesOf(async () => {
      answer = await asOwner({ method: "DELETE", url: `${API}/contacts/${hashOf(77)}` });
    });
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatchObject({
      msg: "request",
      method: "DELETE",
      route: `${API}/contacts/:phoneHash`,
      status: 404,
      request_id: answer?.headers["x-request-id"],
    });
    expect(lines[0]?.duration_ms).toBeGreaterThan(0);
    expect(answer?.json().request_id).toBe(answer?.headers["x-request-id"]);
  });

  test("never repeats a request id of the client's", async () => {
    const given = numberOf(5);
    let answer: Answer | undefined;
    const lines = await linesOf(async () => {
      answer = await sync(numbers(1), { "x-request-id": given, "request-id": given });
    });
    expect(answer?.headers["x-request-id"]).toMatch(/^[0-9a-f-]{36}$/);
    expect(JSON.stringify(lines)).not.toContain(given);
  });

  test("says where an unexpected fault happened, and not what it says", async () => {
    let answer: Answer | undefined;
    const lines = await linesOf(() =>
      withBroken(async () => {
        answer = await sync(numbers(1));
      }),
    );
    expect(answer?.statusCode).toBe(500);
    expect(answer?.json()).toMatchObject({ success: false, code: "INTERNAL" });
    const [failed, request] = lines;
    expect(failed).toMatchObject({
      level: 50,
      msg: "request failed",
      code: "INTERNAL",
      request_id: request?.request_id,
      fault: { code: "22P02" },
    });
    expect(failed?.fault?.at?.length).toBeGreaterThan(0);
    expect(request).toMatchObject({ msg: "request", status: 500 });
    for (const text of [JSON.stringify(lines), answer?.body]) {
      expect(text).not.toContain(SECRET_BODY);
    }
    expect(answer?.body).not.toMatch(/\bat .*\.ts|node_modules/);
  });

  test("holds no number, hash, token, key or owner, whatever succeeds or fails", async () => {
    const some = numbers(5, 500);
    const [hash, key] = [hashOf(500), `key-${numberOf(500)}`];
    const [token, strangeToken] = [await app.userToken(owner), await app.userToken(randomUUID())];
    const contact = { owner_id: owner, phone_hash: hash };
    const requests: Request[] = [
      {
        method: "PUT",
        url: `${API}/users/${friend}/phones`,
        token: SERVICE_KEY,
        body: { phoneNumber: some[0] },
      },
      {
        method: "PUT",
        url: `${API}/users/${friend}/phones`,
        token: SERVICE_KEY,
        body: { phoneNumber: some[0], verifiedAt: "2001-01-01" },
      },
      {
        method: "PUT",
        url: `${API}/users/${friend}/phones`,
        token: SERVICE_KEY,
        body: { phoneNumber: `${some[0]} x` },
      },
      {
        method: "PUT",
        url: `${API}/users/${some[0]}/phones`,
        token: SERVICE_KEY,
        body: { phoneNumber: some[0] },
      },
      {
        method: "POST",
        url: `${API}/contacts/sync`,
        token,
        body: { phoneNumbers: [...some, "12"], deviceContactsCount: 5 },
        headers: { "idempotency-key": key },
      },
      {
        method: "POST",
        url: `${API}/contacts/sync`,
        token,
        body: { phoneNumbers: some, [some[0] as string]: hash, deviceContactsCount: some[0] },
      },
      {
        method: "POST",
        url: `${API}/contacts/sync`,
        token,
        body: { phoneHashes: [`${hash}0`], deviceContactsCount: 1 },
      },
      {
        method: "POST",
        url: `${API}/contacts/sync`,
        token,
        body: `{"phoneNumbers": ["${some[0]}"`,
      },
      { method: "POST", url: `${API}/contacts/sync`, token: `${token}x`, body: {} },
      { method: "PUT", url: `${API}/contacts/${hash}/favorite`, token },
      { method: "PUT", url: `${API}/contacts/${hash}x/favorite`, token },
      {
        method: "POST",
        url: `${API}/contacts/${hash}/interaction`,
        token: strangeToken,
        body: { at: some[0] },
      },
      { method: "GET", url: `${API}/contacts?limit=1&cursor=${hash}`, token },
      { method: "GET", url: `${API}/contacts?${some[0]}=1`, token },
      { method: "GET", url: `/${hash}/${encodeURIComponent(some[0] as string)}` },
      {
        method: "POST",
        url: `${API}/contacts/bulk-insert`,
        token: SERVICE_KEY,
        body: { contacts: [contact, { ...contact, linked_user_id: some[0] }] },
      },
      {
        method: "POST",
        url: `${API}/contacts/bulk-insert`,
        token: SERVICE_KEY,
        body: `${JSON.stringify(contact)}\n${some[0]}-\n`,
        headers: { "content-type": "application/x-ndjson" },
      },
      { method: "DELETE", url: `${API}/contacts/${hash}`, token },
      {
        method: "DELETE",
        url: `${API}/users/${friend}/phones`,
        token: SERVICE_KEY,
        body: { phoneHash: hash },
      },
    ];
    const answers: Answer[] = [];
    const lines = await linesOf(async () => {
      for (const request of requests) answers.push(await app.request(request));
      await withBroken(async () => {
        answers.push(await sync(some));
      });
    });
    const statuses = new Set(answers.map(({ statusCode }) => statusCode));
    expect([...statuses]).toEqual(expect.arrayContaining([200, 400, 401, 404, 409, 500]));

    const text = JSON.stringify(lines);
    const secrets = [
      ...some.flatMap((number) => [number, number.slice(1)]),
      ...some.map((_, n) => hashOf(500 + n)),
      token,
      token.slice(-20),
      SERVICE_KEY,
      key,
      owner,
      friend,
      SECRET_BODY,
    ];
    for (const secret of secrets) expect(text).not.toContain(secret);
    // What failed says nothing of it to the client either.
    for (const { statusCode, body } of answers) {
      if (statusCode < 400) continue;
      for (const secret of secrets) expect(body).not.toContain(secret);
    }
    expect(lines.filter(({ msg }) => msg === "request")).toHaveLength(answers.length);
  });

  test("is counted for Prometheus, by route and outcome and never by person", async () => {
    const counted = await openApp(database());
    try {
      const ask = async (request: Omit<Request, "token">, token?: string) =>
        counted.request({ ...request, token: token ?? (await counted.userToken(owner)) });
      const post = (phoneNumbers: string[]) =>
        ask({
          method: "POST",
          url: `${API}/contacts/sync`,
          body: { phoneNumbers, deviceContactsCount: phoneNumbers.length },
        });
      await ask({ method: "DELETE", url: `${API}/contacts` });
      await post([...numbers(10, 900), "12", "12", "no number"]);
      await post(numbers(12, 900));
      await ask({ method: "DELETE", url: `${API}/contacts/${hashOf(7)}` });
      await ask({ method: "GET", url: `/${hashOf(900)}` });
      await ask(
        {
          method: "POST",
          url: `${API}/contacts/bulk-insert`,
          body: { contacts: [{ owner_id: owner, phone_hash: hashOf(950) }] },
        },
        SERVICE_KEY,
      );
      const answer = await counted.request({ method: "GET", url: "/metrics" });
      expect(answer.headers["content-type"]).toMatch(/^text\/plain; version=0\.0\.4/);
      const metrics = answer.body;
      const value = (name: string, labels: Record<string, string> = {}): number => {
        const line = metrics
          .split("\n")
          .find(
            (text) =>
              text.startsWith(name) &&
              Object.entries(labels).every(([label, of]) => text.includes(`${label}="${of}"`)),
          );
        return Number(line?.split(" ").at(-1));
      };
      const contacts = (outcome: string) => value("contact_sync_contacts_total", { outcome });
      expect(contacts("processed")).toBe(10 + 12 + 1);
      expect(contacts("inserted")).toBe(12 + 1);
      expect(contacts("unchanged")).toBe(10);
      expect(contacts("updated")).toBe(0);
      expect(contacts("removed")).toBe(0);
      const requests = (labels: Record<string, string>) =>
        value("contact_sync_http_request_duration_seconds_count", labels);
      expect(requests({ method: "POST", route: `${API}/contacts/sync`, status: "200" })).toBe(2);
      expect(requests({ route: `${API}/contacts/:phoneHash`, status: "404" })).toBe(1);
      expect(requests({ route: "unknown", status: "404" })).toBe(1);
      const rejected = metrics.match(/^contact_sync_rejected_numbers_total\{.*$/gm) ?? [];
      expect(rejected.map((line) => Number(line.split(" ").at(-1))).reduce((a, b) => a + b)).toBe(
        3,
      );
      for (const state of ["busy", "idle", "waiting"]) {
        expect(value("contact_sync_pool_connections", { state })).toBeGreaterThanOrEqual(0);
      }
      expect(value("contact_sync_pending_links")).toBe(0);
      expect(value("contact_sync_pending_links_lag_seconds")).toBe(0);
      expect(value("process_resident_memory_bytes")).toBeGreaterThan(0);

      const labels = new Set(
        [...metrics.matchAll(/[{,]([a-z_]+)=/g)].map(([, label]) => label as string),
      );
      const ours = ["method", "route", "status", "outcome", "reason", "state", "code", "le"];
      const ofNode = ["type", "space", "kind", "version", "major", "minor", "patch"];
      expect([...ours, ...ofNode]).toEqual(expect.arrayContaining([...labels]));
      for (const secret of [owner, hashOf(7), hashOf(900), numberOf(900)]) {
        expect(metrics).not.toContain(secret);
      }
    } finally {
      await counted.close();
    }
  });
});

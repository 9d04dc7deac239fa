import { randomUUID } from "node:crypto";
import { afterAll, expect, test } from "vitest";
import { readDocument, sectionsOf } from "../acceptance/support/markdown.ts";
import { describePostgres, useDatabase } from "../support/postgres.ts";
import { numbers } from "../support/use-contact-sync.ts";
import { holdOwner } from "./held-owner.ts";
import { type AppOverrides, type OpenApp, openApp, type Request, SERVICE_KEY } from "./support.ts";

describePostgres("what the back end does on a user's behalf", (server) => {
  const database = useDatabase(server);
  const open: OpenApp[] = [];
  afterAll(() => Promise.all(open.map((app) => app.close())));

  async function opened(overrides: AppOverrides = {}) {
    const app = await openApp(database(), overrides);
    open.push(app);
    const behalf = (user: string, request: Omit<Request, "token">) =>
      app.request({ ...request, url: `/api/v1/users/${user}${request.url}`, token: SERVICE_KEY });
    const sync = (user: string, count = 3, headers: Record<string, string> = {}) =>
      behalf(user, {
        method: "POST",
        url: "/contacts/sync",
        body: { phoneNumbers: numbers(count), deviceContactsCount: count },
        headers,
      });
    return { app, behalf, sync };
  }
  const SUMMARY = { method: "GET", url: "/contacts/summary" } as const;

  test("is the user's, however the id is written, and nobody else's", async () => {
    const { app, behalf, sync } = await opened();
    const [omar, other] = [randomUUID(), randomUUID()];
    expect((await sync(omar.toUpperCase())).json().data.contacts_inserted).toBe(3);
    const own = { method: "GET", url: "/api/v1/contacts/summary" } as const;
    const asOmar = await app.request({ ...own, token: await app.userToken(omar) });
    expect(asOmar.json()).toEqual((await behalf(omar, SUMMARY)).json());
    expect(asOmar.json().data.contacts_count).toBe(3);
    expect((await behalf(other, SUMMARY)).json().data.contacts_count).toBe(0);
    const days = { method: "GET", url: "/contacts/sync/statistics" } as const;
    expect((await behalf(omar, days)).json().data.totals.total_syncs).toBe(1);
    expect((await behalf(other, days)).json().data.totals.total_syncs).toBe(0);
    const page = await behalf(omar, { method: "GET", url: "/contacts?limit=1" });
    const next = `/contacts?cursor=${page.json().data.next_cursor}`;
    expect((await behalf(other, { method: "GET", url: next })).json().code).toBe(
      "INVALID_ARGUMENT",
    );
    expect((await behalf(omar, { method: "GET", url: next })).statusCode).toBe(200);
  });

  test("is refused to users, also on their own behalf, and for what is no user", async () => {
    const { app, behalf } = await opened();
    const omar = randomUUID();
    const token = await app.userToken(omar);
    for (const url of [
      `/api/v1/users/${omar}/contacts`,
      `/api/v1/users/${randomUUID()}/contacts`,
    ]) {
      const answer = await app.request({ method: "GET", url, token });
      expect([answer.statusCode, answer.json().code]).toEqual([403, "NOT_ALLOWED"]);
    }
    for (const user of ["omar", "%20", "me", `${omar}x`, "00000000"]) {
      const answer = await behalf(user, SUMMARY);
      const fault = [answer.statusCode, answer.json().code, answer.json().pointer];
      expect(fault, user).toEqual([400, "INVALID_REQUEST", "/params/userId"]);
    }
  });

  test("is counted with the user's own requests in a minute, and not with other users'", async () => {
    const { app, behalf } = await opened({ limits: { perAddress: 0, perOwner: 3 } });
    const omar = randomUUID();
    const own = { method: "GET", url: "/api/v1/contacts/summary" } as const;
    expect((await behalf(omar, SUMMARY)).headers["ratelimit-remaining"]).toBe("2");
    await app.request({ ...own, token: await app.userToken(omar) });
    expect((await behalf(omar.toUpperCase(), SUMMARY)).statusCode).toBe(200);
    expect((await behalf(omar, SUMMARY)).json().code).toBe("RATE_LIMITED");
    const asOmar = await app.request({ ...own, token: await app.userToken(omar) });
    expect(asOmar.json().code).toBe("RATE_LIMITED");
    expect((await behalf(randomUUID(), SUMMARY)).statusCode).toBe(200);
    // What the back end does for nobody is not counted.
    const all = { method: "GET", url: "/api/v1/contacts/sync/statistics" } as const;
    const answer = await app.request({ ...all, token: SERVICE_KEY });
    expect(answer.headers).not.toHaveProperty("ratelimit-limit");
  });

  test("takes the user's turns", async () => {
    const { app, behalf, sync } = await opened({ ownerConnections: 1, requestSeconds: 1 });
    const omar = randomUUID();
    const held = await holdOwner(database(), omar);
    const first = sync(omar);
    await held.untilAwaited();
    expect((await sync(omar.toUpperCase())).json().code).toBe("RATE_LIMITED");
    const own = { method: "GET", url: "/api/v1/contacts/summary" } as const;
    const asOmar = await app.request({ ...own, token: await app.userToken(omar) });
    expect(asOmar.json().code).toBe("RATE_LIMITED");
    expect((await behalf(randomUUID(), SUMMARY)).statusCode).toBe(200);
    await held.release();
    expect((await first).statusCode).toBe(200);
  });

  test("has idempotency keys of the user's, which end with them", async () => {
    const { app, sync } = await opened();
    const [omar, other] = [randomUUID(), randomUUID()];
    const key = { "idempotency-key": "the-same" };
    await sync(omar, 3, key);
    const replayed = await sync(omar.toUpperCase(), 3, key);
    expect(replayed.headers["idempotency-replayed"]).toBe("true");
    expect((await sync(omar, 2, key)).json().code).toBe("IDEMPOTENCY_KEY_REUSED");
    for (const answer of [await sync(other, 2, key)]) {
      expect(answer.statusCode).toBe(200);
      expect(answer.headers).not.toHaveProperty("idempotency-replayed");
    }
    // Nor is it that of the user's own request.
    const own = await app.request({
      method: "POST",
      url: "/api/v1/contacts/sync",
      token: await app.userToken(omar),
      body: { phoneNumbers: numbers(1), deviceContactsCount: 1 },
      headers: key,
    });
    expect(own.statusCode).toBe(200);
    const url = `/api/v1/users/${omar}`;
    await app.request({ method: "DELETE", url, token: SERVICE_KEY });
    expect((await sync(omar, 3, key)).headers).not.toHaveProperty("idempotency-replayed");
  });

  test("is charged to the user's budget, as of a new account", async () => {
    const { sync } = await opened();
    const { budget } = (await sync(randomUUID(), 5)).json().data;
    expect(budget).toMatchObject({ limit: 12_000, remaining: 11_995 });
  });

  test("is in the log and the metrics by its pattern, without the user", async () => {
    const { app, sync } = await opened();
    const omar = randomUUID();
    await sync(omar);
    await sync(`${omar}x`);
    const route = "/api/v1/users/:userId/contacts/sync";
    expect(app.log.join("")).toContain(`"route":"${route}"`);
    expect(app.log.join("")).not.toContain(omar);
    const metrics = (await app.request({ method: "GET", url: "/metrics" })).body;
    expect(metrics).toContain(`route="${route}"`);
    expect(metrics).not.toContain(omar);
  });

  test("passes what a phone's SDK asks on, and nothing else, as docs/http.md shows it", async () => {
    const { app } = await opened();
    const address = await app.app.listen({ port: 0, host: "127.0.0.1" });
    const user = { id: randomUUID() };
    const contactSync = await proxyOfTheDocs(address, async (request: globalThis.Request) =>
      request.headers.get("cookie") === "session=omar" ? user : null,
    );
    const send = (method: string, path: string, body?: object, cookie = "session=omar") =>
      contactSync(
        new Request(`https://app.example${path}`, {
          method,
          headers: {
            cookie,
            "accept-encoding": "gzip",
            ...(body === undefined ? {} : { "content-type": "application/json" }),
          },
          ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        }),
      );
    const book = { phoneNumbers: numbers(50), deviceContactsCount: 50 };
    const synced = await send("POST", "/api/v1/contacts/sync", book);
    expect((await answerOf(synced)).data.contacts_inserted).toBe(50);
    // Long enough that the service would pack it.
    const listed = await send("GET", "/api/v1/contacts?limit=50");
    expect(listed.headers.get("content-encoding")).toBeNull();
    const { contacts } = (await answerOf(listed)).data;
    expect(contacts).toHaveLength(50);
    expect(contacts[0]?.owner_id).toBe(user.id);
    const deleted = await send("DELETE", `/api/v1/contacts/${contacts[0]?.phone_hash}`);
    expect(deleted.status).toBe(200);
    expect((await send("GET", "/api/v1/contacts/changes")).status).toBe(200);

    const signedOut = await send("POST", "/api/v1/contacts/sync", book, "session=none");
    expect([signedOut.status, (await answerOf(signedOut)).code]).toEqual([401, "UNAUTHENTICATED"]);
    for (const [method, path] of [
      ["PUT", "/api/v1/contacts/phones"],
      ["PUT", "/api/v1/contacts/../phones"],
      ["PUT", "/api/v1/contacts/%2e%2e/phones"],
      ["PUT", "/api/v1/contacts/..%2fphones"],
      ["PUT", "/api/v1/contacts/sync/..%2f..%2fphones"],
      ["DELETE", "/api/v1/contacts/.."],
      ["DELETE", `/api/v1/users/${randomUUID()}`],
      ["POST", "/api/v1/contacts/bulk-insert"],
      ["GET", "/api/v1/admin/suspects"],
      ["GET", "//api/v1/contacts"],
    ] as const) {
      const answer = await send(
        method,
        path,
        method === "PUT" ? { phoneHash: "0".repeat(32) } : undefined,
      );
      expect(answer.status, path).toBe(404);
    }
  });
});

interface Answered {
  readonly code?: string;
  readonly data: {
    readonly contacts_inserted: number;
    readonly contacts: { readonly owner_id: string; readonly phone_hash: string }[];
  };
}

function answerOf(response: globalThis.Response): Promise<Answered> {
  return response.json() as Promise<Answered>;
}

/** The function that the document shows, with a session of the test's. */
async function proxyOfTheDocs(
  address: string,
  sessionOf: (request: globalThis.Request) => Promise<{ id: string } | null>,
): Promise<(request: globalThis.Request) => Promise<globalThis.Response>> {
  const sections = sectionsOf(await readDocument("docs/http.md"));
  const section = sections.find(({ heading }) => heading === "With the phone's SDK");
  const code = section?.fences[0]?.code.replace("export ", "") ?? "";
  const environment = { SERVICE_KEY, CONTACT_SYNC_URL: address };
  return new Function("process", "sessionOf", `${code}\nreturn contactSync;`)(
    { env: environment },
    sessionOf,
  );
}

import { randomUUID } from "node:crypto";
import { SignJWT } from "jose";
import { expect, test } from "vitest";
import { createHandler, type MountOptions } from "../../../src/http/mount/index.ts";
import { createContactSync } from "../../../src/index.ts";
import { TEST_KEY } from "../../support/key.ts";
import { describePostgres } from "../../support/postgres.ts";
import { numberOf, useContactSync } from "../../support/use-contact-sync.ts";
import { createSigningKey, servePublicKeys } from "../public-keys.ts";

const API = "https://app.example/api/v1";

describePostgres("createHandler", (server) => {
  const { contactSync, database } = useContactSync(server);
  const handlerOf = (options: MountOptions<Request>) => createHandler(contactSync(), options);

  test("syncs the book of the user whom the app's session names", async () => {
    const userId = randomUUID();
    const friend = randomUUID();
    await contactSync().link(friend, numberOf(1));
    const handler = handlerOf({
      authenticate: (request) =>
        request.headers.get("cookie") === "session=omar" ? { userId } : null,
    });
    const ask = (cookie: string) =>
      handler(
        new Request(`${API}/contacts/sync`, {
          method: "POST",
          headers: { "content-type": "application/json", cookie },
          body: JSON.stringify({
            phoneNumbers: [numberOf(1), numberOf(2)],
            deviceContactsCount: 2,
          }),
        }),
      );
    const answer = await ask("session=omar");
    expect(await answer.json()).toMatchObject({
      success: true,
      data: { contacts_inserted: 2, matched_contacts: 1, matches: [{ user_id: friend }] },
    });
    expect(answer.status).toBe(200);
    expect((await contactSync().listContacts(userId)).contacts).toHaveLength(2);

    const refused = await ask("session=nobody");
    expect(refused.status).toBe(401);
    expect(await refused.json()).toMatchObject({ code: "UNAUTHENTICATED" });
    await handler.close();
  });

  const secret = "a secret of the app";
  const thrown = (fields: object) => () => {
    throw Object.assign(new Error(secret), fields);
  };
  const aylin = randomUUID();
  test.each<[string, () => unknown, number, string]>([
    ["a user", () => ({ userId: aylin }), 200, ""],
    ["a user, later", async () => ({ userId: aylin.toUpperCase() }), 200, ""],
    ["nobody", () => null, 401, "UNAUTHENTICATED"],
    ["nothing", () => undefined, 401, "UNAUTHENTICATED"],
    ["the back end, which is no user", () => ({ role: "service_role" }), 403, "NOT_ALLOWED"],
    ["no UUID", () => ({ userId: secret }), 500, "INVALID_CONFIGURATION"],
    ["a number", () => ({ userId: 7 }), 500, "INVALID_CONFIGURATION"],
    ["the app's session", () => ({ user: { id: aylin } }), 500, "INVALID_CONFIGURATION"],
    [
      "a user with the back end's role",
      () => ({ userId: aylin, role: "service_role" }),
      500,
      "INVALID_CONFIGURATION",
    ],
    ["a user with a role", () => ({ userId: aylin, role: "admin" }), 500, "INVALID_CONFIGURATION"],
    [
      "an account of no time",
      () => ({ userId: aylin, accountCreatedAt: "yesterday" }),
      500,
      "INVALID_CONFIGURATION",
    ],
    ["an error", thrown({}), 500, "INTERNAL"],
    ["an error of status 401", thrown({ status: 401 }), 401, "UNAUTHENTICATED"],
    ["an error of statusCode 403", thrown({ statusCode: 403 }), 403, "NOT_ALLOWED"],
    ["an error of status 404", thrown({ status: 404 }), 500, "INTERNAL"],
    ["one of ours", thrown({ name: "ContactSyncError", code: "OVERLOADED" }), 503, "OVERLOADED"],
  ])("asks the app who asks, which says %s", async (_, authenticate, status, code) => {
    const lines: unknown[] = [];
    const handler = handlerOf({
      authenticate: authenticate as never,
      logger: (line) => lines.push(line),
    });
    const answer = await handler(new Request(`${API}/contacts`));
    const text = await answer.text();
    expect([answer.status, JSON.parse(text).code ?? ""]).toEqual([status, code]);
    if (code !== "OVERLOADED") expect(text).not.toContain(secret);
    expect(JSON.stringify(lines)).not.toContain(secret);
    await handler.close();
  });

  test("says in the app's log why the public keys of tokens can't be had, and shows it", async () => {
    const served = await servePublicKeys([]);
    served.keys = "<h1>Sign in</h1>";
    const lines: object[] = [];
    const handler = handlerOf({
      tokens: { jwksUrl: served.url },
      metrics: true,
      logger: (line) => lines.push(line),
    });
    try {
      const key = await createSigningKey("ES256", "a key");
      const authorization = `Bearer ${await key.sign({ role: "authenticated", sub: aylin })}`;
      const answer = await handler(new Request(`${API}/contacts`, { headers: { authorization } }));
      expect(await answer.json()).toMatchObject({ code: "KEYS_UNAVAILABLE", status: 503 });
      expect(lines).toContainEqual(
        expect.objectContaining({
          level: "error",
          code: "KEYS_UNAVAILABLE",
          cause: "the answer is not a set of keys",
        }),
      );
      const metrics = await handler(new Request("https://app.example/metrics"));
      expect(await metrics.text()).toContain('contact_sync_jwks_fetches_total{outcome="failed"} 1');
    } finally {
      await handler.close();
      await served.close();
    }
  });

  test("takes users by the texts that the engine is told of, from a session and from a token", async () => {
    const { connectionString } = await server.createDatabase();
    const own = await createContactSync({
      database: connectionString,
      key: TEST_KEY,
      userIds: "text",
    });
    const jwtSecret = "a secret for tests, of 32 bytes or more";
    const handler = createHandler(own, {
      authenticate: ({ headers }) =>
        headers.has("x-user") ? { userId: headers.get("x-user") ?? "" } : null,
      tokens: { jwtSecret },
    });
    const token = await new SignJWT({ role: "authenticated", sub: "user_2aB|ü" })
      .setProtectedHeader({ alg: "HS256" })
      .setExpirationTime("1h")
      .sign(new TextEncoder().encode(jwtSecret));
    const sync = async (headers: Record<string, string>) => {
      const answer = await handler(
        new Request(`${API}/contacts/sync`, {
          method: "POST",
          headers: { "content-type": "application/json", ...headers },
          body: JSON.stringify({ phoneNumbers: [numberOf(5)], deviceContactsCount: 1 }),
        }),
      );
      expect(answer.status).toBe(200);
    };
    await sync({ "x-user": "42" });
    await sync({ authorization: `Bearer ${token}` });
    for (const id of ["42", "user_2aB|ü"]) {
      expect((await own.listContacts(id)).contacts, id).toMatchObject([{ owner_id: id }]);
    }
    await own.close();
  });

  test("takes bearer tokens of those whom the app does not know", async () => {
    const key = "sb_secret_for_tests_of_32_characters_or_more";
    const handler = handlerOf({ authenticate: () => null, tokens: { serviceKeys: [key] } });
    const ask = async (headers: Record<string, string>) =>
      (await handler(new Request(`${API}/admin/suspects`, { headers }))).status;
    expect(await ask({ authorization: `Bearer ${key}` })).toBe(200);
    expect(await ask({ authorization: "Bearer another" })).toBe(401);
    expect(await ask({})).toBe(401);
  });

  test("refuses what a page of another site sends with cookies, unless it is let", async () => {
    const handler = handlerOf({
      authenticate: () => ({ userId: aylin }),
      corsOrigins: ["https://let.example"],
    });
    const ask = async (headers: Record<string, string>) =>
      (await handler(new Request(`${API}/contacts`, { headers }))).status;
    const cookie = { cookie: "session=1" };
    const other = { "sec-fetch-site": "cross-site", origin: "https://evil.example" };
    expect(await ask({ ...cookie, ...other })).toBe(403);
    expect(await ask({ ...cookie, ...other, origin: "https://let.example" })).toBe(200);
    expect(await ask({ ...cookie, "sec-fetch-site": "same-origin" })).toBe(200);
    expect(await ask(other)).toBe(200);
    expect(await ask(cookie)).toBe(200);
  });

  test("counts an address only where the app says whose it is", async () => {
    const limits = { perAddress: 1, perOwner: 0 };
    const authenticate = () => ({ userId: aylin });
    const addressOf = (request: Request) => request.headers.get("x-address") ?? undefined;
    const asked = async (options: MountOptions<Request>, address: string) => {
      const handler = handlerOf({ authenticate, limits, ...options });
      const ask = () =>
        handler(new Request(`${API}/contacts`, { headers: { "x-address": address } }));
      return [(await ask()).status, (await ask()).status];
    };
    expect(await asked({ addressOf }, "192.0.2.1")).toEqual([200, 429]);
    expect(await asked({}, "192.0.2.1")).toEqual([200, 200]);
  });

  test("has no body where there is none, and knows no path but its own", async () => {
    const handler = handlerOf({ basePath: "/api/contacts", authenticate: () => null });
    const ask = (path: string, method = "GET") =>
      handler(new Request(`https://app.example${path}`, { method }));
    const head = await ask("/api/contacts/healthz", "HEAD");
    expect([head.status, await head.text()]).toEqual([200, ""]);
    for (const path of ["/healthz", "/api/contactshealthz", "/api/contacts/docs", "/"]) {
      expect((await ask(path)).status, path).toBe(404);
    }
    expect((await ask("/api/contacts/metrics")).status).toBe(404);
    expect((await ask("/api/contacts/healthz?a=1")).status).toBe(200);
  });

  test.each([
    ["before it came", (gone: AbortController) => gone.abort()],
    ["as it comes", (gone: AbortController) => queueMicrotask(() => gone.abort())],
    ["as it is asked who asks", (gone: AbortController) => setImmediate(() => gone.abort())],
  ])("answers nobody who has gone %s, and goes on", async (_, leave) => {
    const waiting = () => new Promise<null>((resolve) => setTimeout(resolve, 50, null));
    const handler = handlerOf({ authenticate: waiting, logger: () => {} });
    await handler(new Request(`${API}/contacts`));
    const gone = new AbortController();
    leave(gone);
    const answer = await handler(new Request(`${API}/contacts`, { signal: gone.signal }));
    expect([answer.status, answer.body]).toEqual([499, null]);
    // A fault that nobody listened for would end the process by now, and vitest fails with it.
    await handler.close();
  });

  test("says that a body is somebody else's, or has been", async () => {
    const handler = handlerOf({ authenticate: () => ({ userId: aylin }) });
    const post = () =>
      new Request(`${API}/contacts/sync`, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: "{}",
      });
    const [read, held] = [post(), post()];
    await read.text();
    held.body?.getReader();
    for (const request of [read, held]) {
      const answer = await handler(request);
      expect(await answer.json()).toMatchObject({ code: "INVALID_CONFIGURATION", status: 500 });
    }
  });

  test("is closed with the engine, and says so", async () => {
    const own = await createContactSync({ database: database().connectionString, key: TEST_KEY });
    const handler = createHandler(own, { authenticate: () => ({ userId: aylin }) });
    expect((await handler(new Request(`${API}/contacts`))).status).toBe(200);
    await own.close();
    expect((await handler(new Request(`${API}/contacts`))).status).toBe(503);
  });

  test("refuses what it can't be made of", () => {
    const authenticate = () => null;
    const of = (engine: unknown, options: object) => () =>
      createHandler(engine as never, options as never);
    const refused = expect.objectContaining({ code: "INVALID_ARGUMENT" });
    expect(of({ ...contactSync() }, { authenticate })).toThrow(refused);
    expect(of(undefined, { authenticate })).toThrow(refused);
    for (const options of [
      {},
      { tokens: { issuer: "https://a.example" } },
      { authenticate: 5 },
      { authenticate, basePath: "contacts" },
      { authenticate, requestSeconds: 0 },
      { authenticate, limits: { perUser: 5 } },
      { authenticate, logger: {} },
      { authenticate, addressOf: "x-forwarded-for" },
      { authenticate, metrics: "false" },
      { authenticate, documentation: 1 },
      // Of a text, any part of it would be one of its origins.
      { authenticate, corsOrigins: "https://app.example" },
      { authenticate, corsOrigins: ["*"] },
      { authenticate, corsOrigins: ["https://app.example/"] },
    ]) {
      expect(of(contactSync(), options), JSON.stringify(options)).toThrow(refused);
    }
  });

  const keys = "https://auth.example/.well-known/jwks.json";
  test.each([
    [
      { jwksUrl: keys, audiance: "app" },
      "tokens.audiance is not an option; did you mean audience?",
    ],
    [{ jwtSecret: "short" }, "tokens.jwtSecret must have at least 32 bytes"],
    [{ jwtSecret: "" }, "tokens.jwtSecret must be a text"],
    [{ serviceKeys: ["short"] }, "tokens.serviceKeys: each must have at least 32 characters"],
    [{ serviceKeys: "a".repeat(40) }, "tokens.serviceKeys must be a list of texts"],
    [{ jwksUrl: "auth.example" }, "tokens.jwksUrl must be an http(s) address"],
    [{ jwksUrl: "https://www.googleapis.com/keys" }, "tokens.audience must be set"],
    [{ jwksUrl: keys, userClaim: "email" }, "tokens.userClaim names what users write"],
    [{ jwksUrl: keys, roleClaim: "user_metadata.role" }, "tokens.roleClaim names what users write"],
    [{ jwksUrl: keys, roleClaim: false }, "tokens.roleClaim must be a text"],
    [{ jwksUrl: keys, userRoles: ["service_role"] }, "must have no value in common"],
    [{ jwksUrl: keys, roleClaim: null, userRoles: ["app"] }, "are values of a role claim"],
    [{ jwksUrl: keys, requiredClaims: { azp: "app" } }, "tokens.requiredClaims: each must be"],
    [{ jwksUrl: keys, requiredClaims: [{ name: "azp", values: [] }] }, "tokens.requiredClaims"],
  ])("holds token settings to what serve demands: %o", (tokens, message) => {
    for (const authenticate of [undefined, () => null]) {
      expect(() => handlerOf({ tokens, authenticate } as never)).toThrow(message);
    }
  });

  test("takes each way of token settings", () => {
    for (const tokens of [
      { jwtSecret: "a secret for tests, of 32 bytes or more", issuer: undefined },
      { jwksUrl: keys, roleClaim: null, serviceRoles: [], audience: "app" },
      { jwksUrl: keys, requiredClaims: [{ name: "azp", values: ["app", "page"] }] },
      { jwksUrl: "https://www.googleapis.com/keys", audience: "app" },
      { serviceKeys: ["a".repeat(32)] },
    ]) {
      expect(handlerOf({ tokens })).toBeTypeOf("function");
    }
  });
});

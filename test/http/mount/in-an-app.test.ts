import { randomUUID } from "node:crypto";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import helmet from "@fastify/helmet";
import rateLimit from "@fastify/rate-limit";
import swagger from "@fastify/swagger";
import fastify, { type FastifyInstance } from "fastify";
import { afterEach, beforeAll, describe, expect, test } from "vitest";
import { contactSyncPlugin, createListener, type LogLine } from "../../../src/http/mount/index.ts";
import { describePostgres } from "../../support/postgres.ts";
import { hashOf, numberOf, numbers, useContactSync } from "../../support/use-contact-sync.ts";

describePostgres("mounted in an app of Fastify", (server) => {
  const { contactSync } = useContactSync(server);
  const opened: FastifyInstance[] = [];
  const log: string[] = [];
  afterEach(async () => {
    for (const app of opened.splice(0)) await app.close();
    log.length = 0;
  });

  /** An app that has everything of its own, and cares about none of ours. */
  async function openApp() {
    const app = fastify({
      logger: { level: "trace", stream: { write: (line: string) => log.push(line) } },
      bodyLimit: 100,
      ajv: { customOptions: { allErrors: true, coerceTypes: "array" } },
    });
    opened.push(app);
    const seen: string[] = [];
    await app.register(swagger, { openapi: { info: { title: "app", version: "1" } } });
    await app.register(helmet);
    await app.register(rateLimit, { max: 50 });
    for (const name of ["caller", "claim", "kept", "endTurn", "fingerprints"]) {
      app.decorateRequest(name, null as never);
    }
    app.decorate("memoryUsage", (() => "the app's") as never);
    app.removeContentTypeParser("application/json");
    app.addContentTypeParser("application/json", { parseAs: "string" }, (_request, _body, done) =>
      done(null, { parsedBy: "the app" }),
    );
    app.addSchema({ $id: "Problem", type: "object" });
    app.setErrorHandler((_fault, _request, reply) => reply.code(418).send("the app's"));
    app.setNotFoundHandler((_request, reply) => reply.code(410).send("the app's"));
    app.setValidatorCompiler(() => () => ({ error: new Error("the app's") }));
    app.setReplySerializer(() => "the app's");
    app.addHook("onRequest", async ({ headers }, reply) => {
      reply.header("x-app", "onRequest");
      if (headers["x-refuse"] !== undefined) return reply.code(402).send("refused");
      return undefined;
    });
    app.addHook("preHandler", async () => seen.push("preHandler"));
    app.addHook("onSend", async (_request, _reply, payload) => {
      seen.push("onSend");
      return payload;
    });
    app.addHook("onResponse", async (request, { statusCode }) => {
      seen.push(`onResponse ${statusCode} ${request.url}`);
    });
    app.post("/own", async ({ body }) => body);
    return { app, seen };
  }

  const ask = async (app: FastifyInstance, path: string, body?: object, headers = {}) =>
    app.inject({
      method: body === undefined ? "GET" : "POST",
      url: path,
      headers: { "x-user": OMAR, ...headers },
      ...(body === undefined ? {} : { payload: body }),
    });
  const OMAR = randomUUID();
  const byHeader = ({ headers }: { headers: Record<string, unknown> }) => ({
    userId: String(headers["x-user"]),
  });
  const book = { phoneNumbers: numbers(300), deviceContactsCount: 300 };

  test("neither disturbs the other", async () => {
    const { app, seen } = await openApp();
    await app.register(contactSyncPlugin, {
      prefix: "/contact-sync",
      contactSync: contactSync(),
      authenticate: byHeader,
    });
    // More than the app's limit of a body.
    const synced = await ask(app, "/contact-sync/api/v1/contacts/sync", book);
    expect(synced.statusCode).toBe(200);
    expect(synced.json().data.contacts_inserted).toBe(300);
    expect(seen).toEqual(["onResponse 200 /contact-sync/api/v1/contacts/sync"]);
    expect(synced.headers).toMatchObject({ "x-app": "onRequest", "cache-control": "no-store" });
    expect(synced.headers["x-ratelimit-limit"]).toBe("50");

    // Our fault is ours, and the app's the app's.
    const invalid = await ask(app, "/contact-sync/api/v1/contacts/sync", { phoneNumbers: "5" });
    expect(invalid.json()).toMatchObject({ status: 400, code: "INVALID_REQUEST" });
    const missing = await ask(app, "/contact-sync/nothing");
    expect(missing.json()).toMatchObject({ status: 404, code: "NOT_FOUND" });
    expect((await ask(app, "/nothing")).statusCode).toBe(410);
    expect((await ask(app, "/own", { a: 1 })).body).toBe("the app's");
    expect((await ask(app, "/own", book)).statusCode).toBe(418);

    // The app's hooks may refuse, and its document does not know us.
    const refused = await ask(app, "/contact-sync/healthz", undefined, { "x-refuse": "1" });
    expect(refused.statusCode).toBe(402);
    expect(Object.keys(app.swagger().paths ?? {})).toEqual(["/own"]);
    expect(app.hasRequestDecorator("parsedBody")).toBe(false);
    expect((app as unknown as { memoryUsage(): string }).memoryUsage()).toBe("the app's");
  });

  test("its log has a line of ours for each request, and no path that names a hash", async () => {
    const { app } = await openApp();
    await app.register(contactSyncPlugin, {
      prefix: "/contact-sync",
      contactSync: contactSync(),
      authenticate: byHeader,
    });
    await ask(app, "/contact-sync/api/v1/contacts/sync", book);
    const answer = await app.inject({
      method: "DELETE",
      url: `/contact-sync/api/v1/contacts/${hashOf(7)}`,
      headers: { "x-user": OMAR },
    });
    expect(answer.statusCode).toBe(200);
    expect(
      log.map((line) => JSON.parse(line)).filter(({ msg }) => msg === "request"),
    ).toMatchObject([
      { method: "POST", route: "/api/v1/contacts/sync", status: 200 },
      { method: "DELETE", route: "/api/v1/contacts/:phoneHash", status: 200 },
    ]);
    expect(log.join("")).not.toContain(hashOf(7));
  });

  test("two of them, in one app", async () => {
    const { app } = await openApp();
    for (const [prefix, user] of Object.entries({ "/one": randomUUID(), "/two": randomUUID() })) {
      await app.register(contactSyncPlugin, {
        prefix,
        contactSync: contactSync(),
        authenticate: () => ({ userId: user }),
      });
    }
    for (const prefix of ["/one", "/two"]) {
      const { statusCode } = await ask(app, `${prefix}/api/v1/contacts/sync`, book);
      expect(statusCode).toBe(200);
      const listed = await ask(app, `${prefix}/api/v1/contacts?limit=1`);
      expect(listed.json().data.contacts).toHaveLength(1);
    }
  });

  test("is registered by a version that has no list of its methods, as Fastify 4", async () => {
    const { app } = await openApp();
    await app.register(
      async (child) => {
        const older = Object.create(child, { supportedMethods: { value: undefined } });
        await contactSyncPlugin(older, { contactSync: contactSync(), authenticate: byHeader });
      },
      { prefix: "/contact-sync" },
    );
    expect((await app.inject("/contact-sync/healthz")).statusCode).toBe(200);
  });

  test("ends with the app", async () => {
    const { app } = await openApp();
    await app.register(contactSyncPlugin, {
      prefix: "/contact-sync",
      contactSync: contactSync(),
      authenticate: byHeader,
    });
    const address = await app.listen({ port: 0, host: "127.0.0.1" });
    const alive = await fetch(`${address}/contact-sync/healthz`);
    expect(alive.status).toBe(200);
    await app.close();
    await expect(fetch(`${address}/contact-sync/healthz`)).rejects.toThrow();
  });

  test("is not registered with what is no option, or without anybody who says who asks", async () => {
    for (const options of [{ authentificate: byHeader }, {}]) {
      const { app } = await openApp();
      const registered = app.register(contactSyncPlugin, {
        prefix: "/contact-sync",
        contactSync: contactSync(),
        ...(options as object),
      });
      await expect(registered).rejects.toMatchObject({ code: "INVALID_ARGUMENT" });
    }
  });
});

describePostgres("a listener of Node's", (server) => {
  const { contactSync } = useContactSync(server);
  const lines: LogLine[] = [];
  const ends: (() => Promise<unknown>)[] = [];
  afterEach(async () => {
    for (const end of ends.splice(0).reverse()) await end();
  });

  async function listen(on: Parameters<typeof createServer>[1]): Promise<string> {
    const http = createServer(on as never);
    await new Promise<void>((resolve) => http.listen(0, "127.0.0.1", resolve));
    ends.push(() => new Promise((resolve) => http.close(resolve)));
    return `http://127.0.0.1:${(http.address() as AddressInfo).port}`;
  }

  describe("as middleware", () => {
    let userId: string;
    beforeAll(() => {
      userId = randomUUID();
    });
    const listener = () =>
      createListener(contactSync(), {
        basePath: "/contact-sync",
        authenticate: () => ({ userId }),
        logger: (line) => lines.push(line),
      });

    test("answers what is below its path, and hands on what is not", async () => {
      const middleware = listener();
      const address = await listen((request, response) =>
        middleware(request, response, () => response.end(`the app's ${request.url}`)),
      );
      const synced = await fetch(`${address}/contact-sync/api/v1/contacts/sync`, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify({ phoneNumbers: [numberOf(1)], deviceContactsCount: 1 }),
      });
      expect(await synced.json()).toMatchObject({ data: { contacts_inserted: 1 } });
      for (const path of ["/", "/contact-synchronous", "/api/v1/contacts"]) {
        expect(await (await fetch(`${address}${path}`)).text()).toBe(`the app's ${path}`);
      }
      expect(lines).toMatchObject([
        { level: "info", message: "request", route: "/api/v1/contacts/sync", status: 200 },
      ]);
      await middleware.close();
    });

    test("says at once that a body was read before it came", async () => {
      const middleware = listener();
      const address = await listen(async (request, response) => {
        for await (const _ of request);
        middleware(request, response);
      });
      const answer = await fetch(`${address}/contact-sync/api/v1/contacts/sync`, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: "{}",
      });
      expect(await answer.json()).toMatchObject({
        status: 500,
        code: "INVALID_CONFIGURATION",
        message: expect.stringContaining("express.json()"),
      });
      // Without a body there is nothing that is missing.
      const listed = await fetch(`${address}/contact-sync/api/v1/contacts`);
      expect(listed.status).toBe(200);
      await middleware.close();
    });
  });
});

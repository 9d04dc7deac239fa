import { expect, test } from "vitest";
import { describePostgres } from "../support/postgres.ts";
import { openBook } from "./book.ts";
import { operationsOf, publishedDocument } from "./openapi-document.ts";
import { SERVICE_KEY, useApp } from "./support.ts";

const ORIGIN = "https://app.example";

describePostgres("headers", (server) => {
  const app = useApp(server);
  const withOrigin = useApp(server, { corsOrigins: [ORIGIN] });

  test("nothing of the API is stored by caches, not even a refusal", async () => {
    const operations = operationsOf(await publishedDocument(app()));
    for (const { method, path } of operations.filter(({ path }) => path.startsWith("/api/"))) {
      for (const token of [undefined, SERVICE_KEY, await app().userToken(crypto.randomUUID())]) {
        const answer = await app().request({ method, url: path, token });
        expect(answer.headers["cache-control"], `${method} ${path}`).toBe("no-store");
      }
    }
  });

  test("every answer has a request id of its own, that of its problem and of its log line", async () => {
    for (const url of [
      "/healthz",
      "/nowhere",
      "/api/v1/contacts",
      "/api/v1/contacts/%zz/favorite",
    ]) {
      const headers = { "x-request-id": "chosen-by-the-client" };
      const answer = await app().request({ method: "PUT", url, headers });
      const id = answer.headers["x-request-id"] as string;
      expect(id, url).toMatch(/^[0-9a-f-]{36}$/);
      expect(answer.json().request_id, url).toBe(id);
    }
    expect(app().log.join("")).not.toContain("chosen-by-the-client");
    const answer = await app().request({ method: "GET", url: "/healthz" });
    const line = JSON.parse(app().log.at(-1) as string);
    expect(line).toMatchObject({
      request_id: answer.headers["x-request-id"],
      method: "GET",
      route: "/healthz",
      status: 200,
      duration_ms: expect.any(Number),
    });
  });

  test("a browser is told to trust nothing more than it has to", async () => {
    const { headers } = await app().request({ method: "GET", url: "/api/v1/contacts" });
    expect(headers["content-security-policy"]).toContain("default-src 'none'");
    expect(headers["x-content-type-options"]).toBe("nosniff");
    expect(headers["strict-transport-security"]).toMatch(/^max-age=\d{7,}/);
    expect(headers).not.toHaveProperty("x-powered-by");
  });

  test("only a sync tells its timings", async () => {
    const { ask } = await openBook(app(), 1);
    expect((await ask("GET", "/contacts")).headers).not.toHaveProperty("server-timing");
  });

  const preflight = (origin: string) => ({
    method: "OPTIONS" as const,
    url: "/api/v1/contacts/sync",
    headers: { origin, "access-control-request-method": "POST" },
  });

  test("no other origin's page may call, unless one is configured", async () => {
    const answer = await app().request(preflight(ORIGIN));
    expect(answer.statusCode).toBe(404);
    expect(Object.keys(answer.headers).filter((name) => name.startsWith("access-control"))).toEqual(
      [],
    );
  });

  test("the configured origin may call, without a token in the preflight, and no other", async () => {
    const answer = await withOrigin().request(preflight(ORIGIN));
    expect(answer.statusCode).toBe(204);
    expect(answer.headers).toMatchObject({
      "access-control-allow-origin": ORIGIN,
      "access-control-allow-headers": "authorization, content-type, idempotency-key",
    });
    expect(answer.headers).not.toHaveProperty("access-control-allow-credentials");
    const other = await withOrigin().request(preflight("https://elsewhere.example"));
    expect(other.headers["access-control-allow-origin"]).not.toBe("https://elsewhere.example");
  });
});

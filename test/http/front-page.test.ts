import { expect, test } from "vitest";
import { describePostgres } from "../support/postgres.ts";
import { publishedDocument } from "./openapi-document.ts";
import { useApp } from "./support.ts";

const BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,image/webp,*/*;q=0.8";

describePostgres("/", (server) => {
  const app = useApp(server);
  const ask = (accept?: string, method: "GET" | "HEAD" = "GET", url = "/") =>
    app().request({ method, url, headers: accept === undefined ? {} : { accept } });

  test("says what runs here, and in which version", async () => {
    const { info } = await publishedDocument(app());
    const { statusCode, headers, body } = await ask(BROWSER);
    expect(statusCode).toBe(200);
    expect(headers["content-type"]).toBe("text/html; charset=utf-8");
    expect(body).toContain("<h1>contact-sync</h1>");
    expect(body).toContain(`Version ${info.version}`);
  });

  test("leads to places that are there, and nowhere else", async () => {
    const { body } = await ask(BROWSER);
    const links = [...body.matchAll(/<a href="([^"]+)"/g)].map(([, link]) => link as string);
    for (const link of ["docs", "openapi.json", "readyz", "metrics"]) expect(links).toContain(link);
    for (const link of links) {
      const { statusCode } = await ask(BROWSER, "GET", new URL(link, "http://x/").pathname);
      // The dashboard's page has a slash behind its address, to which it leads.
      expect([200, 302], link).toContain(statusCode);
    }
    expect(body).not.toMatch(/(?:src|href|action)="(?:https?:)?\/\//);
    expect(body).not.toContain("<script");
  });

  test("names documents that the package has", async () => {
    const { existsSync } = await import("node:fs");
    const documents = (await ask(BROWSER)).body.match(/docs\/[a-z]+\.md/g) ?? [];
    expect(documents.length).toBeGreaterThan(3);
    for (const file of documents) {
      expect(existsSync(new URL(`../../${file}`, import.meta.url)), file).toBe(true);
    }
  });

  test("allows the page its own style, and nothing else", async () => {
    const { headers } = await ask(BROWSER);
    const policy = String(headers["content-security-policy"]);
    expect(policy).toContain("default-src 'none'");
    expect(policy).not.toContain("unsafe");
    expect(policy).not.toContain("script-src");
  });

  test.each([
    "application/json",
    "application/json;q=0.9, text/html;q=0.5",
    "application/json, text/plain, */*",
  ])("is JSON for who asks for %s", async (accept) => {
    const { info } = await publishedDocument(app());
    const answer = await ask(accept);
    expect(answer.headers["content-type"]).toContain("application/json");
    expect(answer.json()).toMatchObject({
      success: true,
      data: { name: "contact-sync", version: info.version, links: { docs: "/docs" } },
    });
  });

  test.each([
    undefined,
    "*/*",
    BROWSER,
    "text/html, application/json",
    "image/png",
  ])("is the page for who asks for %s", async (accept) =>
    expect((await ask(accept)).headers["content-type"]).toContain("text/html"));

  test("is kept by no cache for another form, or another version", async () => {
    for (const accept of [BROWSER, "application/json"]) {
      const { headers } = await ask(accept);
      expect(String(headers["vary"]).toLowerCase().split(/, */)).toContain("accept");
      expect(headers["cache-control"]).toBe("no-cache");
    }
  });

  test("answers HEAD as GET, without the page", async () => {
    const [head, get] = [await ask(BROWSER, "HEAD"), await ask(BROWSER)];
    expect(head.statusCode).toBe(200);
    expect(head.body).toBe("");
    for (const name of ["content-type", "content-security-policy", "cache-control"]) {
      expect(head.headers[name], name).toBe(get.headers[name]);
    }
  });
});

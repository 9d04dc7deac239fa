import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import fastify from "fastify";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { dashboard } from "../../src/http/plugins/dashboard.ts";

const SCRIPT = "/dashboard/assets/index-Abc_-123.js";

describe("the operator's page, as it is served", () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "contact-sync-dashboard-"));
    await mkdir(join(folder, "assets"));
    await writeFile(join(folder, "index.html"), "<!doctype html><title>page</title>");
    await writeFile(join(folder, "assets/index-Abc_-123.js"), "script");
    await writeFile(join(folder, "assets/index-Abc_-123.js.gz"), gzipSync("script"));
  });
  afterAll(() => rm(folder, { recursive: true }));

  const get = async (url: string, { from = folder, headers = {} } = {}) => {
    const app = fastify();
    await app.register(dashboard, { folder: from });
    const answer = await app.inject({ method: "GET", url, headers });
    await app.close();
    return answer;
  };

  test("is at /dashboard, wherever a proxy puts that", async () => {
    const answer = await get("/dashboard");
    expect([answer.statusCode, answer.headers["location"]]).toEqual([302, "dashboard/"]);
    const page = await get("/dashboard/");
    expect([page.statusCode, page.body]).toEqual([200, "<!doctype html><title>page</title>"]);
    expect(page.headers["content-type"]).toContain("text/html");
    expect((await get("/dashboard/assets/none.js")).statusCode).toBe(404);
    expect((await get("/dashboard/..%2f..%2fpackage.json")).statusCode).not.toBe(200);
  });

  test.each(["/dashboard", "/dashboard/", SCRIPT])("%s has a policy of its own", async (url) => {
    const { headers } = await get(url);
    const policy = String(headers["content-security-policy"]).split("; ");
    expect(policy).toEqual(
      expect.arrayContaining([
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "connect-src 'self'",
        "form-action 'none'",
        "frame-ancestors 'none'",
        "base-uri 'none'",
      ]),
    );
    expect(policy.join()).not.toMatch(/unsafe|https?:|\*/);
  });

  test("is asked for anew each time, and its files, whose names change, never again", async () => {
    expect((await get("/dashboard/")).headers["cache-control"]).toBe("no-cache");
    const kept = "public, max-age=31536000, immutable";
    expect((await get(SCRIPT)).headers["cache-control"]).toBe(kept);
    const packed = await get(SCRIPT, { headers: { "accept-encoding": "gzip" } });
    expect(packed.headers["cache-control"]).toBe(kept);
    expect(packed.headers["content-encoding"]).toBe("gzip");
    expect(packed.headers["content-type"]).toContain("javascript");
  });

  test("that is not built says how to build it", async () => {
    for (const url of ["/dashboard", "/dashboard/", SCRIPT]) {
      const { body } = await get(url, { from: join(folder, "none") });
      expect(body).toContain("NOT_FOUND");
      expect(body).toContain("npm run build");
    }
  });
});

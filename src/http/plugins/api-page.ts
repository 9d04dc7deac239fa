import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import fastifyStatic from "@fastify/static";
import fastifyPlugin from "fastify-plugin";
import { API_PAGE_SCRIPT, API_PAGE_STYLE, apiPage } from "../pages/api-page.ts";

// The program that shows the document is Swagger UI, whose files @fastify/swagger-ui brings (the
// makers' own package also brings one that counts installations). The page around it is ours: that
// package's has the makers' name and picture on it, and publishes the document twice more.
const FILES = ["/swagger-ui.css", "/swagger-ui-bundle.js"];
const ROOT = join(
  dirname(createRequire(import.meta.url).resolve("@fastify/swagger-ui/package.json")),
  "static",
);

// It sets styles of its own; nothing else may, and no script from elsewhere runs.
const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join("; ");

/** `/docs`: every operation, to read and to try out. */
export const apiPagePlugin = fastifyPlugin(async (app) => {
  const schema = { hide: true };
  // With a slash behind it, and without.
  for (const [url, folder] of [
    ["/docs", "./docs/static"],
    ["/docs/", "./static"],
  ] as const) {
    const page = apiPage(folder);
    app.get(url, { schema, exposeHeadRoute: true }, async (_request, reply) => {
      reply.header("content-security-policy", POLICY).header("cache-control", "no-cache");
      return reply.type("text/html; charset=utf-8").send(page);
    });
  }
  for (const [name, type, text] of [
    ["page.css", "text/css", API_PAGE_STYLE],
    ["page.js", "text/javascript", API_PAGE_SCRIPT],
  ] as const) {
    app.get(`/docs/static/${name}`, { schema }, async (_request, reply) =>
      reply.header("cache-control", "no-cache").type(`${type}; charset=utf-8`).send(text),
    );
  }
  await app.register(fastifyStatic, {
    root: ROOT,
    prefix: "/docs/static/",
    allowedPath: (path) => FILES.includes(path),
    decorateReply: false,
    index: false,
    schemaHide: true,
  });
});

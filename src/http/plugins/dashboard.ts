import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { ContactSyncError } from "@contact-sync/client";
import fastifyStatic from "@fastify/static";
import type { FastifyPluginAsync } from "fastify";

// The same from `src` and from `dist`: the build puts the page beside the built service.
const BUILT = fileURLToPath(new URL("../../../dist/dashboard/", import.meta.url));

/** Nothing but what the page itself brings, and the service that it is served by. */
const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "connect-src 'self'",
  "img-src 'self' data:",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
  "trusted-types 'none'",
].join("; ");

const HASHED = /-[\w-]{8}\.\w+$/;
const FOR_GOOD = "public, max-age=31536000, immutable";

export interface DashboardOptions {
  /** Where its build is; default the package's. */
  readonly folder?: string | undefined;
}

/**
 * `/dashboard`, the operator's page, for anybody: it holds nothing, and asks `/api/v1` beside it with
 * the key that the operator gives it.
 */
export const dashboard: FastifyPluginAsync<DashboardOptions> = async (app, { folder = BUILT }) => {
  app.addHook("onSend", async (_request, reply) => {
    reply.header("content-security-policy", POLICY);
    reply.header("cross-origin-opener-policy", "same-origin");
    reply.header("permissions-policy", "camera=(), geolocation=(), microphone=()");
  });
  if (!existsSync(`${folder}/index.html`)) {
    app.get("/dashboard*", { schema: { hide: true } }, async () => {
      throw new ContactSyncError(
        "NOT_FOUND",
        "the operator's page is not built: run npm run build, and start the service again",
      );
    });
    return;
  }
  // Relative, as all in the page: a proxy may have put a path before ours.
  app.get("/dashboard", { schema: { hide: true } }, async (_request, reply) =>
    reply.header("cache-control", "no-cache").redirect("dashboard/"),
  );
  await app.register(fastifyStatic, {
    root: folder,
    prefix: "/dashboard/",
    decorateReply: false,
    preCompressed: true,
    cacheControl: false,
    setHeaders: (reply, path) => {
      // Of `index-….js.br` the name without what it is packed with.
      const isForGood = HASHED.test(path.replace(/\.(?:br|gz)$/, ""));
      reply.setHeader("cache-control", isForGood ? FOR_GOOD : "no-cache");
    },
  });
};

import { createHash } from "node:crypto";
import { negotiate } from "@fastify/accept-negotiator";
import fastifyPlugin from "fastify-plugin";
import { FRONT_PAGE_STYLE, frontPage, PLACES } from "../pages/front-page.ts";
import { VERSION } from "../version.ts";

const HTML = "text/html";
const JSON_TYPE = "application/json";

/** Its own style and icon, and nothing else. */
const POLICY = [
  "default-src 'none'",
  `style-src 'sha256-${createHash("sha256").update(FRONT_PAGE_STYLE).digest("base64")}'`,
  "img-src data:",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join("; ");

/** `/`: what runs here and where to go; as JSON for programs that ask for it. */
export const frontPagePlugin = fastifyPlugin(async (app) => {
  app.get("/", { schema: { hide: true }, exposeHeadRoute: true }, async (request, reply) => {
    const home = `${app.prefix}/`;
    const places = PLACES.filter(({ path }) => app.hasRoute({ method: "GET", url: home + path }));
    // Another answer for another Accept; and a new version may run here tomorrow.
    reply.header("vary", "accept").header("cache-control", "no-cache");
    if (negotiate(request.headers.accept ?? HTML, [HTML, JSON_TYPE]) === JSON_TYPE) {
      const links = Object.fromEntries(places.map(({ path }) => [path, home + path]));
      return { success: true, data: { name: "contact-sync", version: VERSION, links } };
    }
    const [path = ""] = request.url.split("?");
    // Mounted at /sync, it is also asked for without the slash behind it.
    const folder = path.endsWith("/") ? "" : `${path.slice(path.lastIndexOf("/") + 1)}/`;
    reply.header("content-security-policy", POLICY);
    return reply.type(`${HTML}; charset=utf-8`).send(frontPage(places, folder));
  });
});

// Serves the page as an app's own back end would: bundled, under a strict policy, with the user's
// token for whoever is signed in.
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

/** @param {string} name */
const fileAt = (name) => fileURLToPath(new URL(name, import.meta.url));

/**
 * @typedef {object} PageSettings
 * @property {() => { url: string, region: string | null }} settings where the service is, and where
 *   national numbers are dialled
 * @property {() => Promise<string>} getToken of the user who is signed in
 * @property {number} [port] default: any
 */

/**
 * @param {PageSettings} options
 * @returns {Promise<{ address: string, stop: () => Promise<void> }>}
 */
export async function servePage({ settings, getToken, port = 0 }) {
  /** @type {Record<string, { type: string, body: string }>} */
  const files = {
    "/": { type: "text/html", body: await readFile(fileAt("index.html"), "utf8") },
    "/page.css": { type: "text/css", body: await readFile(fileAt("page.css"), "utf8") },
    "/icon.svg": { type: "image/svg+xml", body: await readFile(fileAt("icon.svg"), "utf8") },
    "/page.js": { type: "text/javascript", body: await bundle() },
  };
  const server = createServer(async (request, response) => {
    const { pathname } = new URL(request.url ?? "/", "http://page");
    response.setHeader("cache-control", "no-store");
    response.setHeader("content-security-policy", policy(settings().url));
    response.setHeader("cross-origin-opener-policy", "same-origin");
    response.setHeader("permissions-policy", "camera=(), geolocation=(), microphone=()");
    response.setHeader("referrer-policy", "no-referrer");
    response.setHeader("x-content-type-options", "nosniff");
    const answer =
      pathname === "/settings"
        ? { type: "application/json", body: JSON.stringify(settings()) }
        : pathname === "/token"
          ? { type: "application/json", body: JSON.stringify({ token: await getToken() }) }
          : files[pathname];
    if (answer === undefined) response.writeHead(404).end();
    else response.setHeader("content-type", `${answer.type}; charset=utf-8`).end(answer.body);
  });
  await new Promise((resolve) => server.listen(port, "127.0.0.1", () => resolve(undefined)));
  const { port: taken } = /** @type {import("node:net").AddressInfo} */ (server.address());
  return {
    address: `http://127.0.0.1:${taken}`,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/**
 * Nothing but what the page itself brings, and the service.
 *
 * @param {string} service
 */
function policy(service) {
  return [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self'",
    `connect-src 'self' ${service}`,
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
    "require-trusted-types-for 'script'",
    "trusted-types 'none'",
  ].join("; ");
}

async function bundle() {
  const { outputFiles } = await build({
    entryPoints: [fileAt("src/page.ts")],
    bundle: true,
    format: "esm",
    target: "es2022",
    minify: true,
    write: false,
    logLevel: "error",
  });
  return outputFiles[0]?.text ?? "";
}

import { LAST_SESSION_ID, LAST_SYNC_TOKEN } from "../schemas/examples.ts";
import { ICON_ADDRESS } from "./icon.ts";

/** The page of /docs, which shows /openapi.json. `folder` is where its files are, seen from it. */
export const apiPage = (folder: string) => `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <meta name="color-scheme" content="light dark">
    <title>contact-sync: the API</title>
    <link rel="icon" href="${ICON_ADDRESS}">
    <link rel="stylesheet" href="${folder}/swagger-ui.css">
    <link rel="stylesheet" href="${folder}/page.css">
  </head>
  <body>
    <main id="page">
      <noscript>This page needs JavaScript; <a href="${folder}/../../openapi.json">openapi.json</a> does not.</noscript>
    </main>
    <script src="${folder}/swagger-ui-bundle.js"></script>
    <script src="${folder}/page.js"></script>
  </body>
</html>
`;

export const API_PAGE_STYLE = `
body { margin: 0; background: #fafafa; }
html.dark-mode, html.dark-mode body { background: #1c2022; color-scheme: dark; }
.swagger-ui .info { margin: 2rem 0; }
.swagger-ui .info .title small.version-stamp, .swagger-ui .info a.link { display: none; }
.swagger-ui .opblock-summary-path { word-break: break-word; }
`;

// Tokens that come behind the # are for a link that opens the page signed in, as the demo prints
// one. What an answer has named last (the token of a device, a session) takes the place of an
// example that cannot know it.
export const API_PAGE_SCRIPT = `"use strict";
{
  const place = document.currentScript.src;
  const given = new URLSearchParams(location.hash.slice(1));
  const schemes = ["user", "service"].filter((name) => given.has(name));
  if (schemes.length > 0) history.replaceState(null, "", location.pathname);
  const last = new Map();
  const stands = { sync_token: ${JSON.stringify(LAST_SYNC_TOKEN)}, session_id: ${JSON.stringify(LAST_SESSION_ID)} };

  const isDark = matchMedia("(prefers-color-scheme: dark)");
  const dress = () => document.documentElement.classList.toggle("dark-mode", isDark.matches);
  isDark.addEventListener("change", dress);
  dress();

  // As the document has them, but what takes away comes behind what there has to be before, the
  // smallest first: a favourite, a contact, the book.
  const isDelete = (operation) => (operation.get("method") === "delete" ? 1 : 0);
  const byNeed = (one, other) =>
    isDelete(one) - isDelete(other) ||
    isDelete(one) * (other.get("path").length - one.get("path").length);

  const ui = SwaggerUIBundle({
    url: new URL("../../openapi.json", place).href,
    dom_id: "#page",
    presets: [SwaggerUIBundle.presets.apis],
    layout: "BaseLayout",
    validatorUrl: null,
    deepLinking: true,
    displayRequestDuration: true,
    defaultModelsExpandDepth: -1,
    persistAuthorization: true,
    tryItOutEnabled: true,
    operationsSorter: byNeed,
    requestInterceptor(request) {
      for (const [name, value] of last) {
        request.url = request.url.replace(stands[name], encodeURIComponent(value));
        if (typeof request.body === "string") request.body = request.body.replace(stands[name], value);
      }
      return request;
    },
    responseInterceptor(response) {
      const data = response.body?.data ?? response.obj?.data ?? {};
      for (const name of Object.keys(stands)) if (data[name]) last.set(name, data[name]);
      return response;
    },
    onComplete() {
      if (schemes.length === 0) return;
      const { securitySchemes = {} } = ui.specSelectors.specJson().toJS().components ?? {};
      ui.authActions.authorizeWithPersistOption(
        Object.fromEntries(
          schemes.map((name) => [name, { name, schema: securitySchemes[name], value: given.get(name) }]),
        ),
      );
    },
  });
}
`;

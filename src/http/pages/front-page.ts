import { VERSION } from "../version.ts";
import { ICON, ICON_ADDRESS } from "./icon.ts";

/** A place of this service that somebody who comes to its address may want. */
export interface Place {
  readonly path: string;
  readonly title: string;
  readonly about: string;
}

/** In the order in which one needs them. */
export const PLACES: readonly Place[] = [
  { path: "docs", title: "API", about: "every operation, to read and to try out" },
  { path: "dashboard", title: "Dashboard", about: "syncs, people, failures, for the operator" },
  { path: "openapi.json", title: "OpenAPI", about: "the API as a document, for programs" },
  { path: "readyz", title: "Ready?", about: "whether it can serve: database, migrations" },
  { path: "metrics", title: "Metrics", about: "for Prometheus" },
];

const DOCUMENTS = [
  ["docs/phone.md", "in an app: iOS, Android, the web"],
  ["docs/protocol.md", "what a client sends, in any language"],
  ["docs/http.md", "every endpoint, variable and answer of this service"],
  ["docs/operating.md", "backup, keys, suspects"],
  ["docs/troubleshooting.md", "every error code, its cause and cure"],
];

export const FRONT_PAGE_STYLE = `
:root { color-scheme: light dark; --ground: #f6f5f2; --card: #fff; --text: #1c1b19; --quiet: #5f5b55; --line: #e2dfd9; --accent: #0b6b54; font: 100%/1.5 system-ui, -apple-system, "Segoe UI", Roboto, sans-serif; }
@media (prefers-color-scheme: dark) { :root { --ground: #141513; --card: #1f211e; --text: #f1efea; --quiet: #aaa69e; --line: #343731; --accent: #6fd3b3; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--ground); color: var(--text); }
main { max-width: 40rem; margin: 0 auto; padding: 3rem 1.25rem; }
header { display: flex; gap: 1rem; align-items: center; }
header svg { width: 3rem; height: 3rem; flex: none; }
h1 { margin: 0; font-size: 1.75rem; line-height: 1.2; }
header p, .quiet, dd { color: var(--quiet); }
header p { margin: 0; }
h2 { margin: 2.5rem 0 0.75rem; font-size: 1rem; }
ul { list-style: none; margin: 0; padding: 0; border: 1px solid var(--line); border-radius: 0.75rem; background: var(--card); overflow: hidden; }
li + li { border-top: 1px solid var(--line); }
li a { display: flex; flex-wrap: wrap; gap: 0 1rem; padding: 0.75rem 1rem; color: inherit; text-decoration: none; }
li a:hover strong { text-decoration: underline; }
li a:focus-visible { outline: 3px solid var(--accent); outline-offset: -3px; }
li strong { color: var(--accent); min-width: 7rem; }
li span { color: var(--quiet); }
dl { display: grid; grid-template-columns: max-content 1fr; gap: 0.25rem 1rem; margin: 0; }
dt { font-family: ui-monospace, Menlo, Consolas, monospace; font-size: 0.9rem; }
dd { margin: 0; }
@media (max-width: 30rem) { dl { display: block; } dd { margin-bottom: 0.5rem; } }
`;

/** The page of `/`. `folder` is where the service is, seen from it. */
export const frontPage = (places: readonly Place[], folder: string) => `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <meta name="robots" content="noindex">
    <title>contact-sync</title>
    <link rel="icon" href="${ICON_ADDRESS}">
    <style>${FRONT_PAGE_STYLE}</style>
  </head>
  <body>
    <main>
      <header>
        ${ICON.replace("<svg ", '<svg aria-hidden="true" ')}
        <div>
          <h1>contact-sync</h1>
          <p>Version ${VERSION}</p>
        </div>
      </header>
      <p>A phone's address book goes in, the contacts who have accounts come out. This is the service that apps ask.</p>
      <h2>Where to go</h2>
      <ul>
${places.map(({ path, title, about }) => `        <li><a href="${folder}${path}"><strong>${title}</strong><span>${about}</span></a></li>`).join("\n")}
      </ul>
      <h2>To read, in the package</h2>
      <dl>
${DOCUMENTS.map(([file, about]) => `        <dt>${file}</dt><dd>${about}</dd>`).join("\n")}
      </dl>
    </main>
  </body>
</html>
`;

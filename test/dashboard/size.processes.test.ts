import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { expect, test } from "vitest";
import { assertDashboardBuilt } from "../support/built.ts";

assertDashboardBuilt();

const BUILT = fileURLToPath(new URL("../../dist/dashboard/", import.meta.url));
const MOST_BYTES = 60_000;

const files = readdirSync(BUILT, { recursive: true, encoding: "utf8" }).filter((name) =>
  /\.(html|js|css)$/.test(name),
);

test("the operator's page is three files, below 60 KB as they travel", () => {
  const sizes = files.map((name) => gzipSync(readFileSync(join(BUILT, name)), { level: 9 }).length);
  expect(files.map((name) => name.replace(/^.*\./, "")).sort()).toEqual(["css", "html", "js"]);
  expect(sizes.reduce((sum, size) => sum + size, 0)).toBeLessThan(MOST_BYTES);
});

test("it names no other host, and carries the licences of what is in it", () => {
  const page = files.map((name) => readFileSync(join(BUILT, name), "utf8")).join("\n");
  const hosts = [...page.matchAll(/https?:\/\/([\w.-]+)/g)].map(([, host]) => host);
  // The namespaces of SVG and MathML are names, which nobody asks for.
  expect(hosts.filter((host) => host !== "www.w3.org")).toEqual([]);
  const licenses = readFileSync(join(BUILT, "licenses.md"), "utf8");
  for (const name of ["preact", "@preact/signals", "uplot"])
    expect(licenses).toContain(`## ${name} `);
});

import { execFile } from "node:child_process";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { assertBuilt } from "../support/built.ts";
import { useDataDirs } from "../support/data-dirs.ts";
import { describePostgres } from "../support/postgres.ts";
import { fencesOf, readDocument } from "./support/markdown.ts";
import { runExample } from "./support/run-example.ts";

const README = await readDocument("README.md");

assertBuilt();

const DEMO = fileURLToPath(new URL("../../examples/demo.js", import.meta.url));

const { newDataDir } = useDataDirs();

test("the demo prints what stands below it, but for times and rates", async () => {
  const shown = fencesOf(README).find(({ code }) => code.includes("Performance Report:"));
  // The demo keeps its data below the working directory.
  const cwd = dirname(await newDataDir());
  const { stdout } = await promisify(execFile)(process.execPath, [DEMO], { cwd });
  expect(comparable(stdout)).toBe(comparable(shown?.code ?? ""));
});

/**
 * From the first heading on, before which stands where the database is made, to the token, after
 * which stands whether the service goes on.
 */
function comparable(output: string): string {
  return output
    .slice(output.indexOf("1. "))
    .replaceAll(/in \d+ ms/g, "in … ms")
    .replace(/contactsPerSecond: \d+/, "contactsPerSecond: …")
    .replace(/127\.0\.0\.1:\d+/, "127.0.0.1:…")
    .replace(/her token [\s\S]*/, "her token …");
}

describePostgres("README.md", (server) => {
  test("the library in ten lines prints what stands below it", async () => {
    const fences = fencesOf(README);
    const place = fences.findIndex(({ language }) => language === "js");
    const [code, printed] = fences.slice(place, place + 2);
    const database = await server.createDatabase({ template: "supabase" });
    expect(await runExample(code?.code ?? "", database)).toBe(`${printed?.code}\n`);
  });
});

test("every file that the README links is there", async () => {
  const links = [...README.matchAll(/\]\((?!https?:|#)([^)#]+)/g)].map(
    ([, path]) => path as string,
  );
  expect(links.length).toBeGreaterThan(5);
  for (const path of links) {
    const files = path.endsWith("/") ? `${path}README.md` : path;
    await expect(readDocument(files), path).resolves.not.toBe("");
  }
});

import { execFile } from "node:child_process";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { describe, expect, test } from "vitest";
import { assertBuilt } from "../support/built.ts";
import { useDataDirs } from "../support/data-dirs.ts";
import { describePostgres } from "../support/postgres.ts";
import { fencesOf, readDocument } from "./support/markdown.ts";
import { runExample } from "./support/run-example.ts";

const README = await readDocument("README.md");

assertBuilt();

const DEMO = fileURLToPath(new URL("../../examples/demo.js", import.meta.url));

const { newDataDir } = useDataDirs();

describe("the demo", () => {
  test("prints what stands below it, run after run, and says what it is about meanwhile", async () => {
    const shown = fencesOf(README).find(({ code }) => code.includes("is here now"));
    // The demo keeps its data below the working directory.
    const cwd = dirname(await newDataDir());
    for (const run of ["the first", "the second"]) {
      const { stdout } = await promisify(execFile)(process.execPath, [DEMO], { cwd });
      expect(comparable(stdout), run).toBe(comparable(shown?.code ?? ""));
      const doing = stdout.split("\n").filter((line) => line.endsWith(" …"));
      expect(stdout.startsWith(`${doing[0]}\n`)).toBe(true);
      expect(doing.length).toBeGreaterThanOrEqual(7);
    }
  });

  test("fits a screen of 24 lines of 80 characters", () => {
    const shown = fencesOf(README).find(({ code }) => code.includes("is here now"));
    const lines = String(shown?.code).split("\n");
    expect(lines.length).toBeLessThanOrEqual(23);
    for (const line of lines) expect(line.length, line).toBeLessThanOrEqual(80);
  });
});

/** What stays on a screen, but for ports, the key, and how often people who are invented have synced. */
function comparable(output: string): string {
  return output
    .split("\n")
    .filter((line) => !/ …$|^ {2}still: |^Ctrl-C|^This is no terminal/.test(line))
    .join("\n")
    .trim()
    .replaceAll(/127\.0\.0\.1:\d+/g, "127.0.0.1:…")
    .replace(/#key=\S+/, "#key=…")
    .replace(/[\d,]+ times/, "… times");
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

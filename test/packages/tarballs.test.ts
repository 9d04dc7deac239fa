import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, test } from "vitest";

const ROOT = new URL("../../", import.meta.url);
const CLIENT = new URL("client/", ROOT);

/** The paths of what `npm pack` would put into a package's tarball. */
async function filesOf(folder: URL): Promise<string[]> {
  const command = ["pack", "--dry-run", "--json", "--ignore-scripts"];
  const { stdout } = await promisify(execFile)("npm", command, { cwd: fileURLToPath(folder) });
  const [{ files }] = JSON.parse(stdout) as [{ files: { path: string }[] }];
  return files.map(({ path }) => path);
}

const server = await filesOf(ROOT);
const client = await filesOf(CLIENT);

test("each tarball has the licence, the same one", async () => {
  expect(server).toContain("LICENSE");
  expect(client).toContain("LICENSE");
  expect(await readFile(new URL("LICENSE", CLIENT), "utf8")).toBe(
    await readFile(new URL("LICENSE", ROOT), "utf8"),
  );
});

test("the figures of the benchmarks stay in the repository, their page and chart do not", () => {
  const benchmarks = server.filter((path) => path.startsWith("docs/benchmarks"));
  expect(benchmarks.sort()).toEqual(["docs/benchmarks.md", "docs/benchmarks/sync.full.svg"]);
});

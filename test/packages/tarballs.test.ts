import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
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

test("the client's has the licences of the numbering plans", () => {
  expect(client).toContain("NOTICE");
  expect(client).toContain("LICENSE-APACHE");
});

test("each tarball has a README", () => {
  expect(server).toContain("README.md");
  expect(client).toContain("README.md");
});

test("nothing of an older build is in them: each built file has its source", () => {
  for (const [files, folder] of [
    [server, ROOT],
    [client, CLIENT],
  ] as const) {
    const built = files.filter((path) => /^dist\/(?!dashboard\/).*\.js$/.test(path));
    expect(built.length).toBeGreaterThan(10);
    for (const path of built) {
      const source = path.replace(/^dist\/(?:cjs\/)?/, "src/").replace(/js$/, "ts");
      expect(existsSync(new URL(source, folder)), path).toBe(true);
    }
  }
  // The operator's page is bundled: one program, so none is an older one.
  expect(server.filter((path) => /^dist\/dashboard\/.*\.js$/.test(path))).toHaveLength(1);
});

test("nothing that was installed for the examples is in them, or needs this repository", () => {
  expect(server.filter((path) => path.includes("node_modules/"))).toEqual([]);
  expect(server.filter((path) => /^examples\/(?:browser|expo)\//.test(path))).toEqual([]);
  expect(server).toContain("examples/sync.js");
});

test("both say what they are and need, for the registry's page and for npm", async () => {
  for (const folder of [ROOT, CLIENT]) {
    const manifest = JSON.parse(await readFile(new URL("package.json", folder), "utf8"));
    expect(manifest).toMatchObject({ license: "MIT", engines: { node: ">=20.19" } });
    expect(manifest.keywords.length).toBeGreaterThan(5);
    for (const [name, version] of Object.entries(manifest.dependencies ?? {})) {
      expect(version, name).toMatch(/^\d+\.\d+\.\d+$/);
    }
  }
});

test("the figures of attacks and benchmarks stay in the repository, pages and chart do not", () => {
  expect(server.filter((path) => path.startsWith("docs/attacks"))).toEqual([]);
  const benchmarks = server.filter((path) => path.startsWith("docs/benchmarks"));
  expect(benchmarks.sort()).toEqual(["docs/benchmarks.md", "docs/benchmarks/sync.full.svg"]);
});

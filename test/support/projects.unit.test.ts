import { execFile } from "node:child_process";
import { readdir } from "node:fs/promises";
import { dirname, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, test } from "vitest";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const VITEST = resolve(dirname(fileURLToPath(import.meta.resolve("vitest"))), "../vitest.mjs");

test("every test file is in one project: by its name, else by its folder", async () => {
  const { stdout } = await promisify(execFile)(
    process.execPath,
    [VITEST, "list", "--filesOnly", "--json"],
    { cwd: ROOT },
  );
  const listed = JSON.parse(stdout) as { file: string; projectName: string }[];
  const projects = listed.map(({ file, projectName }) => [relative(ROOT, file), projectName]);
  const expected = (await testFiles()).map((file) => [file, projectOf(file)]);
  expect(projects.sort()).toEqual(expected.sort());
});

// What test/support/projects.ts says, in other words.
function projectOf(file: string): string {
  const [, suffix] = /\.(unit|processes)\.test\.ts$/.exec(file) ?? [];
  if (suffix !== undefined) return suffix;
  if (/^(client\/test|test\/(bench|examples|readers))\//.test(file)) return "unit";
  if (/^test\/(embedded|large|packages|pgbouncer)\//.test(file)) return "processes";
  return "postgres";
}

async function testFiles(): Promise<string[]> {
  const folders = ["test", "client/test"].map(async (folder) => {
    const names = await readdir(resolve(ROOT, folder), { recursive: true });
    return names.map((name) => `${folder}/${name}`);
  });
  // Folders with a lock file of their own are installed by their tests, with packages' tests in them.
  return (await Promise.all(folders))
    .flat()
    .filter((file) => file.endsWith(".test.ts") && !/\/node_modules\//.test(file));
}

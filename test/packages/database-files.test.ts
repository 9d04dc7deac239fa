import { execFile } from "node:child_process";
import { readdir } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { DATABASE_FOLDER } from "../../src/database/migrations/migration-files.ts";

test("the package has all that it reads of database/ when it migrates", async () => {
  const { stdout } = await promisify(execFile)(
    "npm",
    ["pack", "--dry-run", "--json", "--ignore-scripts"],
    { cwd: fileURLToPath(new URL("../", DATABASE_FOLDER)) },
  );
  const [{ files }] = JSON.parse(stdout) as [{ files: { path: string }[] }];
  const packed = files.map(({ path }) => path);
  const there = await readdir(DATABASE_FOLDER, { recursive: true });
  const wanted = there
    .filter((file) => /\.(sql|json)$/.test(file))
    .map((file) => `database/${file}`);
  expect(wanted).toContain("database/releases.json");
  expect(packed).toEqual(expect.arrayContaining(wanted));
});

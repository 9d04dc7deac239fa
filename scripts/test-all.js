// Runs all tests, on every version of PostgreSQL and Node that is supported; CI runs this. What
// failed is told again at the end, and whatever fails, the others are run.
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("../", import.meta.url));
const VITEST = fileURLToPath(new URL("../node_modules/vitest/vitest.mjs", import.meta.url));
const REPORTERS = ["--reporter=default", "--reporter=./scripts/failures-reporter.js"];

/** Every SQL function, and what the guide and docs/sql.md call. */
const EVERY_FUNCTION = [
  "--project=postgres",
  "test/database/functions/",
  "test/database/migrations/definitions.test.ts",
  "test/acceptance/",
];

/** What asks a database, without what is the same on each: pages, images, packages, files. */
const ASKING = [
  "--project=postgres",
  "--project=processes",
  ...["bundles", "dashboard", "deployment", "examples", "packages", "readers"].map(
    (folder) => `--exclude=test/${folder}/**`,
  ),
];

/**
 * `node`: a version from npm instead of the one that runs this. `runs`: how many times as often as
 * in `npm test` the properties are tried.
 *
 * @type {{ what: string, args: string[], postgres?: string, runs?: number, node?: string }[]}
 */
const RUNS = [
  { what: "everything on PostgreSQL 18", args: [], postgres: "18", runs: 4 },
  { what: "what asks a database on PostgreSQL 15", args: ASKING, postgres: "15" },
  { what: "every function on PostgreSQL 16 and 17", args: EVERY_FUNCTION, postgres: "16,17" },
  ...["22.23.3", "24.21.0"].flatMap((node) => [
    { what: `what starts nothing on Node ${node}`, args: ["--project=unit"], node },
    { what: `every function on Node ${node}`, args: EVERY_FUNCTION, node },
  ]),
];

const folder = mkdtempSync(join(tmpdir(), "contact-sync-failures-"));
const results = RUNS.map(({ what, args, postgres, runs = 1, node }, position) => {
  console.log(`\n${what}\n`);
  const vitest = [VITEST, "run", ...REPORTERS, ...args];
  const file = join(folder, String(position));
  const [program, ...rest] =
    node === undefined
      ? [process.execPath, ...vitest]
      : ["npm", "exec", "--yes", `--package=node@${node}`, "--", "node", ...vitest];
  const startedAt = performance.now();
  const { status, signal } = spawnSync(program, rest, {
    cwd: ROOT,
    stdio: "inherit",
    env: {
      ...process.env,
      CONTACT_SYNC_TEST_FAILURES: file,
      CONTACT_SYNC_TEST_RUNS: String(runs),
      ...(postgres === undefined ? {} : { CONTACT_SYNC_TEST_POSTGRES: postgres }),
    },
  });
  const seconds = (performance.now() - startedAt) / 1000;
  const passed = status === 0;
  // A run that was ended from outside leaves no file.
  const failures = !passed && existsSync(file) ? JSON.parse(readFileSync(file, "utf8")) : [];
  if (!passed && failures.length === 0) {
    failures.push({ what: `no test failed: it ended with ${signal ?? status}`, told: [] });
  }
  return { what, passed, seconds, failures };
});
rmSync(folder, { recursive: true });

console.log("");
for (const { what, failures } of results) {
  if (failures.length === 0) continue;
  console.log(`${what}\n`);
  for (const failure of failures) console.log([failure.what, ...failure.told].join("\n  "));
  console.log("");
}
// Last what fits where only the end of a log is shown.
for (const { what, passed, seconds, failures } of results) {
  console.log(`${passed ? "passed" : "FAILED"}  ${seconds.toFixed(0).padStart(4)} s  ${what}`);
  for (const failure of failures) {
    console.log(`  ${[failure.what, ...failure.told.slice(0, 2)].join(" ")}`.slice(0, 300));
  }
}
process.exitCode = results.every(({ passed }) => passed) ? 0 : 1;

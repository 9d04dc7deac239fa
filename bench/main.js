// Measures contact-sync and prints what it found.
//
//   npm run bench                    all parts, for a quiet evening
//   npm run bench -- --quick         the same cases, fewer requests: about a minute
//   npm run bench -- http            one part
//   npm run bench -- --json FILE     where the figures go; default bench/results/PART.json
//
// It runs on an embedded PostgreSQL that it throws away, or on DATABASE_URL in a schema of its own,
// contact_sync_bench, which it creates and drops.
import { mkdir, writeFile } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { measureHttp } from "./http/measure-http.js";
import { withDatabase } from "./lib/database.js";
import { describeMachine } from "./lib/machine.js";

/** The parts, by the word that chooses one. */
const PARTS = { http: measureHttp };

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { quick: { type: "boolean", default: false }, json: { type: "string" } },
});
const chosen = positionals.length > 0 ? positionals : Object.keys(PARTS);
const unknown = chosen.filter((part) => !Object.hasOwn(PARTS, part));
if (unknown.length > 0 || (values.json !== undefined && chosen.length > 1)) {
  console.error(
    `The parts are: ${Object.keys(PARTS).join(", ")}. --json takes one part at a time.`,
  );
  process.exit(2);
}

// By way of "exit", where servers are stopped and folders removed.
process.once("SIGINT", () => process.exit(130));
process.once("SIGTERM", () => process.exit(143));

const size = values.quick ? "quick" : "full";
for (const part of chosen) {
  const { table, cases } = await withDatabase((database) =>
    PARTS[part]({ database, size, tell: (line) => process.stderr.write(`${line}\n`) }),
  );
  console.log(table);
  const file = resolve(
    values.json ?? fileURLToPath(new URL(`results/${part}.json`, import.meta.url)),
  );
  await mkdir(dirname(file), { recursive: true });
  const document = { part, size, machine: describeMachine(), cases };
  await writeFile(file, `${JSON.stringify(document, null, 2)}\n`);
  console.log(`\nThe figures are in ${file}.`);
}

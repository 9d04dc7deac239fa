// Imports an NDJSON file for an owner as the command line does, and prints what that took; run by
// import.test.ts. It uses the build, because a compiler in the process would be measured too.
import { createReadStream, readFileSync } from "node:fs";
import { createContactSync } from "../../dist/index.js";
import { readAddressBook } from "../../dist/readers/detect.js";

const [database = "", key = "", owner = "", file = ""] = process.argv.slice(2);

async function* phoneNumbers() {
  for await (const { phone } of readAddressBook(createReadStream(file))) yield phone;
}

/**
 * In MB. Not resourceUsage().maxRSS where there is another way: Linux lets a process inherit that
 * from the one that started it, and a test runner is large.
 */
function peakMemory() {
  try {
    const [, kilobytes] =
      /^VmHWM:\s+(\d+) kB/m.exec(readFileSync("/proc/self/status", "utf8")) ?? [];
    if (kilobytes !== undefined) return Number(kilobytes) / 1024;
  } catch {
    // A system without it.
  }
  return process.resourceUsage().maxRSS / 1024;
}

const startedAt = performance.now();
const engine = await createContactSync({ database, key });
const { matches, rejected, ...counts } = await engine.syncContacts(
  owner,
  phoneNumbers(),
  1_000_000,
  { budget: false },
);
await engine.close();
console.log(
  JSON.stringify({
    ...counts,
    matches: matches.length,
    rejected: rejected.length,
    peakMb: Math.round(peakMemory()),
    seconds: (performance.now() - startedAt) / 1000,
  }),
);

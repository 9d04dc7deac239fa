// Imports a file through the library, in a process that does nothing else, so that what it needs is
// the import's. Told what to do by its parent, whom it tells what it took.
/**
 * @import { Database } from "../lib/database.js"
 * @import { Counted } from "../lib/counters.js"
 * @import { Form } from "./cases.js"
 */
import { readFileSync } from "node:fs";
import { withConnection } from "../lib/connection.js";
import { withCounters } from "../lib/counters.js";
import { required } from "../lib/required.js";
import { linesOf } from "./address-book.js";

/**
 * @typedef {{ database: Database, ownerId: string, form: Form, file: string }} Task
 *
 * @typedef {Record<"total_processed" | "contacts_inserted" | "rejected" | "matches", number>} Counts
 *
 * @typedef {Counted<Counts> & { firstProgressMs: number, peakMemoryMb: number }} Imported
 */

process.once("message", async (/** @type {Task} */ { database, ownerId, form, file }) => {
  /** @type {Imported} */
  const measured = await withConnection(database, async ({ pool, contactSync }) => {
    const sync = form === "hashes" ? contactSync.syncPhoneHashes : contactSync.syncContacts;
    let startedAt = Number.NaN;
    /** @type {number | undefined} */
    let firstProgressMs;
    const onProgress = () => {
      firstProgressMs ??= performance.now() - startedAt;
    };
    const counted = await withCounters(pool, () => {
      startedAt = performance.now();
      return sync(ownerId, linesOf(file), null, { onProgress, budget: false });
    });
    const { total_processed, contacts_inserted, rejected, matches } = counted.result;
    return {
      ...counted,
      result: {
        total_processed,
        contacts_inserted,
        rejected: rejected.length,
        matches: matches.length,
      },
      firstProgressMs: required(firstProgressMs, "progress of the import"),
      peakMemoryMb: peakMemoryMb(),
    };
  });
  process.send?.(measured, () => process.disconnect());
});

/**
 * The most memory that this process ever had. Linux's own figure of it where there is one: what
 * Node says counts from before this program was loaded, when it was a copy of its parent.
 */
function peakMemoryMb() {
  try {
    const status = readFileSync("/proc/self/status", "utf8");
    return Number(required(/^VmHWM:\s+(\d+) kB/m.exec(status), "VmHWM")[1]) / 1024;
  } catch {
    return process.resourceUsage().maxRSS / 1024;
  }
}

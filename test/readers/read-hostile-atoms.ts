// Reads files of one thing repeated and prints what was in memory just before their ends; run by
// hostile-repetition.processes.test.ts.
import { isContactSyncError } from "@contact-sync/client";
import { fileOf, type HostileFormat, MEASURED_FORMATS, times } from "./hostile-atoms.ts";

const PIECE = 16 * 1024;
const MEGABYTE = 1024 * 1024;
const ATTEMPTS = 3;

/** In MB: what is not worth measuring again. */
const NOTHING = 2;

/** Reads it to its end, or to where it is refused. */
export async function readToItsEnd(
  { read }: HostileFormat,
  bytes: Buffer,
  beforeEnd: () => void = () => {},
): Promise<void> {
  async function* source() {
    for (let at = 0; at < bytes.length; at += PIECE) {
      if (at + PIECE >= bytes.length) beforeEnd();
      yield bytes.subarray(at, at + PIECE);
    }
  }
  try {
    for await (const _ of read(source()));
  } catch (error) {
    if (!isContactSyncError(error) || error.code !== "UNREADABLE_FILE") throw error;
  }
}

function inUse(type: "minor" | "major"): number {
  globalThis.gc?.({ execution: "sync", type });
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

/** In MB, the lowest of several attempts: whatever disturbs a measurement adds to it. */
async function grownBy(format: HostileFormat, bytes: Buffer): Promise<number> {
  let lowest = Number.POSITIVE_INFINITY;
  for (let attempt = 0; attempt < ATTEMPTS && lowest > NOTHING; attempt += 1) {
    const start = inUse(attempt === 0 ? "minor" : "major");
    let end = start;
    await readToItsEnd(format, bytes, () => {
      end = inUse("minor");
      // What is old already goes only by a collection that takes ten times as long.
      if (end - start > NOTHING * MEGABYTE) end = inUse("major");
    });
    lowest = Math.min(lowest, (end - start) / MEGABYTE);
  }
  return lowest;
}

const megabytes = Number(process.argv[2]);
if (megabytes > 0) {
  for (const format of MEASURED_FORMATS) {
    const grown: [string, number][] = [];
    for (const atom of format.atoms) {
      const bytes = fileOf(format, (size) => times(atom, size), megabytes * MEGABYTE);
      grown.push([atom, await grownBy(format, bytes)]);
    }
    console.log(JSON.stringify({ format: format.name, grown }));
  }
}

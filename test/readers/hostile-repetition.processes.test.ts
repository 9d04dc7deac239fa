import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { runs } from "../../client/test/support/runs.ts";
import { MEASURED_FORMATS } from "./hostile-atoms.ts";

const RUNNER = fileURLToPath(new URL("read-hostile-atoms.ts", import.meta.url));
const TYPESCRIPT = new URL("../support/typescript.js", import.meta.url).href;

/**
 * Of each file: more than the cells of a row may take, so that rows are refused that do not end. A
 * reader that remembers lines or entries takes many times as much.
 */
const MEGABYTES = Math.min(4, runs(1));

/** What a row may take that has not ended, and the garbage of compiling. */
const MOST_MEGABYTES = 8;

test("whatever is repeated, it is not kept", async () => {
  const { stdout } = await promisify(execFile)(process.execPath, [
    "--expose-gc",
    "--max-old-space-size=60",
    "--import",
    TYPESCRIPT,
    RUNNER,
    String(MEGABYTES),
  ]);
  const measured: { format: string; grown: [string, number][] }[] = stdout
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line));
  expect(measured).toHaveLength(MEASURED_FORMATS.length);
  for (const { format, grown } of measured) {
    const kept = grown.filter(([, size]) => size > MOST_MEGABYTES);
    expect(kept, format).toEqual([]);
  }
});

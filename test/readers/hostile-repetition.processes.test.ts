import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { runs } from "../../client/test/support/runs.ts";
import { HOSTILE_FORMATS } from "./hostile-atoms.ts";

const RUNNER = fileURLToPath(new URL("read-hostile-atoms.ts", import.meta.url));
const TYPESCRIPT = new URL("../support/typescript.js", import.meta.url).href;

/** Of a file's size; a reader that remembers each line or cell takes many times its bytes. */
const MEGABYTES = Math.min(10, runs(1));

/** Of a row that has not ended, and of what is counted, not kept: line numbers of what is told. */
const MOST_MEGABYTES = 4;

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
  expect(measured).toHaveLength(
    HOSTILE_FORMATS.filter(({ encoding }) => encoding === "utf8").length,
  );
  for (const { format, grown } of measured) {
    const kept = grown.filter(([, size]) => size > MOST_MEGABYTES);
    expect(kept, format).toEqual([]);
  }
});

import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, test } from "vitest";

const RUNNER = fileURLToPath(new URL("read-big-book.ts", import.meta.url));
const TYPESCRIPT = new URL("../support/typescript.js", import.meta.url).href;

interface Measurement {
  readonly entries: number;
  readonly megabytesRead: number;
  /** The greatest heap and buffers in use after a collection, in MB above those at the start. */
  readonly growthMb: number;
}

/** In a process of its own: the memory of the test runner says nothing about a reader. */
async function measure(format: string): Promise<Measurement> {
  const { stdout } = await promisify(execFile)(process.execPath, [
    "--expose-gc",
    "--import",
    TYPESCRIPT,
    RUNNER,
    format,
  ]);
  return JSON.parse(stdout) as Measurement;
}

test("200,000 cards, some with photos of 200 KB, are read in constant memory", async () => {
  const { entries, megabytesRead, growthMb } = await measure("vcard");
  expect(entries).toBe(300_000);
  expect(megabytesRead).toBeGreaterThan(200);
  expect(growthMb).toBeLessThan(8);
});

test("a CSV file of 200,000 rows, given as one piece, is read in constant memory", async () => {
  const { entries, growthMb } = await measure("csv");
  expect(entries).toBe(200_000);
  expect(growthMb).toBeLessThan(8);
});

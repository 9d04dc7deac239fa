import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { describe, expect, test } from "vitest";
import { assertBuilt } from "../support/built.ts";

// What the client adds to an app, and that it does there what it does here. Metro, a Hermes VM and what
// drives Chromium are no dependencies of ours: they have a lock file of their own, and are installed
// when these tests first run.

const HERE = fileURLToPath(new URL(".", import.meta.url));
const CHROMIUM = process.env["CHROMIUM"] ?? "/usr/bin/chromium";
const run = promisify(execFile);

/** Where there is no registry, tests are skipped by name; not in CI. */
async function isInstalled(): Promise<boolean> {
  const isThere = () =>
    run("npm", ["ls", "--prefix", HERE], { cwd: HERE }).then(
      () => true,
      () => false,
    );
  if (await isThere()) return true;
  try {
    await run("npm", ["ci", "--no-audit", "--no-fund"], { cwd: HERE });
    return true;
  } catch (error) {
    if (process.env["CI"] === "true") throw error;
    return false;
  }
}

assertBuilt();
const installed = await isInstalled();

async function print<Answer>(script: string, ...args: string[]): Promise<Answer> {
  const { stdout } = await run(process.execPath, [`${HERE}${script}`, "--print", ...args], {
    maxBuffer: 2 ** 24,
  });
  return JSON.parse(stdout);
}

interface Size {
  readonly bytes: number;
  readonly gzipped: number;
}

/**
 * Bytes, with what a bundle of nothing has. Metro takes nothing out, and rewrites classes and async
 * functions for old engines; so of the friend finder it has more.
 */
const LIMITS: Readonly<Record<string, Readonly<Record<string, number>>>> = {
  metro: { whole: 59_000, "numbers-and-hash": 45_000, "protocol-and-hash": 8_000 },
  metroBeforeExports: { whole: 59_000, "numbers-and-hash": 45_000, "protocol-and-hash": 8_000 },
  esbuild: { whole: 45 * 1024, "numbers-and-hash": 45_000, "protocol-and-hash": 8_000 },
};

describe.skipIf(!installed)("the size of a bundle", () => {
  test("is within its limits, by each bundler", async () => {
    const sizes = await print<Record<string, Record<string, Size>>>("sizes.js");
    expect(Object.keys(sizes)).toEqual(Object.keys(LIMITS));
    for (const [bundler, ofEntries] of Object.entries(sizes)) {
      for (const [entry, limit] of Object.entries(LIMITS[bundler] ?? {})) {
        const { gzipped } = ofEntries[entry] as Size;
        expect(gzipped, `${entry}, gzipped, by ${bundler}`).toBeLessThanOrEqual(limit);
        expect(gzipped).toBeGreaterThan((ofEntries["empty"] as Size).gzipped + 1_000);
      }
    }
  });
});

interface Held {
  readonly longestStep: number;
  readonly slices: number;
}

interface Answer {
  readonly vectors: number;
  readonly wrong: string[];
  readonly finder: unknown;
  readonly book: {
    readonly cards: number;
    readonly hashes: number;
    readonly normalizedAgain: number;
    readonly first: Held;
    readonly unchanged: Held;
    readonly digest: Held;
  };
}

const hasHermes = installed && process.platform === "linux" && process.arch === "x64";

describe.each([
  ["hermes", hasHermes],
  ["chromium", installed && existsSync(CHROMIUM)],
  ["node", installed],
] as const)("in %s", (engine, isThere) => {
  test.skipIf(!isThere)(
    "the client reads, hashes and finds friends as here, in slices",
    async () => {
      const { [engine]: answer } = await print<Record<string, Answer>>("engines.js", engine);
      const { vectors, wrong, finder, book } = answer as Answer;
      expect(wrong).toEqual([]);
      expect(vectors).toBeGreaterThanOrEqual(150);
      expect(finder).toEqual({
        plans: ["full", "nothing", "delta"],
        friends: [
          {
            userId: expect.any(String),
            contacts: [{ id: "0", name: "card 0", number: "0100 123 4567" }],
          },
        ],
        rejected: [{ id: "2", name: "card 2", number: "no number", reason: "NOT_A_NUMBER" }],
        asked: ["/sync", "/sync/delta", "/sync/delta"],
      });
      expect(book).toMatchObject({ cards: 10_000, hashes: 10_163, normalizedAgain: 0 });
      // How long a slice is depends on the machine; that the work is cut, and what of it is done again, not.
      expect(book.first.slices).toBeGreaterThan(5);
      expect(book.unchanged.slices).toBeLessThan(book.first.slices);
    },
  );
});

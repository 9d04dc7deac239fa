import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { fastest } from "../../client/test/support/growth.ts";
import { runs } from "../../client/test/support/runs.ts";
import { fileOf, HOSTILE_FORMATS, type HostileFormat, times } from "./hostile-atoms.ts";
import { readToItsEnd } from "./read-hostile-atoms.ts";

/** Shorter than what a line may have, so that what is slow within a line is not left out with it. */
const LARGE = 60 * 1024;
const PARTS = 32;
const ATTEMPTS = 4;
const ROUNDS = 1;

/**
 * How many times as long one file takes as files of a part of its size, as many as are as long. It
 * is about 1 where reading is linear, up to ten where only the whole is long enough to get to what
 * takes time, and 32 where it is quadratic.
 */
const MOST = 16;

/** Milliseconds; below, there is nothing but the clock's noise. */
const SHORTEST = 1;

async function slowdown(format: HostileFormat, repeat: (bytes: number) => string) {
  const large = fileOf(format, repeat, LARGE);
  const small = fileOf(format, repeat, LARGE / PARTS);
  let lowest = Number.POSITIVE_INFINITY;
  for (let attempt = 0; attempt < ATTEMPTS && lowest > MOST; attempt += 1) {
    const parts = await fastest(async () => {
      for (let part = 0; part < PARTS; part += 1) await readToItsEnd(format, small);
    }, ROUNDS);
    const whole = await fastest(() => readToItsEnd(format, large), ROUNDS);
    lowest = Math.min(lowest, whole < SHORTEST ? 0 : whole / parts);
  }
  return lowest;
}

describe.each(
  HOSTILE_FORMATS.map((format) => [format.name, format] as const),
)("%s: a file takes no longer than its parts", (_, format) => {
  test("of one thing repeated", async () => {
    for (const atom of format.atoms) {
      const ratio = await slowdown(format, (bytes) => times(atom, bytes));
      expect(ratio, JSON.stringify(atom)).toBeLessThan(MOST);
    }
  });

  const atom = fc.constantFrom(...format.atoms);
  test("of two things, by turns or one after the other", async () => {
    await fc.assert(
      fc.asyncProperty(atom, atom, fc.boolean(), async (one, other, isByTurns) => {
        const repeat = isByTurns
          ? (bytes: number) => times(one + other, bytes)
          : (bytes: number) => times(one, bytes / 2) + times(other, bytes / 2);
        expect(await slowdown(format, repeat)).toBeLessThan(MOST);
      }),
      { numRuns: runs(20), endOnFailure: true },
    );
  });
});

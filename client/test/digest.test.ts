import { createHash } from "node:crypto";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { applyToDigest, digestOf, EMPTY_DIGEST, isDigest } from "../src/hashing/digest.ts";
import { phoneHash } from "../src/hashing/phone-hash.ts";
import vectors from "../vectors/digests.json" with { type: "json" };
import { runs } from "./support/runs.ts";

const hashes = fc.uint8Array({ minLength: 16, maxLength: 16 }).map((bytes) => hex(bytes));
const sets = fc.uniqueArray(hashes, { maxLength: 40 });

describe("golden vectors", () => {
  test.each(vectors.digests)("$about", ({ digest, added, removed, result }) => {
    expect(applyToDigest(digest, { added, removed })).toBe(result);
    if (digest === EMPTY_DIGEST) expect(digestOf(added)).toBe(result);
    expect(isDigest(result)).toBe(true);
  });

  test.each(vectors.refused)("no digest: $about", ({ digest }) => {
    expect(isDigest(digest)).toBe(false);
    const apply = () => applyToDigest(digest as string, {});
    expect(apply).toThrow(expect.objectContaining({ code: "INVALID_ARGUMENT" }));
    // It may be somebody's phone hash.
    expect(apply).toThrow(/^(?!.*9476e5)/i);
  });

  test("the digest of one number is its phone hash", () => {
    expect(digestOf([phoneHash("+201001234567")])).toBe("1-9476e557c9e413deae474978709659f5");
  });
});

describe("the digest of a set", () => {
  test("is the XOR of its hashes, in whatever order and form they come", () => {
    fc.assert(
      fc.property(sets, fc.infiniteStream(fc.nat(3)), (set, forms) => {
        const xor = set.reduce((sum, hash) => sum ^ BigInt(`0x${hash}`), 0n);
        const expected = `${set.length}-${xor.toString(16).padStart(32, "0")}`;
        expect(digestOf(set)).toBe(expected);
        expect(digestOf([...set].reverse())).toBe(expected);
        const written = set.map((hash) => inForm(hash, forms.next().value as number));
        expect(digestOf(new Set([...written, ...set]))).toBe(expected);
      }),
      { numRuns: runs(400) },
    );
  });

  test("is the same step by step as all at once", () => {
    fc.assert(
      fc.property(sets, sets, fc.nat(), (before, coming, cut) => {
        const added = coming.filter((hash) => !before.includes(hash));
        const removed = before.slice(0, before.length === 0 ? 0 : cut % (before.length + 1));
        const after = [...before.filter((hash) => !removed.includes(hash)), ...added];
        expect(applyToDigest(digestOf(before), { added, removed })).toBe(digestOf(after));
        const oneByOne = [
          ...added.map((hash) => ({ added: [hash] })),
          ...removed.map((hash) => ({ removed: [hash] })),
        ].reduce(applyToDigest, digestOf(before));
        expect(oneByOne).toBe(digestOf(after));
      }),
      { numRuns: runs(400) },
    );
  });

  test("tells sets apart that differ in one hash, in one bit", () => {
    fc.assert(
      fc.property(sets, hashes, fc.nat(127), (set, hash, bit) => {
        const bytes = Buffer.from(hash, "hex");
        bytes[bit >> 3] = (bytes[bit >> 3] as number) ^ (1 << (bit & 7));
        const others = set.filter((one) => one !== hash && one !== hex(bytes));
        expect(digestOf([...others, hash])).not.toBe(digestOf([...others, hex(bytes)]));
        expect(digestOf([...others, hash])).not.toBe(digestOf(others));
      }),
      { numRuns: runs(400) },
    );
  });
});

describe("what is refused", () => {
  test.each([
    "",
    "x",
    "9476e557",
    `${"0".repeat(32)}x`,
    7,
    null,
    undefined,
  ])("no hash: %s", (no) => {
    const hash = phoneHash("+201001234567");
    for (const change of [{ added: [hash, no] }, { removed: [hash, no] }]) {
      expect(() => applyToDigest(EMPTY_DIGEST, change as { added: string[] })).toThrow(
        expect.objectContaining({ code: "INVALID_PHONE_HASH", index: 1 }),
      );
    }
    expect(() => digestOf([no] as string[])).toThrow(/position 0 of those added/);
  });

  test("removing more than there is", () => {
    const one = digestOf([phoneHash("+201001234567")]);
    const removed = ["+14155550100", "+442079460958"].map(phoneHash);
    for (const gone of [removed, removed.slice(0, 1)]) {
      expect(() => applyToDigest(one, { removed: gone })).toThrow(
        expect.objectContaining({ code: "INVALID_ARGUMENT" }),
      );
    }
  });
});

test("a digest takes time in proportion to what changed, not to the set", () => {
  const many = Array.from({ length: 100_000 }, (_, n) =>
    createHash("sha256").update(String(n)).digest("hex").slice(0, 32),
  );
  const whole = digestOf(many);
  const few = { added: many.slice(0, 2), removed: many.slice(2, 4) };
  const perChange = time(() => applyToDigest(whole, few), 2_000);
  expect(perChange * 100).toBeLessThan(time(() => digestOf(many), 1));
});

/** The shortest of some rounds, in milliseconds a call. */
function time(work: () => unknown, calls: number): number {
  const rounds = Array.from({ length: 5 }, () => {
    const startedAt = performance.now();
    for (let call = 0; call < calls; call += 1) work();
    return (performance.now() - startedAt) / calls;
  });
  return Math.min(...rounds);
}

function inForm(hash: string, form: number): string {
  const whole = hash.padEnd(64, "5a");
  return [hash, hash.toUpperCase(), whole, whole.toUpperCase()][form] as string;
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("hex");
}

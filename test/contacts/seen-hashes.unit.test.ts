import fc from "fast-check";
import { expect, test } from "vitest";
import { SeenHashes } from "../../src/contacts/streams/seen-hashes.ts";

const word = fc
  .integer({ min: 0, max: 0xffff_ffff })
  .map((value) => value.toString(16).padStart(8, "0"));

// Few first words, so that many begin their search at the same place, all ones and zeros included.
const crowdedHash = fc
  .tuple(
    fc.constantFrom("00000000", "00000001", "ffffffff", "00003fff"),
    fc.constantFrom("00000000", "ffffffff"),
    word,
    fc.constantFrom("00000000", "00000001"),
  )
  .map((words) => words.join(""));
const evenHash = fc.tuple(word, word, word, word).map((words) => words.join(""));

test("SeenHashes answers as a Set does", () => {
  fc.assert(
    fc.property(fc.array(fc.oneof(crowdedHash, evenHash), { maxLength: 300 }), (hashes) => {
      const seen = new SeenHashes();
      const set = new Set<string>();
      for (const hash of [...hashes, ...hashes]) {
        expect(seen.add(hash)).toBe(!set.has(hash));
        set.add(hash);
      }
    }),
  );
});

test("and through several times of growing", () => {
  const seen = new SeenHashes();
  const hashes = Array.from({ length: 100_000 }, (_, n) => {
    // Spread by a constant of Knuth's; the low bits still collide.
    const first = Math.imul(n, 0x9e37_79b1) >>> 0;
    return `${first.toString(16).padStart(8, "0")}${"0".repeat(16)}${(n % 7).toString(16).padStart(8, "0")}`;
  });
  const set = new Set(hashes);
  expect(hashes.filter((hash) => seen.add(hash))).toHaveLength(set.size);
  expect(hashes.some((hash) => seen.add(hash))).toBe(false);
});

// Probing past all that came before would take ten billion steps, and the test would not end.
test("is not slowed down by hashes that somebody chose to belong together", () => {
  const seen = new SeenHashes();
  const crafted = (n: number) => `${"0".repeat(24)}${n.toString(16).padStart(8, "0")}`;
  const added = Array.from({ length: 150_000 }, (_, n) => seen.add(crafted(n)));
  expect(added.every(Boolean)).toBe(true);
});

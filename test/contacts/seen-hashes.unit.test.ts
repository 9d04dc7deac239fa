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

test("SeenHashes answers as a Map does", () => {
  fc.assert(
    fc.property(fc.array(fc.oneof(crowdedHash, evenHash), { maxLength: 300 }), (hashes) => {
      const seen = new SeenHashes();
      const map = new Map<string, { index: number; position: number }>();
      [...hashes, ...hashes].forEach((hash, position) => {
        const known = map.get(hash) ?? { index: map.size, position };
        map.set(hash, known);
        expect(seen.add(hash, position)).toBe(known.index);
        expect(seen.positionOf(known.index)).toBe(known.position);
        expect(seen.size).toBe(map.size);
      });
    }),
  );
});

test("and through several times of growing", () => {
  const seen = new SeenHashes();
  const hashes = Array.from({ length: 200_000 }, (_, n) => {
    // Spread by a constant of Knuth's; the low bits still collide.
    const first = Math.imul(n, 0x9e37_79b1) >>> 0;
    return `${first.toString(16).padStart(8, "0")}${"0".repeat(16)}${(n % 7).toString(16).padStart(8, "0")}`;
  });
  const wrong = (from: number) =>
    hashes.filter((hash, n) => seen.add(hash, from + n) !== n || seen.positionOf(n) !== 2 * n);
  expect(hashes.filter((hash, n) => seen.add(hash, 2 * n) !== n)).toEqual([]);
  expect(wrong(1_000_000)).toEqual([]);
  expect(seen.size).toBe(200_000);
});

// Probing past all that came before would take ten billion steps, and the test would not end.
test("is not slowed down by hashes that somebody chose to belong together", () => {
  const seen = new SeenHashes();
  const crafted = (n: number) => `${"0".repeat(24)}${n.toString(16).padStart(8, "0")}`;
  for (let n = 0; n < 150_000; n += 1) seen.add(crafted(n), n);
  expect(seen.size).toBe(150_000);
});

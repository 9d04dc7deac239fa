import { hash } from "node:crypto";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { hashPhoneNumbers } from "../src/hashing/hash-phone-numbers.ts";
import { phoneHash } from "../src/hashing/phone-hash.ts";
import { internationalNumbers, nationalNumbers, REGIONS } from "./support/numbers.ts";
import { runs } from "./support/runs.ts";

describe("hashing an address book", () => {
  test("gives each number once, where it first stood, and says what was refused", () => {
    const numbers = [
      "+201001234567",
      "0100 123 4567",
      "call me",
      "+14155552671",
      null,
      "00201001234567",
    ];
    expect(hashPhoneNumbers(numbers, { defaultRegion: "EG" })).toEqual({
      hashes: [phoneHash("+201001234567"), phoneHash("+14155552671")],
      indexes: [0, 3],
      duplicates: 2,
      repeated: [
        { index: 1, repeats: 0, hashIndex: 0 },
        { index: 5, repeats: 0, hashIndex: 0 },
      ],
      rejected: [
        { index: 2, reason: "NOT_A_NUMBER" },
        { index: 4, reason: "NOT_A_STRING" },
      ],
    });
  });

  test("accounts for every entry", () => {
    const entry = fc.oneof(
      internationalNumbers,
      nationalNumbers.map(({ digits }) => digits),
      fc.constantFrom("+201001234567", "00201001234567", "112", "", "x"),
      fc.anything(),
    );
    fc.assert(
      fc.property(
        fc.array(entry, { maxLength: 60 }),
        fc.option(fc.constantFrom(...REGIONS), { nil: undefined }),
        (numbers, defaultRegion) => {
          const { hashes, indexes, duplicates, repeated, rejected } = hashPhoneNumbers(numbers, {
            defaultRegion,
          });
          expect(hashes.length + duplicates + rejected.length).toBe(numbers.length);
          expect(indexes.length).toBe(hashes.length);
          expect(new Set(hashes).size).toBe(hashes.length);
          expect(indexes).toEqual([...indexes].sort((one, other) => one - other));
          const positions = new Set([...indexes, ...rejected.map(({ index }) => index)]);
          expect(positions.size).toBe(numbers.length - duplicates);
          expect(repeated.length).toBe(duplicates);
          for (const { index, repeats, hashIndex } of repeated) {
            expect(positions).not.toContain(index);
            positions.add(index);
            expect(repeats).toBe(indexes[hashIndex]);
            expect(repeats).toBeLessThan(index);
            const alone = hashPhoneNumbers([numbers[index]], { defaultRegion });
            expect(alone.hashes).toEqual([hashes[hashIndex]]);
          }
        },
      ),
      { numRuns: runs(200) },
    );
  });

  test("counts the holes of a sparse array as entries", () => {
    const sparse = new Array(3);
    sparse[1] = "+201001234567";
    expect(hashPhoneNumbers(sparse).rejected).toEqual([
      { index: 0, reason: "NOT_A_STRING" },
      { index: 2, reason: "NOT_A_STRING" },
    ]);
  });

  test("uses the given SHA-256", () => {
    let calls = 0;
    const sha256 = (text: string) => {
      calls += 1;
      return hash("sha256", text);
    };
    const numbers = ["+201001234567", "+201001234567", "nobody"];
    expect(hashPhoneNumbers(numbers, { sha256 }).hashes).toEqual([phoneHash("+201001234567")]);
    expect(calls).toBe(1);
  });

  test("refuses a wrong region or list as a whole", () => {
    expect(() => hashPhoneNumbers([], { defaultRegion: "ZZ" })).toThrow(/^INVALID_REGION: /);
    for (const list of [
      undefined,
      null,
      "+201001234567",
      { length: 1 },
      new Set(["+201001234567"]),
    ]) {
      expect(() => hashPhoneNumbers(list as never)).toThrow(/^INVALID_ARGUMENT: /);
    }
  });

  test("takes a million copies of one number in its stride", () => {
    const numbers = new Array(1_000_000).fill("+201001234567");
    const { hashes, duplicates, repeated } = hashPhoneNumbers(numbers);
    expect([hashes.length, duplicates]).toEqual([1, 999_999]);
    expect(repeated.at(-1)).toEqual({ index: 999_999, repeats: 0, hashIndex: 0 });
  });
});

import { expect, test } from "vitest";
import { countNeighbours } from "../../src/contacts/sync/neighbours.ts";

/** A generator of its own, so that a book is the same in each run. */
function random(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

const distinct = (count: number, make: () => string): string[] => {
  const numbers = new Set<string>();
  while (numbers.size < count) numbers.add(make());
  return [...numbers];
};
const digits = (value: number, length: number) => String(value).padStart(length, "0");
const percent = (numbers: readonly string[]) => {
  const { numbers: all, neighbours } = countNeighbours(numbers);
  return (100 * neighbours) / all;
};

/** Mobile numbers of a country: some prefixes, and whatever follows. */
const mobiles = (count: number, seed: number) => {
  const next = random(seed);
  const prefixes = ["+49151", "+49160", "+49170", "+49175", "+49176", "+49179"];
  return distinct(count, () => `${prefixes[next(prefixes.length)]}${digits(next(1e7), 8)}`);
};
/** Landlines of a town with so many. */
const town = (count: number, size: number, seed: number) => {
  const next = random(seed);
  return distinct(count, () => `+492571${digits(next(size), 5)}`);
};
const range = (first: number, count: number, step = 1) =>
  Array.from({ length: count }, (_, index) => `+${first + index * step}`);

test.each([
  ["300 mobile numbers", mobiles(300, 1), 0.5],
  ["10,000 mobile numbers", mobiles(10_000, 2), 1],
  ["1,000 landlines of a town with 100,000", town(1_000, 100_000, 3), 12],
  [
    "a life in a small town: 200 of 20,000 landlines, 300 mobiles",
    [...town(200, 20_000, 4), ...mobiles(300, 5)],
    6,
  ],
  [
    "a family whose numbers were bought together",
    [...mobiles(290, 6), ...range(491_751_234_500, 6)],
    3,
  ],
  [
    "50 extensions of a switchboard in a book of 500",
    [...mobiles(450, 7), ...range(493_012_345_600, 50)],
    11,
  ],
] as const)("in %s hardly any has a near neighbour", (_, numbers, atMost) => {
  expect(percent(numbers)).toBeLessThanOrEqual(atMost);
});

test.each([
  ["a range, one number after the other", range(4_917_500_000_000, 10_000), 100],
  ["every second, as where a plan leaves numbers out", range(4_917_500_000_000, 10_000, 2), 100],
  [
    "ranges of 1,000 in ten countries",
    [33, 34, 39, 43, 44, 45, 46, 47, 48, 49].flatMap((code) =>
      range(code * 1e9 + 700_000_000, 1_000),
    ),
    100,
  ],
  [
    "a range hidden among as many real contacts",
    [...range(4_917_500_000_000, 5_000), ...mobiles(5_000, 8)],
    50,
  ],
] as const)("in %s most have", (_, numbers, atLeast) => {
  const next = random(9);
  const shuffled = [...numbers].sort(() => next(3) - 1);
  expect(percent(shuffled)).toBeGreaterThanOrEqual(atLeast);
});

test("random numbers of a plan have none, and neither have steps that are too large: other signs tell them", () => {
  const next = random(10);
  expect(percent(distinct(10_000, () => `+20101${digits(next(1e7), 7)}`))).toBeLessThan(1.5);
  expect(percent(range(4_917_500_000_000, 10_000, 6))).toBe(0);
});

test("counts both of two neighbours, and each number of a run once", () => {
  expect(countNeighbours([])).toEqual({ numbers: 0, neighbours: 0 });
  expect(countNeighbours(["+201001234567"])).toEqual({ numbers: 1, neighbours: 0 });
  expect(countNeighbours(["+15", "+10", "+100", "+21", "+106"])).toEqual({
    numbers: 5,
    neighbours: 2,
  });
  expect(countNeighbours(range(1000, 7))).toEqual({ numbers: 7, neighbours: 7 });
});

test("looks at no text that is too long for a number, and loses no digit of the longest", () => {
  expect(countNeighbours(["+123456789012345", "+123456789012346", "+1234567890123456"])).toEqual({
    numbers: 2,
    neighbours: 2,
  });
  expect(countNeighbours(["+999999999999990", "+999999999999996"]).neighbours).toBe(0);
});

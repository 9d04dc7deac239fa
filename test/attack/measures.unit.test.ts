import { describe, expect, test } from "vitest";
import { Meter } from "../../attack/lib/allowance.js";
import type { Answer } from "../../attack/lib/api.js";
import { compareByRank, twoSided } from "../../attack/lib/rank-test.js";
import { bears, indexOf, largestDictionary, marksFor } from "../../attack/lib/spelling.js";

describe("times of two kinds", () => {
  const range = (count: number, of: (index: number) => number) =>
    Array.from({ length: count }, (_, index) => of(index));

  test("the chance of a normal value, as tables have it", () => {
    expect(twoSided(0)).toBeCloseTo(1, 6);
    expect(twoSided(1.959964)).toBeCloseTo(0.05, 6);
    expect(twoSided(-2.575829)).toBeCloseTo(0.01, 6);
    expect(twoSided(3.290527)).toBeCloseTo(0.001, 6);
  });

  test("the rank sum of one stretch, with equal ones, worked out by hand", () => {
    // Ranks 1, 2.5, 5 against 2.5, 4, 6: U = 2.5 of 9, of variance 5.1.
    const { calls, p, slower } = compareByRank([{ first: [1, 2, 4], second: [2, 3, 5] }]);
    expect(calls).toBe(3);
    expect(slower).toBeCloseTo(2.5 / 9);
    expect(p).toBeCloseTo(twoSided(2 / Math.sqrt((9 / 12) * (7 - 6 / 30))));
  });

  test("what is always slower is told, what is as often the one as the other is not", () => {
    const all = compareByRank([{ first: range(50, (n) => 1 + n), second: range(50, (n) => -n) }]);
    expect(all.slower).toBe(1);
    expect(all.p).toBeLessThan(1e-9);
    expect(all.calls_to_tell).toBe(8);
    const none = compareByRank([{ first: range(50, (n) => n), second: range(50, (n) => n) }]);
    expect(none.slower).toBe(0.5);
    expect(none.p).toBeCloseTo(1);
    expect(none.calls_to_tell).toBe(Number.POSITIVE_INFINITY);
    expect(compareByRank([])).toMatchObject({ calls: 0, slower: 0.5 });
  });

  test("a machine that slows down meanwhile hides nothing and makes nothing up", () => {
    const stretches = (more: number) =>
      range(20, (slow) => slow * 100).map((slow) => ({
        first: range(20, (n) => slow + n + more),
        second: range(20, (n) => slow + n),
      }));
    expect(compareByRank(stretches(0)).p).toBeCloseTo(1);
    expect(compareByRank(stretches(3)).p).toBeLessThan(1e-9);
    // Without stretches, the same difference drowns.
    const [whole] = [stretches(3)].map((all) => ({
      first: all.flatMap(({ first }) => first),
      second: all.flatMap(({ second }) => second),
    }));
    expect(compareByRank([whole as NonNullable<typeof whole>]).p).toBeGreaterThan(0.5);
  });
});

describe("spelling", () => {
  test("every place of a dictionary is read back from its marks, and none is unmarked", () => {
    for (const size of [1, 2, 3, 100, 10_000]) {
      const marks = Array.from({ length: marksFor(size) }, (_, mark) => mark);
      const read = Array.from({ length: size }, (_, index) =>
        indexOf(marks.filter((mark) => bears(index, mark))),
      );
      expect(read).toEqual(Array.from({ length: size }, (_, index) => index));
    }
    expect(marksFor(10_000)).toBe(14);
    expect(marksFor(1_000_000)).toBe(20);
    expect(indexOf([])).toBe(-1);
  });

  test("the largest dictionary is bounded by the sets of accounts, then by what they may hold", () => {
    expect(largestDictionary(1, 20_000)).toBe(1);
    expect(largestDictionary(3, 20_000)).toBe(7);
    expect(largestDictionary(14, 20_000)).toBe(16_383);
    // 3 alone, and of the 3 places left, one pair.
    expect(largestDictionary(3, 2)).toBe(4);
    expect(largestDictionary(1_000, 20_000)).toBeLessThan(10_000_000);
  });
});

describe("what an account may ask in a day, from the service's answers", () => {
  const answer = (rest: Partial<Answer>): Answer => ({
    status: 200,
    code: undefined,
    data: undefined,
    details: undefined,
    ms: 100,
    headers: {},
    ...rest,
  });

  test("the budget, by how long it says that it takes to be full", () => {
    const meter = new Meter();
    const budget = (remaining: number, reset: number) => ({ limit: 20_000, remaining, reset });
    meter.read(answer({ data: { total_processed: 10_000, budget: budget(10_000, 432_000) } }));
    meter.read(
      answer({ status: 429, code: "NEW_NUMBER_BUDGET_EXCEEDED", details: budget(0, 864_000) }),
    );
    expect(meter.allowance()).toEqual({
      bound: "budget",
      firstDay: 22_000,
      eachDayAfter: 2_000,
      limit: 20_000,
    });
  });

  test("without one, the limit of requests or the service's speed, whichever is less", () => {
    const headers = { "ratelimit-limit": "120", "ratelimit-reset": "60" };
    const data = { total_processed: 10_000, budget: null };
    const fast = new Meter();
    fast.read(answer({ data, headers }));
    expect(fast.allowance()).toMatchObject({ bound: "requests", firstDay: 1_728_000_000 });
    const slow = new Meter();
    slow.read(answer({ data, headers, ms: 2_000 }));
    expect(slow.allowance()).toMatchObject({ bound: "speed", firstDay: 432_000_000 });
  });
});

import { describe, expect, test } from "vitest";
import { judge, quantile, spreadOf } from "../../bench/lib/statistics.js";

test("quantiles lie between the values around them, in whatever order those come", () => {
  expect(quantile([3, 1, 2], 0.5)).toBe(2);
  expect(quantile([4, 1], 0.5)).toBe(2.5);
  expect(quantile([10, 0], 0.99)).toBeCloseTo(9.9);
  expect(quantile([7], 0.99)).toBe(7);
  expect(spreadOf([1, 2, 3, 4, 5])).toEqual({ median: 3, low: 1.4, high: 4.6 });
});

describe("a ratio against a mark", () => {
  test("is judged where the rounds agree", () => {
    expect(judge({ median: 1.5, low: 1.4, high: 1.6 }, 2)).toBe("below");
    expect(judge({ median: 2.5, low: 2.4, high: 2.6 }, 2)).toBe("above");
  });

  test("is not judged where they are further apart than it is from the mark", () => {
    expect(judge({ median: 1.9, low: 1.8, high: 2.1 }, 2)).toBe("no conclusion");
    expect(judge({ median: 2.1, low: 1.9, high: 2.2 }, 2)).toBe("no conclusion");
    // All below, but by less than they differ among themselves.
    expect(judge({ median: 1.9, low: 1.7, high: 1.95 }, 2)).toBe("no conclusion");
  });
});

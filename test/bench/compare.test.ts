import { describe, expect, test } from "vitest";
import { compareRatios, confirmedLosses } from "../../bench/lib/compare.js";

type Ratio = Parameters<typeof compareRatios>[0][number];

const ratio = (
  low: number,
  median: number,
  high: number,
  better: Ratio["better"] = "lower",
  id = "a",
): Ratio => ({
  id,
  label: `case ${id}`,
  value: { low, median, high },
  better,
});
const verdictOf = (reference: Ratio, now: Ratio) =>
  compareRatios([reference], [now], 0.15)[0]?.verdict;

describe("a ratio beside its reference", () => {
  test("is worse when the whole spread is beyond the reference's, by more than the tolerance", () => {
    expect(verdictOf(ratio(1, 1.1, 1.2), ratio(1.39, 1.45, 1.5))).toBe("worse");
    expect(verdictOf(ratio(10, 11, 12, "higher"), ratio(8, 8.5, 8.6, "higher"))).toBe("worse");
  });

  test("is better the other way round", () => {
    expect(verdictOf(ratio(1.39, 1.45, 1.5), ratio(1, 1.1, 1.2))).toBe("better");
    expect(verdictOf(ratio(8, 8.5, 8.6, "higher"), ratio(10, 11, 12, "higher"))).toBe("better");
  });

  test("is as before within the tolerance, though the spreads are apart", () => {
    expect(verdictOf(ratio(1, 1.01, 1.02), ratio(1.1, 1.12, 1.14))).toBe("as before");
    expect(verdictOf(ratio(1, 1.01, 1.02, "higher"), ratio(0.9, 0.92, 0.94, "higher"))).toBe(
      "as before",
    );
  });

  test("is not judged where the middles are apart and the spreads are not", () => {
    expect(verdictOf(ratio(1, 1.1, 2), ratio(1.2, 1.8, 2.4))).toBe("no conclusion");
    // The middle is beyond all of the reference; not all rounds are.
    expect(verdictOf(ratio(1, 1.1, 1.2), ratio(1.3, 1.6, 1.9))).toBe("no conclusion");
    expect(verdictOf(ratio(8, 9, 10, "higher"), ratio(4, 5, 7.5, "higher"))).toBe("no conclusion");
    expect(verdictOf(ratio(1.2, 1.8, 2.4), ratio(1, 1.1, 2))).toBe("no conclusion");
  });

  test("is not comparable with one that means something else, or nothing", () => {
    expect(verdictOf(ratio(1, 1, 1, "lower"), ratio(9, 9, 9, "higher"))).toBe("not comparable");
    expect(verdictOf(ratio(0, 0, 0), ratio(9, 9, 9))).toBe("not comparable");
    // JSON has no NaN: it comes back as null.
    expect(verdictOf(ratio(1, 1, 1), ratio(9, 9, null as never))).toBe("not comparable");
  });
});

test("what only one side has is listed, in the reference's order, then what is new", () => {
  const comparisons = compareRatios(
    [ratio(1, 1, 1, "lower", "gone"), ratio(1, 1, 1, "lower", "kept")],
    [ratio(1, 1, 1, "lower", "new"), ratio(1, 1, 1, "lower", "kept")],
  );
  expect(comparisons.map(({ id, verdict }) => [id, verdict])).toEqual([
    ["gone", "not comparable"],
    ["kept", "as before"],
    ["new", "not comparable"],
  ]);
  expect(comparisons[0]?.now).toBeUndefined();
  expect(comparisons[2]?.reference).toBeUndefined();
});

test("only a loss that the repetition shows again counts", () => {
  const reference = ["once", "twice", "later"].map((id) => ratio(1, 1, 1, "lower", id));
  const measured = (lost: string[]) =>
    compareRatios(
      reference,
      reference.map(({ id }) =>
        lost.includes(id) ? ratio(2, 2, 2, "lower", id) : ratio(1, 1, 1, "lower", id),
      ),
    );
  const confirmed = confirmedLosses(measured(["once", "twice"]), measured(["twice", "later"]));
  expect(confirmed.map(({ id }) => id)).toEqual(["twice"]);
});

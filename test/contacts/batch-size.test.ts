import { expect, test } from "vitest";
import { batchSizeFor } from "../../src/contacts/sync/batch-size.ts";
import { describePostgres } from "../support/postgres.ts";
import { refusal, useContactSync } from "../support/use-contact-sync.ts";

describePostgres("getOptimalBatchSize", (server) => {
  const { contactSync, database } = useContactSync(server);

  test.each([
    [5_000, undefined, 500],
    [0, undefined, 500],
    [10_000, 0.1, 1_000],
    [10_001, 0.1, 500],
    [10_001, 1, 250],
    [500, 2.5, 100],
    [500, 3, 100],
    [500, 0.001, 1_000],
    [500, 5e-324, 1_000],
    [500, Number.POSITIVE_INFINITY, 100],
  ])("for %d contacts of %d KB is %d", async (count, sizeKb, expected) => {
    expect(await contactSync().getOptimalBatchSize(count, sizeKb)).toBe(expected);
  });

  test.each([
    -1,
    1.5,
    Number.NaN,
    "5000",
    null,
    undefined,
    2 ** 31,
  ])("refuses %s contacts", async (count) => {
    await refusal(contactSync().getOptimalBatchSize(count as number), "INVALID_ARGUMENT");
  });

  test.each([0, -0, -1, Number.NaN, "0.5", null])("refuses contacts of %s KB", async (sizeKb) => {
    await refusal(contactSync().getOptimalBatchSize(10, sizeKb as number), "INVALID_ARGUMENT");
  });

  test("batchSizeFor says the same without a round trip", async () => {
    const counts = [0, 1, 499, 500, 5_000, 9_999, 10_000, 10_001, 1_000_000];
    const { rows } = await database().pool.query(
      "select get_optimal_batch_size(c) as size from unnest($1::integer[]) with ordinality as t (c, n) order by n",
      [counts],
    );
    expect(counts.map((count) => batchSizeFor(undefined, count))).toEqual(
      rows.map(({ size }) => size),
    );
    expect(batchSizeFor(1, 5_000)).toBe(1);
  });
});

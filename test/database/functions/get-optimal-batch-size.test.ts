import { expect, test } from "vitest";
import { describePostgres } from "../../support/postgres.ts";
import { refusalOf, useSql } from "../../support/sql.ts";

describePostgres("get_optimal_batch_size", (server) => {
  const { rows, value } = useSql(server);

  test("gives what the guide's call gives", async () => {
    expect(
      await value(`
        SELECT get_optimal_batch_size(
          p_estimated_contact_count := 5000,
          p_avg_contact_size_kb := 0.5
        )`),
    ).toBe(500);
  });

  test.each([
    // contacts, KB a contact, rows
    [0, 0.5, 500],
    [2, 0.5, 500],
    [1_000, 0.3, 833], // 250 KB, rounded down
    [10_000, 0.25, 1_000],
    [10_000, 0.1, 1_000], // no more than 1,000 …
    [10_001, 0.1, 500], // … and than 500 of a large set
    [1_000_000, 0.5, 500],
    [1_000_000, 1, 250],
    [100, 2.5, 100],
    [100, 50, 100], // no fewer than 100
    [100, 1e9, 100],
    [100, 1e-9, 1_000],
  ])("of %i contacts at %f KB is %i", async (contacts, size, expected) => {
    expect(await value("select get_optimal_batch_size($1, $2)", contacts, size)).toBe(expected);
  });

  test("takes 0.5 KB where no size is given", async () => {
    expect(await value("select get_optimal_batch_size(5000)")).toBe(500);
  });

  test.each(["0", "-0.5", "NaN", "-Infinity"])("refuses a size of %s", async (size) => {
    const { code } = await refusalOf(rows("select get_optimal_batch_size(5000, $1)", size));
    expect(code).toBe("INVALID_ARGUMENT");
  });

  test("refuses a negative count", async () => {
    const { code } = await refusalOf(rows("select get_optimal_batch_size(-1)"));
    expect(code).toBe("INVALID_ARGUMENT");
  });
});

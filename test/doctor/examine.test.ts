import { expect, test } from "vitest";
import { examine } from "../../src/doctor/examine.ts";
import { describePostgres, useDatabase } from "../support/postgres.ts";

describePostgres("examine", (server) => {
  const database = useDatabase(server);

  test.each([
    [-3600_000, "ahead of"],
    [3600_000, "behind"],
  ])("finds that the clocks differ: this machine's by %i ms", async (offset, word) => {
    const now = () => Date.now() + offset;
    const { pool } = database();
    const faults = await examine(pool as never, { schema: "public", key: undefined, now });
    expect(faults).toEqual(
      expect.arrayContaining([
        expect.objectContaining({
          code: "CLOCKS_DIFFER",
          severity: "warning",
          problem: expect.stringMatching(new RegExp(`\\b3(599|600) seconds ${word} `)),
        }),
      ]),
    );
  });

  test("a slow way to the database is no difference", async () => {
    // The answer takes two hours by this clock, which is right at both ends.
    const times = [Date.now() - 3600_000, Date.now() + 3600_000];
    const faults = await examine(database().pool as never, {
      schema: "public",
      key: undefined,
      now: () => times.shift() as number,
    });
    expect(faults.map(({ code }) => code)).not.toContain("CLOCKS_DIFFER");
  });
});

import { expect, test } from "vitest";
import { describePostgres } from "../../support/postgres.ts";
import { newUser, refusalOf, useSql } from "../../support/sql.ts";

const OWNER = newUser();

/** A call for each argument that has a range, with the two ends of it. */
const RANGES: [string, (value: unknown) => string, number, number][] = [
  ["p_days", (days) => `get_sync_statistics(${days})`, 1, 365],
  ["p_limit", (limit) => `list_contacts('${OWNER}', ${limit})`, 1, 1_000],
  ["p_max_contacts", (most) => `link_pending_phones(p_max_contacts => ${most})`, 1, 1_000_000],
  ["p_max_contacts", (most) => `relink_phones(p_max_contacts => ${most})`, 1, 1_000_000],
  ["p_burst", (burst) => `set_new_number_budget(p_burst => ${burst})`, 0, 1_000_000_000],
  [
    "p_refill_per_day",
    (refill) => `set_new_number_budget(p_refill_per_day => ${refill})`,
    1,
    1_000_000_000,
  ],
  [
    "p_new_account_days",
    (days) => `set_new_number_budget(p_new_account_days => ${days})`,
    0,
    3_650,
  ],
  [
    "p_new_account_burst",
    (burst) => `set_new_number_budget(p_new_account_burst => ${burst})`,
    1,
    1_000_000_000,
  ],
  ["p_min_score", (score) => `set_suspect_hold(${score})`, 0, 100],
  ["p_min_score", (score) => `list_suspects(${score})`, 1, 100],
  ["p_limit", (limit) => `list_suspects(p_limit => ${limit})`, 1, 10_000],
];

describePostgres("a number out of range", (server) => {
  const { rows } = useSql(server);
  const call = (text: string) => rows(`select * from ${text}`);

  test.each(RANGES)("%s: is refused with its range and what to do", async (name, of, min, max) => {
    for (const value of [min - 1, max + 1]) {
      const { code, message, hint, details } = await refusalOf(call(of(value)));
      expect(code).toBe("INVALID_ARGUMENT");
      expect(message).toBe(
        `INVALID_ARGUMENT: ${name} is ${value}; it must be from ${min} to ${max}`,
      );
      expect(hint).toMatch(/\w.*\.$/);
      expect(details).toEqual({ min, max });
    }
  });

  test.each(RANGES)("%s: its ends are in it", async (_, of, min, max) => {
    await call(of(min));
    await call(of(max));
  });

  test.each(RANGES.slice(0, 3))("%s: null is still missing", async (name, of) => {
    const { message } = await refusalOf(call(of("null")));
    expect(message).toBe(`INVALID_ARGUMENT: ${name} must not be null`);
  });

  test("a time to keep runs that is negative", async () => {
    const { code, message, hint } = await refusalOf(call("clean_up_contact_sync('-1 day')"));
    expect(code).toBe("INVALID_ARGUMENT");
    expect(message).toBe("INVALID_ARGUMENT: p_keep is -1 days; it must be 0 or longer");
    expect(hint).toContain("90 days");
    await call("clean_up_contact_sync(null)");
    await call("clean_up_contact_sync('0')");
  });
});

import { expect, test } from "vitest";
import { describePostgres } from "../../support/postgres.ts";
import { newPhones, newUser, useSql } from "../../support/sql.ts";

// The fields of contact_sync_result, in its order: total, inserted, updated, matched, ms, batch …
const TOTALS = "(3,3,0,0,125000,500,0,0,0,{},{},,,,,,)";

describePostgres("durations", (server) => {
  const { row, value } = useSql(server);

  test("are whole milliseconds, at least 1", async () => {
    const sync = await row("select * from sync_user_contacts($1, $2, 1)", newUser(), newPhones(1));
    const insert = await row("select * from bulk_insert_contacts('[]')");
    for (const { processing_time_ms } of [sync, insert]) {
      expect(Number.isInteger(processing_time_ms)).toBe(true);
      expect(processing_time_ms).toBeGreaterThanOrEqual(1);
    }
    expect(await value("select contact_sync_milliseconds_since(clock_timestamp())")).toBe(1);
    // a clock that was set back meanwhile
    const ahead = "select contact_sync_milliseconds_since(clock_timestamp() + interval '1 hour')";
    expect(await value(ahead)).toBe(1);
  });

  test.each([
    ["59.5 seconds", 59_500],
    ["61 seconds", 61_000],
    ["1 hour 2 seconds", 3_602_000],
    ["25 hours", 90_000_000],
  ])("do not start over: %s", async (ago, expected) => {
    const { since, most } = await row(
      `select contact_sync_milliseconds_since(started_at) as since,
              extract(epoch from clock_timestamp() - started_at)::float * 1000 as most
         from (select clock_timestamp() - $1::interval as started_at offset 0) as s`,
      ago,
    );
    expect(since).toBeGreaterThanOrEqual(expected);
    expect(since).toBeLessThanOrEqual(Math.ceil(most));
  });

  test("over a minute stand in the history as they were", async () => {
    const owner = newUser();
    const before = await value("select clock_timestamp()::text");
    await row(
      `select contact_sync_finish_stream($1, $2, 3, 'merge', false, '${TOTALS}')`,
      owner,
      newUser(),
    );
    await row("select contact_sync_record_failure($1, 3, 'merge', 500, 125000, 'ABORTED')", owner);
    const history = await row(
      `select min(processing_time_ms) as shortest, max(processing_time_ms) as longest,
              extract(epoch from clock_timestamp() - $2::timestamptz)::float * 1000 as this_test,
              -- a duration is rounded up to whole milliseconds
              bool_and(started_at + interval '125.001 seconds' >= $2 and started_at + interval '125 seconds' <= clock_timestamp())
                as has_start
         from contact_sync_runs where owner_id = $1`,
      owner,
      before,
    );
    expect(history.shortest).toBe(125_000);
    expect(history.longest).toBeGreaterThan(125_000);
    expect(history.longest).toBeLessThan(125_000 + Math.ceil(history.this_test));
    expect(history.has_start).toBe(true);
  });
});

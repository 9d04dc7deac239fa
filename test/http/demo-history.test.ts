// What the demo invents is a month that an operator's page can show, and nothing that is wrong.
import { beforeAll, expect, test } from "vitest";
import { inventHistory } from "../../examples/demo/history.js";
import { readPeople } from "../../examples/demo/people.js";
import { examine } from "../../src/doctor/examine.ts";
import { assertBuilt } from "../support/built.ts";
import { describePostgres, type PostgresUnderTest, useDatabase } from "../support/postgres.ts";
import { type OpenApp, openApp, SERVICE_KEY } from "./support.ts";

assertBuilt();

describePostgres("the demo's history", history, { notOnCitus: "the demo has a server of its own" });

function history(server: PostgresUnderTest): void {
  const database = useDatabase(server);
  let app: OpenApp;

  beforeAll(async () => {
    app = await openApp(database());
    for (const { userId, phone } of await readPeople()) {
      await app.request({
        method: "PUT",
        url: `/api/v1/users/${userId}/phones`,
        token: SERVICE_KEY,
        body: { phoneNumber: phone },
      });
    }
    return () => app.close();
  });

  const ask = async (path: string) =>
    (await app.request({ method: "GET", url: `/api/v1${path}`, token: SERVICE_KEY })).json().data;

  test("is the same when it is invented again, and doctor finds what was set aside, and nothing else", async () => {
    const first = await inventHistory(database().connectionString);
    const again = await inventHistory(database().connectionString);
    // What was still to come when it was invented first may have come since.
    expect(again.syncs - first.syncs).toBeGreaterThanOrEqual(0);
    expect(again.syncs - first.syncs).toBeLessThan(5);
    const faults = await examine(database().pool as never, {
      schema: "public",
      key: undefined,
      now: Date.now,
    });
    const found = faults.filter(({ severity }) => severity !== "note").map(({ code }) => code);
    // Which are there to be replayed.
    expect(found).toEqual(["WEBHOOKS_SET_ASIDE"]);
  });

  test("has a month of days, quieter on Mondays than on Sundays, of which nearly all went well", async () => {
    const { daily, totals } = await ask("/contacts/sync/statistics?days=31");
    expect(daily.length).toBe(31);
    for (const day of daily.slice(1)) expect(day.total_syncs, day.sync_date).toBeGreaterThan(5);
    expect(totals.failed_syncs).toBeGreaterThan(10);
    expect(totals.completed_syncs / totals.total_syncs).toBeGreaterThan(0.95);
    expect(totals.unchanged_syncs).toBeGreaterThan(totals.total_syncs);
    const on = (weekday: number) =>
      daily
        .filter((day: { sync_date: string }) => new Date(day.sync_date).getUTCDay() === weekday)
        // Today is not over.
        .filter((_: unknown, place: number) => place > 0)
        .reduce((sum: number, day: { unchanged_syncs: number }) => sum + day.unchanged_syncs, 0);
    expect(on(0)).toBeGreaterThan(on(1));
  });

  test("has somebody who tries numbers and is held, failures of several kinds, and messages set aside", async () => {
    const { suspects } = await ask("/admin/suspects");
    expect(suspects.filter((one: { held_at: unknown }) => one.held_at !== null).length).toBe(1);
    const { rows } = await database().pool.query<{ codes: string[]; aside: number }>(
      `select array(select distinct error_code from contact_sync_runs where error_code is not null) as codes,
              (select count(*)::integer from contact_sync_outbox where set_aside_at is not null) as aside`,
    );
    expect(rows[0]?.codes).toContain("NEW_NUMBER_BUDGET_EXCEEDED");
    expect(rows[0]?.codes.length).toBeGreaterThanOrEqual(4);
    expect(rows[0]?.aside).toBe(5);
  });

  test("has for each day how much there was, growing, and how long joiners took", async () => {
    const { days } = await ask("/admin/history?days=30");
    const contacts = days.map((day: { state: { contacts: number } }) => day.state?.contacts);
    expect(contacts).toEqual([...contacts].sort((one, other) => one - other));
    expect(contacts[0]).toBeGreaterThan(1_000);
    expect(contacts.at(-1)).toBeGreaterThan(contacts[0] * 1.3);
    for (const { day, joiners } of days) {
      expect(joiners.linked, day).toBeGreaterThan(0);
      expect(joiners.lag_seconds_p95, day).toBeLessThan(2);
    }
  });

  test("has books that are whole: as many contacts as their owners are said to have", async () => {
    const { rows } = await database().pool.query(
      `select s.owner_id
         from contact_sync_status s
        where s.contacts_count <> (select count(*) from contacts_with_accounts c where c.owner_id = s.owner_id)`,
    );
    expect(rows).toEqual([]);
  });
}

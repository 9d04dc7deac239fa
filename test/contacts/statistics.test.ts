import { randomUUID } from "node:crypto";
import { expect, test } from "vitest";
import { earlier } from "../support/earlier.ts";
import { describePostgres } from "../support/postgres.ts";
import { numbers, refusal, useContactSync } from "../support/use-contact-sync.ts";

describePostgres("getSyncStatistics", (server) => {
  const { contactSync, database } = useContactSync(server);
  const [one, other] = [randomUUID(), randomUUID()];

  test("before the first sync, counts are 0 and averages null", async () => {
    expect(await contactSync().getSyncStatistics()).toEqual({
      days: 30,
      totals: expect.objectContaining({
        total_syncs: 0,
        contacts_inserted: 0,
        avg_device_contacts: null,
        avg_sync_rate: null,
        max_processing_time_ms: null,
        observed_contacts_per_second: null,
      }),
      daily: [],
    });
  });

  test("tells the whole service's and one owner's", async () => {
    await contactSync().syncContacts(one, numbers(10), 20);
    await contactSync().syncContacts(one, numbers(10), 20);
    await contactSync().syncContacts(other, numbers(30), 30);
    await refusal(
      contactSync().syncContacts(one, numbers(1), 1, { mode: "replace" }),
      "REPLACE_NEEDS_CONFIRMATION",
    );
    // As if it had been long ago, to have a second day.
    await database().pool.query(
      `update contact_sync_runs set started_at = ${earlier("started_at", "interval '3 days'")} where owner_id = $1`,
      [other],
    );

    const whole = await contactSync().getSyncStatistics(30);
    expect(whole.totals).toMatchObject({
      total_syncs: 4,
      completed_syncs: 3,
      failed_syncs: 1,
      avg_device_contacts: 23.33,
      avg_synced_contacts: 16.67,
      avg_sync_rate: 71.43,
      contacts_inserted: 40,
      contacts_unchanged: 10,
    });
    const today = new Date().toISOString().slice(0, 10);
    const before = new Date(Date.now() - 3 * 86_400_000).toISOString().slice(0, 10);
    expect(whole.daily.map((day) => [day.sync_date, day.total_syncs])).toEqual([
      [today, 3],
      [before, 1],
    ]);
    for (const value of Object.values(whole.totals)) expect(typeof value).toBe("number");

    const own = await contactSync().getSyncStatistics(30, { ownerId: one });
    expect(own.totals).toMatchObject({ total_syncs: 3, failed_syncs: 1, contacts_inserted: 10 });
    expect(own.daily).toHaveLength(1);
    const recent = await contactSync().getSyncStatistics(3, { ownerId: other });
    expect(recent).toMatchObject({ days: 3, totals: { total_syncs: 0 }, daily: [] });
  });

  test.each([0, -1, 366, 1.5, "30", null, Number.NaN])("refuses %s days", async (days) => {
    await refusal(contactSync().getSyncStatistics(days as number), "INVALID_ARGUMENT");
  });

  test.each([
    { ownerId: "me" },
    { ownerId: null },
    null,
    "owner",
  ])("refuses %j to narrow it to", async (options) => {
    await refusal(contactSync().getSyncStatistics(30, options as never), "INVALID_ARGUMENT");
  });
});

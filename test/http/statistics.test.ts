import { randomUUID } from "node:crypto";
import { expect, test } from "vitest";
import { describePostgres } from "../support/postgres.ts";
import { numbers } from "../support/use-contact-sync.ts";
import { useApp } from "./support.ts";

const URL = "/api/v1/contacts/sync/statistics";

describePostgres("GET /contacts/sync/statistics", (server) => {
  const app = useApp(server);
  const read = async (query: string, userId = randomUUID()) =>
    app().request({ method: "GET", url: `${URL}${query}`, token: await app().userToken(userId) });

  test("counts the caller's syncs by day", async () => {
    const userId = randomUUID();
    for (let round = 0; round < 2; round += 1) {
      await app().request({
        method: "POST",
        url: "/api/v1/contacts/sync",
        token: await app().userToken(userId),
        body: { phoneNumbers: numbers(3), deviceContactsCount: 4 },
      });
    }
    const { success, data } = (await read("?days=30", userId)).json();
    expect(success).toBe(true);
    expect(data).toMatchObject({
      days: 30,
      totals: {
        total_syncs: 2,
        completed_syncs: 2,
        failed_syncs: 0,
        avg_device_contacts: 4,
        avg_synced_contacts: 3,
        avg_sync_rate: 75,
        contacts_inserted: 3,
        contacts_unchanged: 3,
      },
    });
    expect(data.daily).toEqual([
      { ...data.totals, sync_date: expect.stringMatching(/^\d{4}-\d\d-\d\d$/) },
    ]);
  });

  test.each([
    ["", 30],
    ["?days=1", 1],
    ["?days=365", 365],
  ])("%s is of %i days, and of nobody without syncs", async (query, days) => {
    const { data } = (await read(query)).json();
    expect(data).toMatchObject({ days, totals: { total_syncs: 0 }, daily: [] });
  });

  test.each([
    "?days=0",
    "?days=366",
    "?days=x",
    "?days=",
    "?days=1.5",
    "?days=1&days=2",
    "?day=7",
  ])("refuses %s", async (query) => {
    expect((await read(query)).json()).toMatchObject({ code: "INVALID_REQUEST", status: 400 });
  });
});

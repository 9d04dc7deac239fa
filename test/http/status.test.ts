import { expect, test } from "vitest";
import { describePostgres } from "../support/postgres.ts";
import { numbers } from "../support/use-contact-sync.ts";
import { openBook } from "./book.ts";
import { useApp } from "./support.ts";

describePostgres("GET /contacts/sync/status", (server) => {
  const app = useApp(server);

  test("says that there was no sync yet", async () => {
    const { ask } = await openBook(app(), 0);
    expect((await ask("GET", "/contacts/sync/status")).json()).toEqual({
      success: true,
      data: {
        sync_status: "never_synced",
        contacts_count: 0,
        last_sync_at: null,
        last_sync_mode: null,
        device_contacts_count: null,
        synced_contacts_count: null,
        matched_contacts_count: null,
        last_error_code: null,
      },
    });
  });

  test("tells of the last sync, and of one that failed", async () => {
    const { ask } = await openBook(app(), 4);
    const before = (await ask("GET", "/contacts/sync/status")).json().data;
    expect(before).toMatchObject({
      sync_status: "completed",
      contacts_count: 4,
      last_sync_at: expect.stringMatching(/^\d{4}-.*Z$/),
      last_sync_mode: "merge",
      device_contacts_count: 4,
      synced_contacts_count: 4,
      matched_contacts_count: 0,
      last_error_code: null,
    });
    const replacement = { phoneNumbers: numbers(1), deviceContactsCount: 1, mode: "replace" };
    expect((await ask("POST", "/contacts/sync", replacement)).statusCode).toBe(409);
    expect((await ask("GET", "/contacts/sync/status")).json().data).toMatchObject({
      sync_status: "failed",
      contacts_count: 4,
      last_error_code: "REPLACE_NEEDS_CONFIRMATION",
    });
  });
});

import { randomUUID } from "node:crypto";
import { expect, test } from "vitest";
import { describePostgres } from "../support/postgres.ts";
import { numberOf, numbers, refusal, useContactSync } from "../support/use-contact-sync.ts";

describePostgres("getSyncStatus and summarizeContacts", (server) => {
  const { contactSync } = useContactSync(server);

  test("before the first sync", async () => {
    const owner = randomUUID();
    expect(await contactSync().getSyncStatus(owner)).toEqual({
      sync_status: "never_synced",
      contacts_count: 0,
      last_sync_at: null,
      last_sync_mode: null,
      device_contacts_count: null,
      synced_contacts_count: null,
      matched_contacts_count: null,
      last_error_code: null,
    });
    expect(await contactSync().summarizeContacts(owner)).toEqual({
      contacts_count: 0,
      linked_count: 0,
      favorites_count: 0,
    });
  });

  test("after one, and at once when somebody takes their number back", async () => {
    const owner = randomUUID();
    await contactSync().link(randomUUID(), numberOf(1));
    await contactSync().syncContacts(owner, numbers(3), 12, { mode: "replace" });
    expect(await contactSync().getSyncStatus(owner.toUpperCase())).toEqual({
      sync_status: "completed",
      contacts_count: 3,
      last_sync_at: expect.any(Date),
      last_sync_mode: "replace",
      device_contacts_count: 12,
      synced_contacts_count: 3,
      matched_contacts_count: 1,
      last_error_code: null,
    });
    expect(await contactSync().summarizeContacts(owner)).toMatchObject({ linked_count: 1 });
    await contactSync().unlink(numberOf(1));
    expect(await contactSync().summarizeContacts(owner)).toMatchObject({ linked_count: 0 });
  });

  test.each(["me", "", null, undefined, {}])("refuses %j for an owner", async (owner) => {
    await refusal(contactSync().getSyncStatus(owner as string), "INVALID_ARGUMENT");
    await refusal(contactSync().summarizeContacts(owner as string), "INVALID_ARGUMENT");
  });
});

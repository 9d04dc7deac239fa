import { randomUUID } from "node:crypto";
import { expect, test } from "vitest";
import { describePostgres } from "../support/postgres.ts";
import { numberOf, numbers, refusal, useEngine } from "../support/use-engine.ts";

describePostgres("getSyncStatus and summarizeContacts", (server) => {
  const { engine } = useEngine(server);

  test("before the first sync", async () => {
    const owner = randomUUID();
    expect(await engine().getSyncStatus(owner)).toEqual({
      sync_status: "never_synced",
      contacts_count: 0,
      last_sync_at: null,
      last_sync_mode: null,
      device_contacts_count: null,
      synced_contacts_count: null,
      matched_contacts_count: null,
      last_error_code: null,
    });
    expect(await engine().summarizeContacts(owner)).toEqual({
      contacts_count: 0,
      linked_count: 0,
      favorites_count: 0,
    });
  });

  test("after one, and at once when somebody takes their number back", async () => {
    const owner = randomUUID();
    await engine().link(randomUUID(), numberOf(1));
    await engine().syncContacts(owner, numbers(3), 12, { mode: "replace" });
    expect(await engine().getSyncStatus(owner.toUpperCase())).toEqual({
      sync_status: "completed",
      contacts_count: 3,
      last_sync_at: expect.any(Date),
      last_sync_mode: "replace",
      device_contacts_count: 12,
      synced_contacts_count: 3,
      matched_contacts_count: 1,
      last_error_code: null,
    });
    expect(await engine().summarizeContacts(owner)).toMatchObject({ linked_count: 1 });
    await engine().unlink(numberOf(1));
    expect(await engine().summarizeContacts(owner)).toMatchObject({ linked_count: 0 });
  });

  test.each(["me", "", null, undefined, {}])("refuses %j for an owner", async (owner) => {
    await refusal(engine().getSyncStatus(owner as string), "INVALID_ARGUMENT");
    await refusal(engine().summarizeContacts(owner as string), "INVALID_ARGUMENT");
  });
});

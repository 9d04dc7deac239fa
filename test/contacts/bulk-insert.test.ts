import { randomUUID } from "node:crypto";
import { expect, test, vi } from "vitest";
import { describePostgres } from "../support/postgres.ts";
import { hashOf, refusal, useContactSync } from "../support/use-contact-sync.ts";

describePostgres("bulkInsertContacts, an array", (server) => {
  const { contactSync } = useContactSync(server);
  const items = (owner_id: string, count: number) =>
    Array.from({ length: count }, (_, n) => ({ owner_id, phone_hash: hashOf(n) }));

  test("inserts, and the second time finds everything as it is", async () => {
    const owner = randomUUID();
    expect(await contactSync().bulkInsertContacts(items(owner, 30), { batchSize: 7 })).toEqual({
      total_processed: 30,
      contacts_inserted: 30,
      contacts_updated: 0,
      contacts_unchanged: 0,
      matched_contacts: 0,
      duplicates: 0,
      batch_size: 7,
      processing_time_ms: expect.toSatisfy((ms) => Number.isInteger(ms) && ms >= 1),
    });
    expect(await contactSync().bulkInsertContacts(items(owner, 30))).toMatchObject({
      contacts_inserted: 0,
      contacts_updated: 0,
      contacts_unchanged: 30,
      batch_size: 500,
    });
  });

  test("counts duplicates, of which the last one wins", async () => {
    const owner_id = randomUUID();
    const result = await contactSync().bulkInsertContacts([
      { owner_id, phone_hash: hashOf(1), is_favorite: true },
      { owner_id, phone_hash: hashOf(1).toUpperCase() },
      { owner_id, phone_hash: `${hashOf(1)}${"0".repeat(32)}`, is_favorite: false },
    ]);
    expect(result).toMatchObject({ total_processed: 1, duplicates: 2, contacts_inserted: 1 });
    expect(await contactSync().findContact(owner_id, hashOf(1))).toMatchObject({
      is_favorite: false,
    });
  });

  test("takes many owners and counts the linked ones", async () => {
    const [one, other, user] = [randomUUID(), randomUUID(), randomUUID()];
    await contactSync().link(user, hashOf(500));
    const result = await contactSync().bulkInsertContacts([
      { owner_id: one, phone_hash: hashOf(500) },
      { owner_id: other, phone_hash: hashOf(500) },
      { owner_id: user, phone_hash: hashOf(500) },
      { owner_id: other, phone_hash: hashOf(501), linked_user_id: randomUUID() },
    ]);
    expect(result).toMatchObject({ contacts_inserted: 4, matched_contacts: 3 });
  });

  test("tells once about the one chunk an array is", async () => {
    const onProgress = vi.fn();
    const owner = randomUUID();
    await contactSync().bulkInsertContacts([...items(owner, 3), ...items(owner, 2)], {
      onProgress,
    });
    expect(onProgress.mock.calls).toEqual([[{ received: 5, processed: 3 }]]);
  });

  test("writes nothing once the signal is raised", async () => {
    const owner = randomUUID();
    const reason = new Error("gone home");
    const error = await refusal(
      contactSync().bulkInsertContacts(items(owner, 3), { signal: AbortSignal.abort(reason) }),
      "ABORTED",
    );
    expect(error.cause).toBe(reason);
    expect(await contactSync().summarizeContacts(owner)).toMatchObject({ contacts_count: 0 });
  });

  test.each([
    ["INVALID_CONTACT", { owner_id: "7" }],
    ["INVALID_CONTACT", { is_favorite: "yes" }],
    ["INVALID_CONTACT", { linked_user_id: "" }],
    ["INVALID_CONTACT", { last_interaction: "yesterday" }],
    ["INVALID_CONTACT", { last_interaction: "2026-02-30" }],
    ["INVALID_CONTACT", { last_interaction: new Date(Number.NaN) }],
    ["INVALID_PHONE_HASH", { phone_hash: "+201000000001" }],
    ["INVALID_PHONE_HASH", { phone_hash: undefined }],
  ] as const)("names the first item at fault: %s %j", async (code, fault) => {
    const owner = randomUUID();
    const contacts = items(owner, 6) as Record<string, unknown>[];
    contacts[4] = { ...contacts[4], ...fault };
    contacts[5] = {};
    const error = await refusal(contactSync().bulkInsertContacts(contacts as never), code);
    expect(error.index).toBe(4);
    expect(error.message).toContain("position 4");
    expect(await contactSync().summarizeContacts(owner)).toMatchObject({ contacts_count: 0 });
  });

  test("refuses more than 10,000, saying how many there may be and were", async () => {
    const error = await refusal(
      contactSync().bulkInsertContacts(new Array(10_001).fill({})),
      "CONTACTS_LIMIT_EXCEEDED",
    );
    expect(error.details).toEqual({ limit: 10_000, received: 10_001 });
    expect(error.message).toMatch(/10000.*10001/);
  });

  test.each([0, -1, 1.5, 1001, "500"])("refuses the batch size %j", async (batchSize) => {
    await refusal(
      contactSync().bulkInsertContacts([], { batchSize: batchSize as number }),
      "INVALID_BATCH_SIZE",
    );
  });

  test("takes an empty list", async () => {
    expect(await contactSync().bulkInsertContacts([])).toMatchObject({ total_processed: 0 });
  });
});

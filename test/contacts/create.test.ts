import { randomUUID } from "node:crypto";
import { expect, test } from "vitest";
import { describePostgres } from "../support/postgres.ts";
import { hashOf, refusal, useContactSync } from "../support/use-contact-sync.ts";

describePostgres("create", (server) => {
  const { contactSync, database } = useContactSync(server);

  test("stores a contact and returns its row", async () => {
    const owner_id = randomUUID();
    const before = Date.now();
    const contact = await contactSync().create({ owner_id, phone_hash: hashOf(1) });
    expect(contact).toEqual({
      owner_id,
      phone_hash: hashOf(1),
      linked_user_id: null,
      is_favorite: false,
      last_interaction: null,
      created_at: expect.any(Date),
      updated_at: contact.created_at,
    });
    expect(Math.abs(contact.created_at.getTime() - before)).toBeLessThan(60_000);
    expect(await contactSync().findContact(owner_id, hashOf(1))).toEqual(contact);
  });

  test("updates the given fields of one that exists and keeps the rest", async () => {
    const owner_id = randomUUID();
    const linked_user_id = randomUUID();
    const last_interaction = new Date("2026-01-02T03:04:05.678Z");
    const first = await contactSync().create({
      owner_id,
      phone_hash: hashOf(2),
      is_favorite: true,
      linked_user_id,
      last_interaction,
    });
    const later = new Date("2026-02-02T00:00:00Z");
    const second = await contactSync().create({
      owner_id: owner_id.toUpperCase(),
      phone_hash: hashOf(2).toUpperCase(),
      linked_user_id: null,
      last_interaction: later.toISOString(),
    });
    expect(second).toEqual({
      ...first,
      last_interaction: later,
      updated_at: expect.any(Date),
    });
    expect(second.updated_at.getTime()).toBeGreaterThan(first.updated_at.getTime());
  });

  test("links the contact by the directory", async () => {
    const user = randomUUID();
    await contactSync().link(user, hashOf(3));
    const contact = await contactSync().create({
      owner_id: randomUUID(),
      phone_hash: hashOf(3),
      linked_user_id: randomUUID(),
    });
    expect(contact.linked_user_id).toBe(user);
  });

  test("refuses what bulkInsertContacts refuses, and stores nothing", async () => {
    const owner_id = randomUUID();
    await refusal(contactSync().create({ owner_id, phone_hash: "abc" }), "INVALID_PHONE_HASH");
    await refusal(
      contactSync().create({ owner_id: "me", phone_hash: hashOf(4) }),
      "INVALID_CONTACT",
    );
    const { rows } = await database().pool.query(
      "select from contact_sync_status where owner_id = $1",
      [owner_id],
    );
    expect(rows).toEqual([]);
  });
});

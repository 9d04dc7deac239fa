import { randomUUID } from "node:crypto";
import { expect, test } from "vitest";
import { openContactSync } from "../../support/open-contact-sync.ts";
import { describePostgres } from "../../support/postgres.ts";

const CALLS = {
  "a directory entry": "select link_phone(repeat('ab', 16)::uuid, gen_random_uuid())",
  "a contact": "select sync_user_contacts(gen_random_uuid(), array[repeat('ab', 16)], 1)",
};

describePostgres("A database that was used from SQL before a key was recorded", (server) => {
  // Its plain hashes would match nothing that is sealed, and nobody would be told.
  test.each(Object.entries(CALLS))("refuses a key once it holds %s", async (_, call) => {
    const database = await server.createDatabase();
    await database.pool.query(call);
    await expect(openContactSync(database)).rejects.toMatchObject({ code: "KEY_MISMATCH" });
    const { rows } = await database.pool.query("select from contact_sync_seal");
    expect(rows, "nothing is recorded").toHaveLength(0);

    const unsealed = await openContactSync(database, { key: null });
    await unsealed.close();
  });

  test("takes a key while it holds nothing, and keeps it when it does", async () => {
    const database = await server.createDatabase();
    const first = await openContactSync(database);
    await first.syncContacts(randomUUID(), ["+201001234567"], 1);
    await expect(openContactSync(database)).resolves.toBeDefined();
  });
});

import { randomUUID } from "node:crypto";
import { expect, test } from "vitest";
import { generateKey } from "../../src/index.ts";
import { openContactSync, TEST_KEY } from "../support/open-contact-sync.ts";
import { describePostgres } from "../support/postgres.ts";
import { hashOf, numbers, refusal } from "../support/use-contact-sync.ts";

describePostgres("the key of a database", (server) => {
  test("is the one it was first used with, however it is written", async () => {
    const database = await server.createDatabase();
    await openContactSync(database);
    await openContactSync(database, { key: TEST_KEY.toUpperCase() });
    await openContactSync(database, { key: Buffer.from(TEST_KEY, "hex").toString("base64") });
    const other = generateKey();
    const error = await refusal(openContactSync(database, { key: other }), "KEY_MISMATCH");
    expect(error.message).toContain("first used with");
    expect(error.message).not.toContain(other);
    expect(error.message).not.toContain(TEST_KEY);
    await refusal(openContactSync(database, { key: null }), "KEY_MISMATCH");
  });

  test("can't be given to a database that was recorded as unsealed", async () => {
    const database = await server.createDatabase();
    const unsealed = await openContactSync(database, { key: null });
    await openContactSync(database, { key: null });
    await refusal(openContactSync(database), "KEY_MISMATCH");

    const owner = randomUUID();
    await unsealed.syncContacts(owner, numbers(2), 2);
    const { rows } = await database.pool.query(
      "select replace(phone_key::text, '-', '') as key from contacts_with_accounts order by 1",
    );
    expect(rows.map(({ key }) => key)).toEqual([hashOf(0), hashOf(1)].toSorted());
    const { next_cursor } = await unsealed.listContacts(owner, { limit: 1 });
    const page = await unsealed.listContacts(owner, { cursor: next_cursor as string });
    expect(page.contacts).toHaveLength(1);
  });

  test("is one of those that race to be the first", async () => {
    const database = await server.createDatabase();
    const outcomes = await Promise.allSettled(
      Array.from({ length: 6 }, () => openContactSync(database, { key: generateKey() })),
    );
    expect(outcomes.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
    for (const outcome of outcomes) {
      if (outcome.status === "rejected") expect(outcome.reason.code).toBe("KEY_MISMATCH");
    }
  });

  test.each(["", "short", 7, undefined, "z".repeat(64)])("is refused as %j", async (key) => {
    const database = await server.createDatabase();
    await refusal(openContactSync(database, { key: key as string }), "INVALID_KEY");
    const { rows } = await database.pool.query("select from contact_sync_seal");
    expect(rows).toEqual([]);
  });
});

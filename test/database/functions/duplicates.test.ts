import { expect, test } from "vitest";
import { describePostgres } from "../../support/postgres.ts";
import { asKey, newPhones, newUser, useSql } from "../../support/sql.ts";

describePostgres("duplicates are one contact", (server) => {
  const { rows, row } = useSql(server);
  const stored = (owner: string) =>
    rows(
      "select phone_key, is_favorite, last_interaction from contacts_with_accounts where owner_id = $1",
      owner,
    );

  test("in a sync, also in capitals and as whole SHA-256", async () => {
    const owner = newUser();
    const [hash = ""] = newPhones(1);
    const same = [hash, hash, hash.toUpperCase(), hash + "0".repeat(32), hash + "F".repeat(32)];
    const result = await row("select * from sync_user_contacts($1, $2, 5)", owner, same);
    expect(result).toMatchObject({ total_processed: 1, contacts_inserted: 1, duplicates: 4 });
    expect(await stored(owner)).toMatchObject([{ phone_key: asKey(hash) }]);
  });

  test("in a bulk insert, where the last one wins", async () => {
    const owner = newUser();
    const [hash = ""] = newPhones(1);
    const item = { owner_id: owner, phone_hash: hash };
    const contacts = [
      { ...item, is_favorite: true, last_interaction: "2024-01-01T00:00:00Z" },
      { ...item, is_favorite: false, last_interaction: "2025-01-01T00:00:00Z" },
      { ...item, is_favorite: true, phone_hash: hash.toUpperCase() + "0".repeat(32) },
    ];
    const result = await row("select * from bulk_insert_contacts($1)", JSON.stringify(contacts));
    expect(result).toMatchObject({ total_processed: 1, contacts_inserted: 1, duplicates: 2 });
    // The last one as it is: what an earlier one said is not mixed in.
    expect(await stored(owner)).toEqual([
      { phone_key: asKey(hash), is_favorite: true, last_interaction: null },
    ]);
  });

  test("a number of two owners is a contact of each", async () => {
    const [one, other] = [newUser(), newUser()];
    const [hash = ""] = newPhones(1);
    const contacts = [one, other].map((owner_id) => ({ owner_id, phone_hash: hash }));
    const result = await row("select * from bulk_insert_contacts($1)", JSON.stringify(contacts));
    expect(result).toMatchObject({ total_processed: 2, contacts_inserted: 2, duplicates: 0 });
  });

  test("10,000 times the same number", async () => {
    const owner = newUser();
    const hashes = new Array(10_000).fill(newPhones(1)[0]);
    const result = await row("select * from sync_user_contacts($1, $2, 1)", owner, hashes);
    expect(result).toMatchObject({ total_processed: 1, duplicates: 9_999 });
  });
});

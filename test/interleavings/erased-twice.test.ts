import { expect, test } from "vitest";
import { describePostgres } from "../support/postgres.ts";
import { newPhones, newUser, useSql } from "../support/sql.ts";

describePostgres("a user who is erased twice", (server) => {
  const { database, rows } = useSql(server);

  test("is given back by no bulk insert that knew only of the first time", async () => {
    const [user, owner] = [newUser(), newUser()];
    const [hash] = newPhones(1);
    await rows("select erase_user($1)", user);
    const open = await database().pool.connect();
    try {
      await open.query("begin");
      await open.query("select bulk_insert_contacts($1)", [
        JSON.stringify([{ owner_id: owner, phone_hash: hash, linked_user_id: user }]),
      ]);
      await rows("select erase_user($1)", user);
      await open.query("commit");
    } finally {
      open.release();
    }
    expect(await rows("select linked_user_id from list_contacts($1)", owner)).toEqual([
      { linked_user_id: null },
    ]);
    for (let pass = 0; pass < 4; pass += 1) await rows("select link_pending_phones()");
    expect(
      await rows("select linked_user_id from contacts_with_accounts where owner_id = $1", owner),
    ).toEqual([{ linked_user_id: null }]);
  });
});

import { expect, test } from "vitest";
import { describePostgres } from "../../support/postgres.ts";
import { asKey, newPhones, newUser, refusalOf, useSql } from "../../support/sql.ts";

describePostgres("replacing", (server) => {
  const { database, rows, row, value } = useSql(server);

  const merge = (owner: string, hashes: string[]) =>
    row("select * from sync_user_contacts($1, $2, 1)", owner, hashes);
  const replace = (owner: string, hashes: string[], isConfirmed = false) =>
    row("select * from sync_phone_keys($1, $2, 1, 500, 'replace', $3)", owner, hashes, isConfirmed);
  const keys = async (owner: string) => {
    const found = await rows(
      "select phone_key from contacts_with_accounts where owner_id = $1 order by 1",
      owner,
    );
    return found.map(({ phone_key }) => phone_key);
  };
  const count = (owner: string) =>
    value("select contacts_count from contact_sync_status where owner_id = $1", owner);

  test("removes what is missing, keeps the rest, adds what is new", async () => {
    const owner = newUser();
    const [gone = "", ...hashes] = newPhones(5);
    await merge(owner, [gone, ...hashes.slice(0, 3)]);
    expect(await replace(owner, hashes)).toMatchObject({
      total_processed: 4,
      contacts_inserted: 1,
      contacts_unchanged: 3,
      contacts_removed: 1,
    });
    expect(await keys(owner)).toEqual(hashes.map(asKey));
    expect(await count(owner)).toBe(4);
  });

  test("a merge removes nothing", async () => {
    const owner = newUser();
    const hashes = newPhones(4);
    await merge(owner, hashes);
    expect(await merge(owner, hashes.slice(0, 1))).toMatchObject({ contacts_removed: 0 });
    expect(await keys(owner)).toEqual(hashes.map(asKey));
  });

  test("exactly half of a book may go", async () => {
    const owner = newUser();
    const hashes = newPhones(10);
    await merge(owner, hashes);
    expect(await replace(owner, hashes.slice(5))).toMatchObject({ contacts_removed: 5 });
    expect(await keys(owner)).toEqual(hashes.slice(5).map(asKey));
  });

  test.each([
    ["one more than half", 10, 6],
    ["two of three", 3, 2],
    ["a whole book", 4, 4],
    ["the only contact", 1, 1],
  ])("%s needs confirmation", async (_, stored, missing) => {
    const owner = newUser();
    const hashes = newPhones(stored);
    // What comes newly does not make up for what goes.
    const snapshot = [...hashes.slice(missing), ...newPhones(20)];
    await merge(owner, hashes);

    const { code, message } = await refusalOf(replace(owner, snapshot));
    expect(code).toBe("REPLACE_NEEDS_CONFIRMATION");
    expect(message).toContain(`${missing} of ${stored}`);
    expect(await keys(owner)).toEqual(hashes.map(asKey));

    expect(await replace(owner, snapshot, true)).toMatchObject({ contacts_removed: missing });
    expect(await count(owner)).toBe(snapshot.length);
  });

  test.for([
    ["an empty one", 0, "30 of 30"],
    ["one of 14 numbers", 14, "at least 16 of 30"],
  ] as const)("%s is refused without the book being read", async ([, size, removed], { skip }) => {
    skip(server.onCitus, "each node counts what it reads of its own shards");
    const owner = newUser();
    await merge(owner, newPhones(30));
    const client = await database().pool.connect();
    const scans = async () => {
      const { rows: found } = await client.query(
        `select seq_scan + coalesce(idx_scan, 0) as scans
           from pg_stat_xact_user_tables where relname = 'contacts_with_accounts'`,
      );
      return found;
    };
    try {
      await client.query("begin");
      const before = await scans();
      await client.query("savepoint before");
      const call = client.query("select sync_phone_keys($1, $2, 1, 500, 'replace')", [
        owner,
        newPhones(size),
      ]);
      expect((await refusalOf(call)).message).toContain(`would remove ${removed} contacts`);
      await client.query("rollback to before");
      expect(await scans()).toEqual(before);
    } finally {
      await client.query("rollback");
      client.release();
    }
  });

  test("an empty snapshot of an empty book is no removal", async () => {
    expect(await replace(newUser(), [])).toMatchObject({ contacts_removed: 0 });
  });

  test("leaves other owners alone", async () => {
    const [owner, other] = [newUser(), newUser()];
    const hashes = newPhones(3);
    await merge(other, hashes);
    await merge(owner, hashes);
    await replace(owner, [], true);
    expect(await keys(other)).toEqual(hashes.map(asKey));
  });
});

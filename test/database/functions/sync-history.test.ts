import { expect, test } from "vitest";
import { describePostgres } from "../../support/postgres.ts";
import { runOrder } from "../../support/run-order.ts";
import { newPhones, newUser, refusalOf, useSql } from "../../support/sql.ts";

describePostgres("the history of syncs", (server) => {
  const { rows, row } = useSql(server);

  const runs = (owner: string) =>
    rows(`select * from contact_sync_runs where owner_id = $1 order by ${runOrder(server)}`, owner);
  const status = (owner: string) => row("select * from get_sync_status($1)", owner);

  test("has a row for each sync", async () => {
    const [owner, friend] = [newUser(), newUser()];
    const hashes = newPhones(3);
    await rows("select link_phone($1, $2)", hashes[0], friend);
    const first = await row("select * from sync_user_contacts($1, $2, 7, 250)", owner, hashes);
    await rows("select sync_phone_keys($1, $2, 8, p_mode => 'replace')", owner, hashes.slice(0, 2));

    const [merge, replace, ...others] = await runs(owner);
    expect(others).toEqual([]);
    expect(merge).toMatchObject({
      sync_status: "completed",
      sync_mode: "merge",
      device_contacts_count: 7,
      synced_contacts_count: 3,
      contacts_inserted: 3,
      contacts_updated: 0,
      contacts_unchanged: 0,
      contacts_removed: 0,
      matched_contacts_count: 1,
      batch_size: 250,
      processing_time_ms: first.processing_time_ms,
      error_code: null,
    });
    expect(replace).toMatchObject({
      sync_mode: "replace",
      device_contacts_count: 8,
      contacts_unchanged: 2,
      contacts_removed: 1,
    });
  });

  test("has none for a call that failed in SQL", async () => {
    const owner = newUser();
    await refusalOf(rows("select sync_user_contacts($1, $2, 1)", owner, ["no hash"]));
    await refusalOf(rows("select sync_user_contacts($1, $2, -1)", owner, newPhones(1)));
    expect(await runs(owner)).toEqual([]);
  });

  test("has the failed ones that the library reports", async () => {
    const owner = newUser();
    await rows(
      "select contact_sync_record_failure($1, 9, 'merge', 250, 0, 'DATABASE_UNAVAILABLE')",
      owner,
    );
    expect(await runs(owner)).toMatchObject([
      {
        sync_status: "failed",
        device_contacts_count: 9,
        synced_contacts_count: 0,
        batch_size: 250,
        processing_time_ms: 1,
        error_code: "DATABASE_UNAVAILABLE",
      },
    ]);
  });

  test("the status follows: never, completed, failed, completed", async () => {
    const owner = newUser();
    expect(await status(owner)).toEqual({
      sync_status: "never_synced",
      contacts_count: 0,
      last_sync_at: null,
      last_sync_mode: null,
      device_contacts_count: null,
      synced_contacts_count: null,
      matched_contacts_count: null,
      last_error_code: null,
    });

    const hashes = newPhones(2);
    await rows("select sync_user_contacts($1, $2, 5)", owner, hashes);
    const completed = {
      sync_status: "completed",
      contacts_count: 2,
      last_sync_at: expect.any(Date),
      last_sync_mode: "merge",
      device_contacts_count: 5,
      synced_contacts_count: 2,
      matched_contacts_count: 0,
      last_error_code: null,
    };
    expect(await status(owner)).toEqual(completed);

    await rows("select contact_sync_record_failure($1, 6, 'replace', 500, 10, 'INTERNAL')", owner);
    expect(await status(owner)).toEqual({
      ...completed,
      sync_status: "failed",
      last_error_code: "INTERNAL",
    });

    await rows("select sync_user_contacts($1, $2, 5)", owner, hashes);
    expect(await status(owner)).toEqual(completed);
  });

  test("a bulk insert is no sync", async () => {
    const owner = newUser();
    const contacts = newPhones(2).map((phone_hash) => ({ owner_id: owner, phone_hash }));
    await rows("select bulk_insert_contacts($1)", JSON.stringify(contacts));
    expect(await runs(owner)).toEqual([]);
    expect(await status(owner)).toMatchObject({ sync_status: "never_synced", contacts_count: 2 });
  });
});

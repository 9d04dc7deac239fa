import { inspect } from "node:util";
import { expect, test } from "vitest";
import { toContactSyncError } from "../../src/database/errors.ts";
import { describePostgres } from "../support/postgres.ts";
import { newPhones, newUser, useSql } from "../support/sql.ts";

describePostgres("where a fault is, and its limits, as the library reads them", (server) => {
  const { rows } = useSql(server);
  const errorOf = async (text: string, ...values: unknown[]) =>
    rows(text, ...values).then(
      () => {
        throw new Error("it was not refused");
      },
      (fault) => toContactSyncError(fault),
    );

  const owner = newUser();
  const [phone = ""] = newPhones(1);

  test.each([
    ["a phone hash", "select sync_user_contacts($1, $2, 1)", [phone, phone, "x"], 2],
    ["a phone key", "select sync_phone_keys($1, $2, 1)", [phone, null], 1],
  ])("%s that is none", async (_, call, list, index) => {
    const error = await errorOf(call, owner, list);
    expect(error).toMatchObject({ index, details: undefined });
  });

  test.each([
    [{ owner_id: "x", phone_hash: phone }, "INVALID_CONTACT"],
    [{ owner_id: owner, phone_hash: "x" }, "INVALID_PHONE_HASH"],
    [7, "INVALID_CONTACT"],
  ])("an item of a bulk insert: %j", async (item, code) => {
    const items = JSON.stringify([{ owner_id: owner, phone_hash: phone }, item]);
    const error = await errorOf("select bulk_insert_contacts($1)", items);
    expect(error).toMatchObject({ code, index: 1, details: undefined });
  });

  test("a user or a time of the directory's", async () => {
    const phones = newPhones(2);
    const users = [owner, owner];
    const call = "select link_phones($1, $2, $3)";
    const noUser = await errorOf(call, phones, [owner, null], null);
    expect(noUser).toMatchObject({ code: "INVALID_ARGUMENT", index: 1 });
    const unlinking = await errorOf("select unlink_phones($1, $2)", phones, [null, owner]);
    expect(unlinking).toMatchObject({ code: "INVALID_ARGUMENT", index: 0 });
    for (const time of ["infinity", "9999-01-01"]) {
      const noTime = await errorOf(call, phones, users, ["2024-01-01", time]);
      expect(noTime).toMatchObject({ code: "INVALID_ARGUMENT", index: 1 });
    }
  });

  test("limits and ranges", async () => {
    const many = await errorOf("select delete_contacts($1, $2)", owner, newPhones(10_001));
    expect(many.details).toEqual({ limit: 10_000, received: 10_001 });
    const batch = await errorOf("select sync_user_contacts($1, '{}', 0, 1001)", owner);
    expect(batch.details).toEqual({ min: 1, max: 1_000 });
    const page = await errorOf("select list_contacts($1, 5000)", owner);
    expect(page.details).toEqual({ min: 1, max: 1_000 });
  });

  test.each([
    ["YC005", "INTERNAL"],
    ["53100", "DATABASE_FULL"],
  ])("nothing of what somebody's constraint raises with SQLSTATE %s", async (sqlstate, code) => {
    const number = "+201009876543";
    await rows(`
      create function forged(key uuid) returns boolean language plpgsql as $$
      begin
        raise 'INVALID_CONTACT: ${number}' using errcode = '${sqlstate}', hint = '${number}',
          detail = '{"${number}": 1, "limit": 201009876543, "position": 1e999, "retry_after_seconds": 1e999}';
      end $$;
      alter table contacts_with_accounts add constraint forged check (forged(phone_key))`);
    const error = await errorOf("select sync_user_contacts($1, $2, 1)", newUser(), newPhones(1));
    await rows(
      "alter table contacts_with_accounts drop constraint forged; drop function forged(uuid)",
    );
    expect(error).toMatchObject({ code, index: undefined });
    expect(inspect(error, { depth: 9 })).not.toContain("201009876543");
  });
});

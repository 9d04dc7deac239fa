import { expect, test } from "vitest";
import { describePostgres } from "../../support/postgres.ts";
import { asKey, newPhones, newUser, refusalOf, useSql } from "../../support/sql.ts";

describePostgres("a streamed sync", (server) => {
  const { rows, row, value } = useSql(server);

  const chunk = (owner: string, stream: string, hashes: string[], stage = true) =>
    row("select * from sync_phone_keys_chunk($1, $2, $3, 500, $4)", owner, stream, hashes, stage);
  const finish = (owner: string, stream: string, mode: string, inserted = 0, isConfirmed = false) =>
    row(
      "select * from finish_sync_stream($1, $2, 9, $3, $4, $5)",
      owner,
      stream,
      mode,
      isConfirmed,
      `(6,${inserted},1,3,1500,500,3,0,4,{},{})`,
    );
  const keys = async (owner: string) =>
    (
      await rows(
        "select phone_key from contacts_with_accounts where owner_id = $1 order by 1",
        owner,
      )
    ).map(({ phone_key }) => phone_key);
  const staged = (owner: string) =>
    value("select count(*)::integer from contact_sync_staged_keys where owner_id = $1", owner);

  test("that replaces only adds until it is finished", async () => {
    const [owner, stream] = [newUser(), newUser()];
    const [one = "", two = "", three = "", four = ""] = newPhones(4);
    await rows("select sync_user_contacts($1, $2, 2)", owner, [one, two]);

    await chunk(owner, stream, [two, three]);
    await chunk(owner, stream, [four]);
    await chunk(owner, stream, [four]); // sent again after a lost connection
    expect(await keys(owner)).toEqual([one, two, three, four].map(asKey));

    expect(await finish(owner, stream, "replace", 2)).toMatchObject({ contacts_removed: 1 });
    expect(await keys(owner)).toEqual([two, three, four].map(asKey));
    expect(await staged(owner)).toBe(0);
  });

  test("that would remove more than half is refused, and goes on once confirmed", async () => {
    const [owner, stream] = [newUser(), newUser()];
    const [one = "", two = "", three = ""] = newPhones(3);
    await rows("select sync_user_contacts($1, $2, 3)", owner, [one, two, three]);
    await chunk(owner, stream, [one]);

    const { code } = await refusalOf(finish(owner, stream, "replace"));
    expect(code).toBe("REPLACE_NEEDS_CONFIRMATION");
    expect(await keys(owner)).toEqual([one, two, three].map(asKey));
    expect(await finish(owner, stream, "replace", 0, true)).toMatchObject({ contacts_removed: 2 });
  });

  test("does not make up with what it added for what it would remove", async () => {
    const [owner, stream] = [newUser(), newUser()];
    const [one = "", two = "", three = "", ...added] = newPhones(13);
    await rows("select sync_user_contacts($1, $2, 3)", owner, [one, two, three]);
    await chunk(owner, stream, [one, ...added]);
    const { code, message } = await refusalOf(finish(owner, stream, "replace", 10));
    expect(code).toBe("REPLACE_NEEDS_CONFIRMATION");
    expect(message).toContain("2 of 3");
  });

  test("is refused again when it is repeated, though the book has grown by what it added", async () => {
    const owner = newUser();
    const book = newPhones(3);
    const others = newPhones(9);
    await rows("select sync_user_contacts($1, $2, 3)", owner, book);
    for (const stream of [newUser(), newUser()]) {
      await chunk(owner, stream, others);
      const { code, message } = await refusalOf(finish(owner, stream, "replace", 9));
      expect(code).toBe("REPLACE_NEEDS_CONFIRMATION");
      expect(message).toContain("3 of 3");
    }
    const inOneCall = row(
      "select * from sync_phone_keys($1, $2, 9, 500, 'replace')",
      owner,
      others,
    );
    expect((await refusalOf(inOneCall)).code).toBe("REPLACE_NEEDS_CONFIRMATION");
    expect(await keys(owner)).toEqual([...book, ...others].map(asKey).sort());
  });

  test("may remove what an unfinished one added, which is no loss to the book", async () => {
    const [owner, brokenOff, stream] = [newUser(), newUser(), newUser()];
    const book = newPhones(4);
    await rows("select sync_user_contacts($1, $2, 4)", owner, book);
    await chunk(owner, brokenOff, newPhones(9));
    await chunk(owner, stream, book);
    expect(await finish(owner, stream, "replace")).toMatchObject({ contacts_removed: 9 });
    expect(await keys(owner)).toEqual(book.map(asKey));
  });

  test("does not keep what another stream has named", async () => {
    const [owner, brokenOff, stream] = [newUser(), newUser(), newUser()];
    const [one = "", two = "", three = ""] = newPhones(3);
    await chunk(owner, brokenOff, [one]);
    await chunk(owner, stream, [two, three]);
    await finish(owner, stream, "replace");
    expect(await keys(owner)).toEqual([two, three].map(asKey));
    expect(await staged(owner)).toBe(1); // it may still be running
  });

  test("clears up what an abandoned one staged more than a day ago", async () => {
    const [owner, abandoned, stream] = [newUser(), newUser(), newUser()];
    const [one = "", two = ""] = newPhones(2);
    await chunk(owner, abandoned, [one]);
    await rows(
      "update contact_sync_staged_keys set staged_at = now() - interval '25 hours' where owner_id = $1",
      owner,
    );
    await chunk(owner, stream, [two], false);
    await finish(owner, stream, "merge");
    expect(await staged(owner)).toBe(0);
  });

  test("that merges removes nothing and stages nothing", async () => {
    const [owner, stream] = [newUser(), newUser()];
    const hashes = newPhones(3);
    await rows("select sync_user_contacts($1, $2, 2)", owner, hashes.slice(0, 2));
    await chunk(owner, stream, hashes.slice(2), false);
    expect(await staged(owner)).toBe(0);
    expect(await finish(owner, stream, "merge")).toMatchObject({ contacts_removed: 0 });
    expect(await keys(owner)).toEqual(hashes.map(asKey));
  });

  test("leaves one run, with the sums of its chunks and its whole duration", async () => {
    const [owner, stream] = [newUser(), newUser()];
    const hashes = newPhones(3);
    await chunk(owner, stream, hashes.slice(0, 2), false);
    await chunk(owner, stream, hashes.slice(2), false);
    const runs = "select * from contact_sync_runs where owner_id = $1";
    expect(await rows(runs, owner)).toEqual([]);

    await finish(owner, stream, "merge", 2);
    const run = await row(runs, owner);
    expect(run).toMatchObject({
      run_status: "completed",
      sync_mode: "merge",
      device_contacts_count: 9,
      synced_contacts_count: 6,
      contacts_inserted: 2,
      contacts_updated: 1,
      contacts_unchanged: 3,
      matched_contacts_count: 3,
      batch_size: 500,
    });
    expect(run.duration_ms).toBeGreaterThan(1_500);
  });
});

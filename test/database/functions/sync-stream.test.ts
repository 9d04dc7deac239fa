import { expect, test } from "vitest";
import { earlier } from "../../support/earlier.ts";
import { describePostgres } from "../../support/postgres.ts";
import { asKey, newPhones, newUser, refusalOf, useSql } from "../../support/sql.ts";

interface Totals {
  readonly processed: number;
  readonly inserted?: number;
  readonly isConfirmed?: boolean;
}

describePostgres("a streamed sync", (server) => {
  const { rows, row, value } = useSql(server);

  const chunk = (owner: string, stream: string, hashes: string[], stage = true) =>
    row(
      "select * from contact_sync_stream_chunk($1, $2, $3, 500, $4)",
      owner,
      stream,
      hashes,
      stage,
    );
  const finish = (owner: string, stream: string, mode: string, totals: Totals) =>
    row(
      "select * from contact_sync_finish_stream($1, $2, 9, $3, $4, $5)",
      owner,
      stream,
      mode,
      totals.isConfirmed ?? false,
      `(${totals.processed},${totals.inserted ?? 0},1,3,1500,500,3,0,4,{},{},,,,,,)`,
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

    expect(await finish(owner, stream, "replace", { processed: 3, inserted: 2 })).toMatchObject({
      contacts_removed: 1,
    });
    expect(await keys(owner)).toEqual([two, three, four].map(asKey));
    expect(await staged(owner)).toBe(0);
  });

  test("that would remove more than half is refused, and goes on once confirmed", async () => {
    const [owner, stream] = [newUser(), newUser()];
    const [one = "", two = "", three = ""] = newPhones(3);
    await rows("select sync_user_contacts($1, $2, 3)", owner, [one, two, three]);
    await chunk(owner, stream, [one]);

    const { code } = await refusalOf(finish(owner, stream, "replace", { processed: 1 }));
    expect(code).toBe("REPLACE_NEEDS_CONFIRMATION");
    expect(await keys(owner)).toEqual([one, two, three].map(asKey));
    expect(
      await finish(owner, stream, "replace", { processed: 1, isConfirmed: true }),
    ).toMatchObject({ contacts_removed: 2 });
  });

  test("does not make up with what it added for what it would remove", async () => {
    const [owner, stream] = [newUser(), newUser()];
    const [one = "", two = "", three = "", ...added] = newPhones(13);
    await rows("select sync_user_contacts($1, $2, 3)", owner, [one, two, three]);
    await chunk(owner, stream, [one, ...added]);
    const { code, message } = await refusalOf(
      finish(owner, stream, "replace", { processed: 11, inserted: 10 }),
    );
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
      const { code, message } = await refusalOf(finish(owner, stream, "replace", { processed: 9 }));
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

  test("removes what an unfinished one added like any other contact", async () => {
    const [owner, brokenOff, stream] = [newUser(), newUser(), newUser()];
    const book = newPhones(4);
    await rows("select sync_user_contacts($1, $2, 4)", owner, book);
    await chunk(owner, brokenOff, newPhones(9));
    await chunk(owner, stream, book);
    const { message } = await refusalOf(finish(owner, stream, "replace", { processed: 4 }));
    expect(message).toContain("9 of 13");
    expect(
      await finish(owner, stream, "replace", { processed: 4, isConfirmed: true }),
    ).toMatchObject({ contacts_removed: 9 });
    expect(await keys(owner)).toEqual(book.map(asKey));
  });

  test("leaves nothing behind, broken off and repeated, that lets a later replace pass", async () => {
    const [owner, brokenOff, repeated] = [newUser(), newUser(), newUser()];
    const hashes = newPhones(20);
    await chunk(owner, brokenOff, hashes.slice(0, 10));
    // By numbers that are new, so that the count of what is named says nothing.
    const snapshot = [...hashes.slice(0, 1), ...newPhones(30)];
    const replaceByOne = () =>
      row("select * from sync_phone_keys($1, $2, 1, 500, 'replace')", owner, snapshot);
    expect((await refusalOf(replaceByOne())).code).toBe("REPLACE_NEEDS_CONFIRMATION");

    await chunk(owner, repeated, hashes.slice(0, 10));
    await chunk(owner, repeated, hashes.slice(10));
    await finish(owner, repeated, "replace", { processed: 20, inserted: 10 });
    const { code, message } = await refusalOf(replaceByOne());
    expect(code).toBe("REPLACE_NEEDS_CONFIRMATION");
    expect(message).toContain("19 of 20");
    expect(await keys(owner)).toEqual(hashes.map(asKey));
  });

  test("repeated after it broke off may lack what was deleted meanwhile", async () => {
    const [owner, brokenOff, repeated] = [newUser(), newUser(), newUser()];
    const hashes = newPhones(10);
    await chunk(owner, brokenOff, hashes);
    await chunk(owner, repeated, hashes.slice(1));
    expect(await finish(owner, repeated, "replace", { processed: 9 })).toMatchObject({
      contacts_removed: 1,
    });
  });

  test("counts what it has added as its own, whatever sync comes in between", async () => {
    const [owner, stream] = [newUser(), newUser()];
    const book = newPhones(3);
    const others = newPhones(9);
    await rows("select sync_user_contacts($1, $2, 3)", owner, book);
    await chunk(owner, stream, others);
    await rows("select sync_user_contacts($1, $2, 3)", owner, book);
    const { message } = await refusalOf(
      finish(owner, stream, "replace", { processed: 9, inserted: 9 }),
    );
    expect(message).toContain("3 of 3");
  });

  test("has added to the book, once a later sync is completed", async () => {
    const [owner, stream] = [newUser(), newUser()];
    const book = newPhones(3);
    const others = newPhones(9);
    await rows("select sync_user_contacts($1, $2, 3)", owner, book);
    await chunk(owner, stream, others);
    const replace = () =>
      row("select * from sync_phone_keys($1, $2, 9, 500, 'replace')", owner, others);
    expect((await refusalOf(replace())).message).toContain("3 of 3");
    await rows("select sync_user_contacts($1, $2, 12)", owner, [...book, ...others]);
    expect(await replace()).toMatchObject({ contacts_removed: 3 });
  });

  test("ends with the book that it has named, whatever another one has removed", async () => {
    const [owner, slow, quick] = [newUser(), newUser(), newUser()];
    const [kept = "", ...hashes] = newPhones(3);
    await chunk(owner, slow, [kept, ...hashes]);
    await chunk(owner, quick, [kept]);
    await finish(owner, quick, "replace", { processed: 1, isConfirmed: true });
    expect(await keys(owner)).toEqual([asKey(kept)]);
    await finish(owner, slow, "replace", { processed: 3, inserted: 3 });
    expect(await keys(owner)).toEqual([kept, ...hashes].map(asKey));
  });

  test("does not keep what another stream has named", async () => {
    const [owner, brokenOff, stream] = [newUser(), newUser(), newUser()];
    const [one = "", two = "", three = ""] = newPhones(3);
    await chunk(owner, brokenOff, [one]);
    await chunk(owner, stream, [two, three]);
    await finish(owner, stream, "replace", { processed: 2 });
    expect(await keys(owner)).toEqual([two, three].map(asKey));
    expect(await staged(owner)).toBe(1); // it may still be running
  });

  /** As if the last chunk of a stream had come 25 hours ago. */
  const age = (stream: string) =>
    rows(
      `update contact_sync_streams
          set last_chunk_at = ${earlier("last_chunk_at", "interval '25 hours'")}
        where stream_id = $1`,
      stream,
    );

  test("clears up what one has staged that nobody has heard of for a day", async () => {
    const [owner, abandoned, stream] = [newUser(), newUser(), newUser()];
    const [one = "", two = ""] = newPhones(2);
    await chunk(owner, abandoned, [one]);
    await age(abandoned);
    await chunk(owner, stream, [two], false);
    await finish(owner, stream, "merge", { processed: 1 });
    expect(await staged(owner)).toBe(0);
  });

  test("lives for as long as its chunks keep coming", async () => {
    const [owner, stream, other] = [newUser(), newUser(), newUser()];
    const hashes = newPhones(4);
    for (const hash of hashes) {
      await age(stream);
      await chunk(owner, stream, [hash]);
      await rows("select clean_up_contact_sync()");
      await chunk(owner, other, [], false);
      await finish(owner, other, "merge", { processed: 0 });
    }
    expect(await finish(owner, stream, "replace", { processed: 4, inserted: 4 })).toMatchObject({
      contacts_removed: 0,
    });
    expect(await keys(owner)).toEqual(hashes.map(asKey));
  });

  test("removes nothing once some of what it has read was dropped", async () => {
    const [owner, stream] = [newUser(), newUser()];
    const hashes = newPhones(6);
    await chunk(owner, stream, hashes.slice(0, 4));
    await age(stream); // the clock has jumped
    await rows("select clean_up_contact_sync()");
    await chunk(owner, stream, hashes.slice(4));

    const { code, message } = await refusalOf(
      finish(owner, stream, "replace", { processed: 6, inserted: 6, isConfirmed: true }),
    );
    expect(code).toBe("STREAM_INCOMPLETE");
    expect(message).toContain("processed 6 numbers, and 2 are staged");
    expect(await keys(owner)).toEqual(hashes.map(asKey));
  });

  test("removes nothing when it never staged what it has read", async () => {
    const [owner, stream] = [newUser(), newUser()];
    const hashes = newPhones(2);
    await chunk(owner, stream, hashes, false);
    const { code } = await refusalOf(
      finish(owner, stream, "replace", { processed: 2, inserted: 2, isConfirmed: true }),
    );
    expect(code).toBe("STREAM_INCOMPLETE");
    expect(await keys(owner)).toEqual(hashes.map(asKey));
  });

  test("replaces a book that leaves no room for both", async () => {
    const [owner, alice, stream] = [newUser(), newUser(), newUser()];
    const [stays = "", ...book] = newPhones(6);
    const [known = "", ...others] = newPhones(7);
    await rows("select link_phone($1, $2)", known, alice);
    await rows("select sync_user_contacts($1, $2, 6)", owner, [stays, ...book]);
    // As if 999,992 more were stored.
    await rows(
      "update contact_sync_status set contacts_count = contacts_count + 999992 where owner_id = $1",
      owner,
    );

    expect(await chunk(owner, stream, [stays, ...others.slice(0, 2)])).toMatchObject({
      total_processed: 3,
      contacts_inserted: 2,
      contacts_unchanged: 1,
    });
    const before = await keys(owner);
    const beyond = [known, ...others.slice(2)];
    for (let time = 0; time < 2; time += 1) {
      // The second time, its answer was lost.
      expect(await chunk(owner, stream, beyond)).toMatchObject({
        total_processed: 5,
        contacts_inserted: 5,
        matched_contacts: 1,
        matched_user_ids: [alice],
      });
      expect(await keys(owner)).toEqual(before);
    }
    const totals = { processed: 8, inserted: 7 };
    const { code } = await refusalOf(finish(owner, stream, "replace", totals));
    expect(code).toBe("REPLACE_NEEDS_CONFIRMATION");
    expect(await keys(owner)).toEqual(before);

    expect(await finish(owner, stream, "replace", { ...totals, isConfirmed: true })).toMatchObject({
      total_processed: 8,
      contacts_inserted: 7,
      contacts_removed: 5,
    });
    expect(await keys(owner)).toEqual([stays, known, ...others].map(asKey).sort());
    expect(
      await value("select contacts_count from contact_sync_status where owner_id = $1", owner),
    ).toBe(8 + 999_992);
    expect(await value("select linked_user_id from find_contact($1, $2)", owner, known)).toBe(
      alice,
    );
  });

  test("beyond the limit even so is refused whole, and removes nothing", async () => {
    const [owner, stream] = [newUser(), newUser()];
    const book = newPhones(3);
    const others = newPhones(9);
    await rows("select sync_user_contacts($1, $2, 3)", owner, book);
    await rows("update contact_sync_status set contacts_count = 999996 where owner_id = $1", owner);
    await chunk(owner, stream, others);
    const { code } = await refusalOf(
      finish(owner, stream, "replace", { processed: 9, inserted: 9, isConfirmed: true }),
    );
    expect(code).toBe("CONTACTS_LIMIT_EXCEEDED");
    expect(await keys(owner)).toEqual(book.map(asKey));
  });

  test("that merges removes nothing and stages nothing", async () => {
    const [owner, stream] = [newUser(), newUser()];
    const hashes = newPhones(3);
    await rows("select sync_user_contacts($1, $2, 2)", owner, hashes.slice(0, 2));
    await chunk(owner, stream, hashes.slice(2), false);
    expect(await staged(owner)).toBe(0);
    expect(await finish(owner, stream, "merge", { processed: 1 })).toMatchObject({
      contacts_removed: 0,
    });
    expect(await keys(owner)).toEqual(hashes.map(asKey));
  });

  test("leaves one run, with the sums of its chunks and its whole duration", async () => {
    const [owner, stream] = [newUser(), newUser()];
    const hashes = newPhones(3);
    await chunk(owner, stream, hashes.slice(0, 2), false);
    await chunk(owner, stream, hashes.slice(2), false);
    const runs = "select * from contact_sync_runs where owner_id = $1";
    expect(await rows(runs, owner)).toEqual([]);

    await finish(owner, stream, "merge", { processed: 6, inserted: 2 });
    const run = await row(runs, owner);
    expect(run).toMatchObject({
      sync_status: "completed",
      sync_mode: "merge",
      device_contacts_count: 9,
      synced_contacts_count: 6,
      contacts_inserted: 2,
      contacts_updated: 1,
      contacts_unchanged: 3,
      matched_contacts_count: 3,
      batch_size: 500,
    });
    expect(run.processing_time_ms).toBeGreaterThan(1_500);
  });
});

import { expect, test } from "vitest";
import { describePostgres } from "../../support/postgres.ts";
import { newPhones, newUser, refusalOf, useSql } from "../../support/sql.ts";

describePostgres("limits", (server) => {
  const { rows, row, value } = useSql(server);

  const items = (owner: string, hashes: string[]) =>
    JSON.stringify(hashes.map((phone_hash) => ({ owner_id: owner, phone_hash })));

  const calls: Record<string, (owner: string, hashes: string[]) => Promise<unknown>> = {
    sync_user_contacts: (owner, hashes) =>
      rows("select sync_user_contacts($1, $2, 1)", owner, hashes),
    sync_phone_keys: (owner, hashes) => rows("select sync_phone_keys($1, $2, 1)", owner, hashes),
    contact_sync_stream_chunk: (owner, hashes) =>
      rows("select contact_sync_stream_chunk($1, gen_random_uuid(), $2)", owner, hashes),
    bulk_insert_contacts: (owner, hashes) =>
      rows("select bulk_insert_contacts($1)", items(owner, hashes)),
    link_phones: (owner, hashes) => {
      const users = hashes.map(() => owner);
      return rows("select link_phones($1, $2)", hashes, users);
    },
    unlink_phones: (_, hashes) => rows("select unlink_phones($1)", hashes),
    delete_contacts: (owner, hashes) => rows("select delete_contacts($1, $2)", owner, hashes),
  };

  const TOO_MANY = newPhones(10_001);

  test.each(Object.entries(calls))("%s takes 10,000 a call and no more", async (_, call) => {
    const owner = newUser();
    const { code, message, details } = await refusalOf(call(owner, TOO_MANY));
    expect(code).toBe("CONTACTS_LIMIT_EXCEEDED");
    expect(details).toEqual({ limit: 10_000, received: 10_001 });
    expect(message).toContain("10000");
    expect(message).toContain("10001");
    // Also where the contacts are not distinct: what was received counts.
    await refusalOf(call(owner, new Array(10_001).fill(TOO_MANY[0])));
    expect(
      await value("select count(*) from contacts_with_accounts where owner_id = $1", owner),
    ).toBe("0");

    await call(owner, TOO_MANY.slice(1));
  });

  test.each([0, -1, 1_001])("a batch size of %i is refused everywhere", async (batchSize) => {
    const owner = newUser();
    const hashes = newPhones(1);
    const refused = [
      () => rows("select sync_user_contacts($1, $2, 1, $3)", owner, hashes, batchSize),
      () => rows("select sync_phone_keys($1, $2, 1, $3)", owner, hashes, batchSize),
      () => rows("select contact_sync_stream_chunk($1, $1, $2, $3)", owner, hashes, batchSize),
      () => rows("select bulk_insert_contacts($1, $2)", items(owner, hashes), batchSize),
    ];
    for (const call of refused) {
      const { code, message, details } = await refusalOf(call());
      expect(code).toBe("INVALID_BATCH_SIZE");
      expect(details).toEqual({ min: 1, max: 1_000 });
      expect(message).toContain(String(batchSize));
    }
  });

  test.each([1, 7, 1_000])("a batch size of %i stores the same", async (batchSize) => {
    const owner = newUser();
    const result = await row(
      "select * from sync_user_contacts($1, $2, 1, $3)",
      owner,
      newPhones(20),
      batchSize,
    );
    expect(result).toMatchObject({ contacts_inserted: 20, batch_size: batchSize });
    expect(
      await value("select count(*) from contacts_with_accounts where owner_id = $1", owner),
    ).toBe("20");
  });

  /** An owner with room for that many more, as the status row counts. */
  async function ownerWithRoomFor(contacts: number): Promise<string> {
    const owner = newUser();
    await rows(
      "insert into contact_sync_status (owner_id, contacts_count) values ($1, $2)",
      owner,
      1_000_000 - contacts,
    );
    return owner;
  }

  const adding = Object.entries(calls).filter(([name]) => /^(sync|bulk)/.test(name));

  test.each(adding)("%s lets an owner have 1,000,000 and no more", async (_, call) => {
    const owner = await ownerWithRoomFor(3);
    const stored = async () =>
      row(
        `select contacts_count,
                (select count(*)::integer from contacts_with_accounts where owner_id = $1) as rows
           from contact_sync_status where owner_id = $1`,
        owner,
      );
    const hashes = newPhones(3);
    const { code, message, details } = await refusalOf(call(owner, [...hashes, ...newPhones(1)]));
    expect(code).toBe("CONTACTS_LIMIT_EXCEEDED");
    expect(details).toEqual({ limit: 1_000_000, contacts_count: 1_000_001 });
    expect(message).toContain("1000000");
    expect(message).toContain("1000001");
    expect(await stored()).toEqual({ contacts_count: 999_997, rows: 0 });

    await call(owner, hashes);
    expect(await stored()).toEqual({ contacts_count: 1_000_000, rows: 3 });
    await call(owner, hashes); // what is there already needs no room
    await refusalOf(call(owner, newPhones(1)));
  });

  test("a bulk insert is refused when one of its owners is full", async () => {
    const [full, other] = [await ownerWithRoomFor(0), newUser()];
    const [phone_hash = ""] = newPhones(1);
    const contacts = [other, full].map((owner_id) => ({ owner_id, phone_hash }));
    const call = rows("select bulk_insert_contacts($1)", JSON.stringify(contacts));
    expect((await refusalOf(call)).code).toBe("CONTACTS_LIMIT_EXCEEDED");
    expect(await value("select count(*) from contact_sync_status where owner_id = $1", other)).toBe(
      "0",
    );
  });

  test("a full book can be replaced by another full one", async () => {
    const owner = newUser();
    const [before, after] = [newPhones(4), newPhones(4)];
    await rows("select sync_user_contacts($1, $2, 1)", owner, before);
    await rows(
      "update contact_sync_status set contacts_count = 1000000 where owner_id = $1",
      owner,
    );
    const result = await row(
      "select * from sync_phone_keys($1, $2, 1, 500, 'replace', true)",
      owner,
      after,
    );
    expect(result).toMatchObject({ contacts_inserted: 4, contacts_removed: 4 });
  });

  test("deleting makes room", async () => {
    const owner = newUser();
    const hashes = newPhones(3);
    const count = () =>
      value("select contacts_count from contact_sync_status where owner_id = $1", owner);
    await rows("select sync_user_contacts($1, $2, 1)", owner, hashes);
    expect(await count()).toBe(3);
    expect(await value("select delete_contacts($1, $2)", owner, [hashes[0], hashes[0]])).toBe(1);
    expect(await count()).toBe(2);
    expect(await value("select delete_all_contacts($1)", owner)).toBe(2);
    expect(await count()).toBe(0);
  });

  test("what the device holds is not compared with what was sent, but never negative", async () => {
    const hashes = newPhones(3);
    await rows("select sync_user_contacts($1, $2, 0)", newUser(), hashes);
    await rows("select sync_user_contacts($1, $2, 2000000)", newUser(), hashes);
    const { code } = await refusalOf(
      rows("select sync_user_contacts($1, $2, -1)", newUser(), hashes),
    );
    expect(code).toBe("INVALID_ARGUMENT");
  });
});

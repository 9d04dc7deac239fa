import { randomUUID } from "node:crypto";
import { expect, test } from "vitest";
import { describePostgres } from "../../support/postgres.ts";
import { withRole } from "../../support/roles.ts";
import { newPhones, newUser, useSql } from "../../support/sql.ts";

const ROUTE = "POST /api/v1/contacts/sync";

describePostgres("kept answers", (server) => {
  const { database, rows, row, value } = useSql(server);

  interface Claim {
    readonly owner: string;
    readonly key: string;
    readonly id: string;
  }
  const newClaim = (of: Partial<Claim> = {}): Claim => ({
    owner: newUser(),
    key: randomUUID(),
    id: randomUUID(),
    ...of,
  });

  const take = async (
    { owner, key, id }: Claim,
    { body = "body", lease = "5 s", most = 1_000 } = {},
  ) =>
    row(
      "select claim, convert_from(answer, 'UTF8') as answer, retry_after_seconds from contact_sync_claim_answer($1, $2, $3, $4, $5, $6, $7, 0::smallint)",
      owner,
      ROUTE,
      key,
      body,
      id,
      lease,
      most,
    );
  const keep = ({ owner, key, id }: Claim, answer: string | null) =>
    rows(
      "select contact_sync_keep_answer($1, $2, $3, $4, convert_to($5, 'UTF8'))",
      owner,
      ROUTE,
      key,
      id,
      answer,
    );
  const renew = (...claims: Claim[]) =>
    value(
      "select contact_sync_renew_claims($1, $2, $3, $4, '1 hour')",
      claims.map(({ owner }) => owner),
      claims.map(() => ROUTE),
      claims.map(({ key }) => key),
      claims.map(({ id }) => id),
    );
  const keysOf = async (owner: string) =>
    (
      await rows(
        "select key_digest from contact_sync_answers where owner_id = $1 order by created_at",
        owner,
      )
    ).map(({ key_digest }) => key_digest as string);
  /** So many keys that were answered one after another, the oldest first. */
  const fill = (owner: string, count: number) =>
    rows(
      `insert into contact_sync_answers (
         owner_id, route, key_digest, fingerprint, answer, claim_id, claimed_until, created_at)
       select $1, $2, 'old ' || n, 'body', 'kept', gen_random_uuid(), now(),
              now() - interval '1 h' + n * interval '1 ms'
         from generate_series(1, $3::integer) as n`,
      owner,
      ROUTE,
      count,
    );

  const CLAIMED = { claim: "claimed", answer: null, retry_after_seconds: null };

  test("are given to whoever repeats the request, and to nobody before", async () => {
    const claim = newClaim();
    const again = newClaim({ ...claim, id: randomUUID() });
    expect(await take(claim)).toEqual(CLAIMED);
    expect(await take(again)).toEqual({ claim: "in_use", answer: null, retry_after_seconds: 5 });
    expect(await take(again, { body: "another" })).toMatchObject({ claim: "reused" });
    await keep(claim, "first");
    expect(await take(again)).toMatchObject({ claim: "answered", answer: "first" });
    expect(await take(again, { body: "another" })).toMatchObject({ claim: "reused" });
  });

  test("leave the key free when there is none", async () => {
    const claim = newClaim();
    await take(claim);
    await keep(claim, null);
    expect(await take(newClaim({ ...claim, id: randomUUID() }), { body: "another" })).toEqual(
      CLAIMED,
    );
  });

  test("are the present holder's: who comes back late changes nothing", async () => {
    const late = newClaim();
    const taker = newClaim({ ...late, id: randomUUID() });
    await take(late, { lease: "-1 s" });
    expect(await take(taker, { body: "another" })).toEqual(CLAIMED);

    expect(await renew(late)).toBe(0);
    await keep(late, null);
    await keep(late, "too late");
    expect(await take(newClaim({ ...late, id: randomUUID() }), { body: "another" })).toMatchObject({
      claim: "in_use",
    });
    await keep(taker, "in time");
    await keep(late, "too late");
    await keep(late, null);
    expect(await take(newClaim({ ...late, id: randomUUID() }), { body: "another" })).toMatchObject({
      claim: "answered",
      answer: "in time",
    });
  });

  test("stay a process's to give while it renews its claims, all in one call", async () => {
    const [one, other] = [newClaim(), newClaim()];
    const answered = newClaim();
    for (const claim of [one, other, answered]) await take(claim, { lease: "-1 s" });
    await keep(answered, "done");
    expect(await renew(one, other, answered, newClaim())).toBe(2);
    for (const claim of [one, other]) {
      const { claim: said, retry_after_seconds } = await take({ ...claim, id: randomUUID() });
      expect(said).toBe("in_use");
      expect(retry_after_seconds).toBeGreaterThan(3_500);
    }
  });

  test("are renewed without waiting for one that is being settled", async () => {
    const [busy, other] = [newClaim(), newClaim()];
    await take(busy);
    await take(other);
    const client = await database().pool.connect();
    try {
      await client.query("begin");
      await client.query("select from contact_sync_answers where owner_id = $1 for update", [
        busy.owner,
      ]);
      expect(await renew(busy, other)).toBe(1);
    } finally {
      await client.query("rollback");
      client.release();
    }
  });

  test("are not kept for a user who was erased meanwhile", async () => {
    const claim = newClaim();
    await take(claim);
    await rows("select erase_user($1)", claim.owner);
    await keep(claim, "of somebody gone");
    expect(await keysOf(claim.owner)).toEqual([]);
  });

  test("are short", async () => {
    const claim = newClaim();
    await take(claim);
    await keep(claim, "x".repeat(2_048));
    const long = newClaim();
    await take(long);
    await expect(keep(long, "x".repeat(2_049))).rejects.toMatchObject({ code: "23514" });
  });

  /** One of the sixteenth of all claims that count the owner's keys. */
  const countingId = () => randomUUID().replace(/..$/, "0f");
  const otherId = () => randomUUID().replace(/..$/, "10");

  test("are an owner's newest: the oldest tenth gives way when there are too many", async () => {
    const [owner, other] = [newUser(), newUser()];
    await fill(owner, 99);
    await fill(other, 150);
    const last = newClaim({ owner, id: countingId() });
    await take(last, { most: 100 });
    expect(await keysOf(owner)).toHaveLength(100);

    const next = newClaim({ owner, id: otherId() });
    await take(next, { most: 100 });
    expect(await keysOf(owner)).toHaveLength(101);

    const counting = newClaim({ owner, id: countingId() });
    await take(counting, { most: 100 });
    const left = await keysOf(owner);
    expect(left).toHaveLength(90);
    expect(left.slice(0, 2)).toEqual(["old 13", "old 14"]);
    expect(left.slice(-3)).toEqual([last.key, next.key, counting.key]);
    expect(await keysOf(other)).toHaveLength(150);
  });

  test("are bounded for many requests at once, too, and none of them fails", async () => {
    const owner = newUser();
    await fill(owner, 100);
    const all = await Promise.all(
      Array.from({ length: 60 }, async () => {
        const claim = newClaim({ owner, id: countingId() });
        const taken = await take(claim, { most: 100 });
        await keep(claim, "done");
        return taken;
      }),
    );
    expect(all).toEqual(all.map(() => CLAIMED));
    expect((await keysOf(owner)).length).toBeLessThanOrEqual(120);
    expect((await keysOf(owner)).length).toBeGreaterThanOrEqual(80);
  });

  test("are bounded for whoever sends a new key with each request", async () => {
    const owner = newUser();
    await rows(
      `select contact_sync_claim_answer($1, $2, 'new ' || n, 'body', gen_random_uuid(), '5 s', 100, 0::smallint)
         from generate_series(1, 1000) as n`,
      owner,
      ROUTE,
    );
    // That 200 of them in a row do not count happens once in 400,000 times.
    expect((await keysOf(owner)).length).toBeLessThan(300);
  });

  test("of a caller without a bound are all kept", async () => {
    const owner = newUser();
    await fill(owner, 150);
    await take(newClaim({ owner, id: countingId() }), { most: null as never });
    expect(await keysOf(owner)).toHaveLength(151);
  });
});

describePostgres("contact_sync_find_matches", (server) => {
  const { database, rows, row } = useSql(server);

  const find = (owner: string, phones: string[]) =>
    row("select * from contact_sync_find_matches($1, $2::text[]::uuid[])", owner, phones);
  const sync = (owner: string, phones: string[]) =>
    row(
      "select matched_phone_hashes, matched_user_ids, matched_silent from sync_phone_keys($1, $2::text[]::uuid[], 0)",
      owner,
      phones,
    );

  test("says what a sync of the same numbers says", async () => {
    const [owner, friend] = [newUser(), newUser()];
    const phones = newPhones(40);
    await rows(
      "select link_phones($1, array_fill($2::uuid, array[13]))",
      phones.slice(0, 13),
      friend,
    );
    await rows("select link_phones($1, array[$2::uuid])", phones.slice(20, 21), owner);
    const synced = await sync(owner, phones);
    expect(synced.matched_phone_hashes).toHaveLength(13);
    expect(await find(owner, phones)).toEqual(synced);
    expect(await find(owner, phones.slice(10, 15))).toEqual({
      matched_phone_hashes: phones.slice(10, 13),
      matched_user_ids: [friend, friend, friend],
      matched_silent: [false, false, false],
    });
    const none = { matched_phone_hashes: [], matched_user_ids: [], matched_silent: [] };
    expect(await find(owner, [])).toEqual(none);
    expect(await find(newUser(), phones)).toEqual(none);
  });

  test("names nobody whom the directory no longer confirms, before the linker was round", async () => {
    const [owner, gone, erased, given] = [newUser(), newUser(), newUser(), newUser()];
    const [one = "", two = "", three = "", four = ""] = newPhones(4);
    await rows("select link_phones($1, $2)", [one, two], [gone, erased]);
    await rows(
      "select bulk_insert_contacts($1)",
      JSON.stringify([
        { owner_id: owner, phone_hash: three, linked_user_id: given },
        { owner_id: owner, phone_hash: four, linked_user_id: given },
      ]),
    );
    await sync(owner, [one, two, three, four]);
    await rows("select unlink_phone($1, $2)", one, gone);
    await rows("select erase_user($1)", erased);
    await rows("select link_phones($1, $2)", [four], [owner]);
    expect(await find(owner, [one, two, three, four])).toEqual({
      matched_phone_hashes: [three],
      matched_user_ids: [given],
      matched_silent: [false],
    });
  });

  test("writes nothing, and serves service_role", async () => {
    const [owner, friend] = [newUser(), newUser()];
    const phones = newPhones(3);
    await rows("select link_phones($1, array[$2::uuid])", phones.slice(0, 1), friend);
    await sync(owner, phones);
    const found = await withRole(database().pool, "service_role", {}, async (client) => {
      await client.query("set transaction read only");
      return client.query("select * from contact_sync_find_matches($1, $2::text[]::uuid[])", [
        owner,
        phones,
      ]);
    });
    expect(found.rows).toEqual([
      {
        matched_phone_hashes: phones.slice(0, 1),
        matched_user_ids: [friend],
        matched_silent: [false],
      },
    ]);
  });
});

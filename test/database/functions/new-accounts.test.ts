import { afterEach, beforeEach, expect, test } from "vitest";
import { earlier } from "../../support/earlier.ts";
import { describePostgres } from "../../support/postgres.ts";
import { newPhones, newUser, refusalOf, useSql } from "../../support/sql.ts";

const DAY = 86_400;

describePostgres("the budget of a new account", (server) => {
  const { rows, row } = useSql(server);
  // 10 numbers a day come back.
  beforeEach(() => rows("select set_new_number_budget(100, 10, 7, 40)"));
  afterEach(() => rows("select set_new_number_budget(20000, 2000, 7, 12000)"));

  const sync = (owner: string, hashes: string[], signs: object | null = null) =>
    row(
      "select * from sync_phone_keys($1, $2, 1, p_signs => $3)",
      owner,
      hashes,
      signs === null ? null : JSON.stringify(signs),
    );
  const daysAgo = (days: number) => new Date(Date.now() - days * DAY * 1000).toISOString();
  /** As if the owner's first sync, and what it has spent, were so many days older. */
  const pass = (owner: string, days: number) =>
    rows(
      `update contact_sync_status
          set first_sync_at = ${earlier("first_sync_at", "$2 * interval '1 day'")},
              new_numbers_since = ${earlier("new_numbers_since", "$2 * interval '1 day'")}
        where owner_id = $1`,
      owner,
      days,
    );

  test("is lower for some days after the first sync, and then everybody's", async () => {
    const owner = newUser();
    expect(await sync(owner, newPhones(30))).toMatchObject({
      budget_limit: 40,
      budget_remaining: 10,
    });
    await pass(owner, 6.9);
    expect(await sync(owner, [])).toMatchObject({ budget_limit: 40, budget_remaining: 40 });
    await pass(owner, 0.2);
    expect(await sync(owner, [])).toMatchObject({ budget_limit: 100, budget_remaining: 100 });
  });

  test("is no lower for one that a claim says is old, and lower for one that it says is new", async () => {
    const owner = newUser();
    expect(await sync(owner, [], { account_created_at: daysAgo(8) })).toMatchObject({
      budget_limit: 100,
    });
    await pass(owner, 30);
    expect(await sync(owner, [], { account_created_at: daysAgo(6) })).toMatchObject({
      budget_limit: 40,
    });
    expect(await sync(owner, [], { account_created_at: daysAgo(-1) })).toMatchObject({
      budget_limit: 40,
    });
    expect(await sync(owner, [])).toMatchObject({ budget_limit: 100 });
  });

  test("begins with a sync, not with a book that the back end has filled", async () => {
    const owner = newUser();
    const items = JSON.stringify(
      newPhones(3).map((phone_hash) => ({ owner_id: owner, phone_hash })),
    );
    await rows("select bulk_insert_contacts($1)", items);
    await rows(
      `update contact_sync_status set created_at = ${earlier("created_at", "interval '9 days'")} where owner_id = $1`,
      owner,
    );
    expect(await sync(owner, [])).toMatchObject({ budget_limit: 40 });
  });

  test("also begins with a sync that was refused", async () => {
    const owner = newUser();
    await rows(
      "select contact_sync_record_failure($1, 90, 'merge', 500, 1, 'NEW_NUMBER_BUDGET_EXCEEDED')",
      owner,
    );
    await pass(owner, 7.1);
    expect(await sync(owner, newPhones(90))).toMatchObject({
      budget_limit: 100,
      budget_remaining: 10,
    });
  });

  test("says in a refusal which limit is in force, to what it rises, and when", async () => {
    const owner = newUser();
    await sync(owner, newPhones(1));
    await pass(owner, 2);
    const { message, hint, details } = await refusalOf(sync(owner, newPhones(60)));
    expect(message).toContain(
      "60 numbers are new to this owner, whose budget, that of a new account",
    );
    expect(message).toContain("40 of 40");
    expect(hint).toContain("no room for as many at once while the account is new");
    expect(hint).toContain("rises to 100");
    expect(hint).toContain("120 hours");
    const { later_limit_seconds, retry_after_seconds, ...figures } = details as Record<
      string,
      number
    >;
    expect(figures).toMatchObject({ limit: 40, remaining: 40, new_numbers: 60, later_limit: 100 });
    expect(later_limit_seconds).toBeGreaterThan(5 * DAY - 60);
    expect(later_limit_seconds).toBeLessThanOrEqual(5 * DAY);
    // They fit when the limit rises, and not before.
    expect(retry_after_seconds).toBe(later_limit_seconds);
    await pass(owner, 5);
    expect(await sync(owner, newPhones(60))).toMatchObject({ budget_limit: 100 });
  });

  test("waits for whichever comes first: what comes back, or the higher limit", async () => {
    const retry = async (spent: number, days: number, wanted: number) => {
      const owner = newUser();
      await sync(owner, newPhones(spent));
      await rows(
        `update contact_sync_status set first_sync_at = ${earlier("first_sync_at", "$2 * interval '1 day'")} where owner_id = $1`,
        owner,
        days,
      );
      const { details } = await refusalOf(sync(owner, newPhones(wanted)));
      return Math.round((details as { retry_after_seconds: number }).retry_after_seconds / DAY);
    };
    expect(await retry(40, 1, 20)).toBe(2); // 20 come back in two days, the limit rises in six
    expect(await retry(40, 6, 20)).toBe(1); // it rises tomorrow
    expect(await retry(40, 1, 60)).toBe(6); // only with the higher limit
    expect(await retry(40, 6, 90)).toBe(3); // it rises tomorrow, and 30 have to come back
    expect(await retry(40, 6, 150)).toBe(4); // never: as many as ever can
  });

  test("can be switched off, and is never above that of others", async () => {
    await rows("select set_new_number_budget(100, 10, 0, 40)");
    expect(await sync(newUser(), [])).toMatchObject({ budget_limit: 100 });
    expect(await row("select * from set_new_number_budget(30, 10, 7)")).toEqual({
      burst: 30,
      refill_per_day: 10,
      new_account_days: 7,
      new_account_burst: 30,
    });
    expect(await sync(newUser(), [])).toMatchObject({ budget_limit: 30 });
    expect(await row("select * from set_new_number_budget(100)")).toMatchObject({
      new_account_burst: 40,
    });
    await rows("select set_new_number_budget(0)");
    expect(await sync(newUser(), newPhones(200))).toMatchObject({ budget_limit: null });
  });

  test.each([
    [-1, null],
    [3_651, null],
    [null, 0],
    [null, 1_000_000_001],
  ])("cannot be %s days, %s", async (days, burst) => {
    const call = rows("select set_new_number_budget(null, null, $1, $2)", days, burst);
    expect((await refusalOf(call)).code).toBe("INVALID_ARGUMENT");
  });

  test.each([
    "[]",
    "3",
    '{"rejected": -1}',
    '{"rejected": "many"}',
    '{"rejected": 1.5}',
    '{"neighbours": 3, "numbers": 2}',
    '{"numbers": 99999999999}',
    '{"account_created_at": "yesterday or so"}',
    '{"account_created_at": "infinity"}',
  ])("takes no signs like %s", async (signs) => {
    const calls = [
      "sync_phone_keys(gen_random_uuid(), '{}', 1, p_signs => $1)",
      "sync_phone_keys_delta(gen_random_uuid(), 'phone', gen_random_uuid(), '{}', '{}', '', p_signs => $1)",
      "contact_sync_stream_chunk(gen_random_uuid(), gen_random_uuid(), '{}', p_signs => $1)",
      "contact_sync_finish_stream(gen_random_uuid(), gen_random_uuid(), 1, 'merge', false, '(0,0,0,0,1,500,0,0,0,{},{},,,,,,)', p_signs => $1)",
      "contact_sync_commit_session(gen_random_uuid(), gen_random_uuid(), 1, 500, false, true, p_signs => $1)",
    ];
    for (const call of calls) {
      const { code, message } = await refusalOf(rows(`select * from ${call}`, signs));
      expect([call, code, message.includes("p_signs")]).toEqual([call, "INVALID_ARGUMENT", true]);
    }
  });
});

describePostgres("numbers that could not be read", (server) => {
  const { rows, row } = useSql(server);
  beforeEach(() => rows("select set_new_number_budget(5000, 1, 0)"));
  afterEach(() => rows("select set_new_number_budget(20000, 2000, 7, 12000)"));

  const sync = (owner: string, hashes: string[], rejected: number, budget = true) =>
    row(
      "select * from sync_phone_keys($1, $2, 1, p_budget => $3, p_signs => $4)",
      owner,
      hashes,
      budget,
      JSON.stringify({ rejected, numbers: hashes.length, neighbours: 0 }),
    );
  const left = async (...call: Parameters<typeof sync>) => (await sync(...call)).budget_remaining;

  test("are free up to a book's share, and charged beyond it", async () => {
    expect(await left(newUser(), [], 1_000)).toBe(5_000);
    expect(await left(newUser(), [], 1_001)).toBe(4_999);
    // Half of what was received: 3,000 of 6,000, and 1,500 more than half of 4,500 received.
    expect(await left(newUser(), newPhones(3_000), 3_000)).toBe(2_000);
    expect(await left(newUser(), newPhones(500), 4_000)).toBe(5_000 - 500 - 1_750);
  });

  test("cost nothing again in the same book, and what is more costs the difference", async () => {
    const owner = newUser();
    const phones = newPhones(10);
    expect(await left(owner, phones, 3_010)).toBe(5_000 - 10 - 1_500);
    expect(await left(owner, phones, 3_010)).toBe(3_490);
    expect(await left(owner, phones, 0)).toBe(3_490);
    expect(await left(owner, phones, 3_010)).toBe(3_490);
    expect(await left(owner, phones, 4_010)).toBe(2_990);
  });

  test("are told in a refusal, which changes nothing", async () => {
    const owner = newUser();
    const { message, details } = await refusalOf(sync(owner, newPhones(100), 10_900));
    expect(message).toContain(
      "100 numbers are new to this owner and 5400 more than a book's share",
    );
    expect(details).toMatchObject({ new_numbers: 100, rejected_numbers: 5_400, remaining: 5_000 });
    expect(await left(owner, [], 0)).toBe(5_000);
    const most = await refusalOf(sync(owner, newPhones(1), 2_147_483_647));
    expect(most).toMatchObject({ code: "NEW_NUMBER_BUDGET_EXCEEDED", details: { new_numbers: 1 } });
  });

  test("are free where a call is free of the budget, and where there is none", async () => {
    const owner = newUser();
    await sync(owner, [], 10_000, false);
    expect(await left(owner, [], 0)).toBe(5_000);
    await rows("select set_new_number_budget(0)");
    await sync(owner, [], 10_000);
  });

  test("of a stream count over all its chunks, at its finish", async () => {
    const [owner, stream] = [newUser(), newUser()];
    const chunk = (rejected: number, hashes: string[]) =>
      row(
        "select * from contact_sync_stream_chunk($1, $2, $3, p_signs => $4)",
        owner,
        stream,
        hashes,
        JSON.stringify({ rejected, numbers: hashes.length }),
      );
    const finish = (rejected: number) =>
      row(
        "select * from contact_sync_finish_stream($1, $2, 1, 'merge', false, $3, p_signs => $4)",
        owner,
        stream,
        "(1000,1000,0,0,1,500,0,0,0,{},{},,,,,,)",
        JSON.stringify({ rejected }),
      );
    expect(await chunk(5_000, [])).toMatchObject({ budget_remaining: 5_000 });
    expect(await chunk(0, newPhones(1_000))).toMatchObject({ budget_remaining: 4_000 });
    // Of 6,000 received 5,000 were unreadable, and half of all would have been free.
    expect(await finish(5_000)).toMatchObject({ budget_remaining: 2_000 });
  });
});

import pg from "pg";
import { afterEach, expect, test } from "vitest";
import { earlier } from "../../support/earlier.ts";
import { describePostgres } from "../../support/postgres.ts";
import { newPhones, newUser, refusalOf, useSql } from "../../support/sql.ts";

const [BURST, PER_DAY] = [100, 24];
const HOUR = 3_600;

describePostgres("the budget for new numbers", (server) => {
  const { database, rows, row, value } = useSql(server);

  const setBudget = (burst: number | null, perDay: number | null = null) =>
    row("select * from set_new_number_budget($1, $2)", burst, perDay);
  const useSmallBudget = () => setBudget(BURST, PER_DAY);
  afterEach(() => setBudget(20_000, 2_000));

  const sync = (owner: string, hashes: string[]) =>
    row("select * from sync_user_contacts($1, $2, 1)", owner, hashes);
  const replace = (owner: string, hashes: string[], budget = true) =>
    row(
      "select * from sync_phone_keys($1, $2, 1, 500, 'replace', true, $3)",
      owner,
      hashes,
      budget,
    );
  const chunk = (owner: string, hashes: string[], budget = true) =>
    row(
      "select * from contact_sync_stream_chunk($1, gen_random_uuid(), $2, p_stage => true, p_budget => $3)",
      owner,
      hashes,
      budget,
    );
  /** As if so many seconds had passed since the owner's last new number; or (negative) less than none. */
  const pass = (owner: string, seconds: number) =>
    rows(
      `update contact_sync_status
          set new_numbers_since = ${earlier("new_numbers_since", "$2 * interval '1 second'")}
        where owner_id = $1`,
      owner,
      seconds,
    );
  const left = async (owner: string) => (await sync(owner, [])).budget_remaining;
  const everything = (owner: string) =>
    row(
      `select (select to_jsonb(s) from contact_sync_status s where s.owner_id = $1) as status,
              (select jsonb_agg(to_jsonb(c) order by c.phone_key)
                 from contacts_with_accounts c where c.owner_id = $1) as book,
              (select count(*) from contact_sync_runs r where r.owner_id = $1) as runs,
              (select count(*) from contact_sync_staged_keys k where k.owner_id = $1) as staged`,
      owner,
    );
  /** The figures that a refusal carries as its DETAIL. */
  const figures = async (call: Promise<unknown>) => {
    const error = await call.then(
      () => undefined,
      (thrown) => thrown,
    );
    expect(error).toMatchObject({ code: "YC013" });
    return JSON.parse(error.detail);
  };

  test("is 20,000, and 2,000 a day, unless somebody sets another one", async () => {
    await rows("truncate contact_sync_settings");
    expect(await row("select * from set_new_number_budget()")).toEqual({
      burst: 20_000,
      refill_per_day: 2_000,
      new_account_days: 7,
      new_account_burst: 12_000,
    });
    expect(await rows("select from contact_sync_settings")).toEqual([]);
    expect(await sync(newUser(), newPhones(1))).toMatchObject({
      budget_limit: 12_000,
      budget_remaining: 11_999,
      budget_reset: 44,
    });
    expect(await setBudget(null, 5)).toMatchObject({ burst: 20_000, refill_per_day: 5 });
    expect(await setBudget(7)).toMatchObject({ burst: 7, refill_per_day: 5 });
  });

  test.each([
    [-1, null],
    [1_000_000_001, null],
    [null, 0],
    [null, 1_000_000_001],
  ])("cannot be %s, %s", async (burst, perDay) => {
    expect((await refusalOf(setBudget(burst, perDay))).code).toBe("INVALID_ARGUMENT");
  });

  test("charges only what is new to the owner, and what somebody has deleted again", async () => {
    await useSmallBudget();
    const owner = newUser();
    const hashes = newPhones(50);
    expect(await sync(owner, hashes.slice(0, 40))).toMatchObject({ budget_remaining: 60 });
    for (let time = 0; time < 5; time += 1) {
      expect(await sync(owner, [...hashes.slice(0, 40), ...hashes.slice(0, 9)])).toMatchObject({
        budget_limit: BURST,
        budget_remaining: 60,
        budget_reset: expect.any(Number),
      });
    }
    expect(await sync(owner, hashes)).toMatchObject({ budget_remaining: 50 });
    expect(await replace(owner, hashes.slice(0, 30))).toMatchObject({ budget_remaining: 50 });
    expect(await sync(owner, hashes)).toMatchObject({ budget_remaining: 50 });
    await rows("select delete_all_contacts($1)", owner);
    expect(await sync(owner, hashes.slice(0, 30))).toMatchObject({ budget_remaining: 20 });
    await refusalOf(sync(owner, hashes.slice(29, 51).concat(newPhones(1))));
    expect(await left(newUser())).toBe(BURST);
  });

  test("what it has no room for changes nothing at all and costs nothing", async () => {
    await useSmallBudget();
    const [owner, alice] = [newUser(), newUser()];
    const hashes = newPhones(200);
    await rows("select link_phone($1, $2)", hashes[150], alice);
    await sync(owner, hashes.slice(0, 60));
    const before = await everything(owner);

    const news = hashes.slice(60, 101);
    const calls: Record<string, () => Promise<unknown>> = {
      sync_user_contacts: () => sync(owner, [...hashes.slice(0, 60), ...news]),
      "a replace that would remove": () => replace(owner, news),
      contact_sync_stream_chunk: () => chunk(owner, news),
    };
    for (const [name, call] of Object.entries(calls)) {
      const { code, message } = await refusalOf(call());
      expect(code, name).toBe("NEW_NUMBER_BUDGET_EXCEEDED");
      expect(message).toContain("41 numbers are new");
      expect(message).toContain("40 of 100");
      expect(await everything(owner), name).toEqual(before);
    }
    // Whether somebody in it has an account makes no difference to what is said.
    const told = await refusalOf(sync(owner, hashes.slice(110, 151)));
    expect(told.text).not.toContain(alice);
    expect(told.message).toBe((await refusalOf(sync(owner, news))).message);
    expect(await sync(owner, news.slice(1))).toMatchObject({ budget_remaining: 0 });
  });

  test("says when the refused numbers fit, and when it is full", async () => {
    await useSmallBudget();
    const owner = newUser();
    const hashes = newPhones(300);
    await sync(owner, hashes.slice(0, 90));
    const refused = await figures(sync(owner, hashes.slice(90, 110)));
    expect(refused).toMatchObject({ limit: BURST, remaining: 10, new_numbers: 20 });
    expect(refused.retry_after_seconds).toBeGreaterThan(9 * HOUR);
    expect(refused.retry_after_seconds).toBeLessThanOrEqual(10 * HOUR);
    expect(refused.reset).toBeGreaterThan(89 * HOUR);
    expect(refused.reset).toBeLessThanOrEqual(90 * HOUR);

    await pass(owner, refused.retry_after_seconds);
    await sync(owner, hashes.slice(90, 110));
    // More than it ever holds: until as many fit as ever can.
    const { text } = await refusalOf(sync(owner, hashes.slice(110, 290)));
    expect(text).toContain("never has room for as many");
    const never = await figures(sync(owner, hashes.slice(110, 290)));
    expect(never.retry_after_seconds).toBe(never.reset);
  });

  test("refills evenly, to the burst and no further", async () => {
    await useSmallBudget();
    const owner = newUser();
    await sync(owner, newPhones(100));
    expect(await left(owner)).toBe(0);
    await pass(owner, HOUR / 2);
    expect(await left(owner)).toBe(0);
    await pass(owner, HOUR / 2);
    expect(await left(owner)).toBe(1);
    await pass(owner, 9 * HOUR);
    expect(await left(owner)).toBe(10);
    await pass(owner, 100 * 365 * 24 * HOUR);
    expect(await sync(owner, [])).toMatchObject({ budget_remaining: BURST, budget_reset: 0 });
  });

  test("gets nothing of a clock that is set back, and goes on by the new time", async () => {
    await useSmallBudget();
    const owner = newUser();
    await sync(owner, newPhones(90));
    await pass(owner, -365 * 24 * HOUR);
    expect(await left(owner)).toBe(10);
    await pass(owner, 2 * HOUR);
    expect(await left(owner)).toBe(12);
  });

  test("follows its settings at once", async () => {
    await useSmallBudget();
    const owner = newUser();
    await sync(owner, newPhones(80));
    await setBudget(50);
    expect(await sync(owner, [])).toMatchObject({ budget_limit: 50, budget_remaining: 0 });
    await refusalOf(sync(owner, newPhones(1)));
    await setBudget(200);
    expect(await left(owner)).toBe(120);
    await setBudget(0);
    expect(await sync(owner, newPhones(1_000))).toMatchObject({
      budget_limit: null,
      budget_remaining: null,
      budget_reset: null,
    });
  });

  test("is asked of two syncs at once by one after the other", async () => {
    await useSmallBudget();
    const owner = newUser();
    const all = await Promise.allSettled(
      Array.from({ length: 6 }, () => sync(owner, newPhones(30))),
    );
    expect(all.filter(({ status }) => status === "fulfilled")).toHaveLength(3);
    expect(await left(owner)).toBe(10);
  });

  test("leaves bulk inserts alone, and syncs that are free of it", async () => {
    await useSmallBudget();
    const owner = newUser();
    const items = newPhones(150).map((phone_hash) => ({ owner_id: owner, phone_hash }));
    const free = { budget_limit: null, budget_remaining: null, budget_reset: null };
    expect(
      await row("select * from bulk_insert_contacts($1)", JSON.stringify(items)),
    ).toMatchObject(free);
    expect(await chunk(owner, newPhones(150), false)).toMatchObject(free);
    expect(await replace(owner, newPhones(150), false)).toMatchObject(free);
    expect(await left(owner)).toBe(BURST);
  });

  test("is new again for somebody who was erased", async () => {
    await useSmallBudget();
    const owner = newUser();
    await sync(owner, newPhones(70));
    await rows("select erase_user($1)", owner);
    expect(await left(owner)).toBe(BURST);
  });

  test("charges what a full book leaves to a stream's finish, which is free itself", async () => {
    await useSmallBudget();
    const [owner, stream] = [newUser(), newUser()];
    await rows(
      "insert into contact_sync_status (owner_id, contacts_count) values ($1, 1000000)",
      owner,
    );
    await row(
      "select * from contact_sync_stream_chunk($1, $2, $3, p_stage => true)",
      owner,
      stream,
      newPhones(30),
    );
    expect(await left(owner)).toBe(70);
    await rows("update contact_sync_status set contacts_count = 0 where owner_id = $1", owner);
    expect(
      await row(
        "select * from contact_sync_finish_stream($1, $2, 30, 'replace', true, '(30,30,0,0,1,500,0,0,0,{},{},,,,,,)')",
        owner,
        stream,
      ),
    ).toMatchObject({ contacts_inserted: 30, budget_limit: BURST, budget_remaining: 70 });
    expect(
      await value(
        "select count(*)::integer from contacts_with_accounts where owner_id = $1",
        owner,
      ),
    ).toBe(30);
  });

  test("cannot be got round or changed by a user who calls from outside", async () => {
    await rows("select use_unsealed()");
    await useSmallBudget();
    const owner = newUser();
    const client = new pg.Client({ connectionString: database().connectionString });
    await client.connect();
    try {
      const claims = JSON.stringify({ sub: owner, role: "authenticated" });
      await client.query("select set_config('request.jwt.claims', $1, false)", [claims]);
      await client.query("set role authenticated");
      const call = (hashes: string[]) =>
        client.query("select * from sync_user_contacts($1, $2, 1)", [owner, hashes]);
      const { rows: found } = await call(newPhones(60));
      expect(found[0]).toMatchObject({ budget_limit: BURST, budget_remaining: 40 });
      await expect(call(newPhones(60))).rejects.toMatchObject({ code: "YC013" });
      for (const attempt of [
        "select set_new_number_budget(0)",
        "update contact_sync_settings set new_number_burst = 0",
        "update contact_sync_status set new_numbers_spent = 0",
        "select sync_phone_keys(gen_random_uuid(), '{}', 0)",
      ]) {
        await expect(client.query(attempt), attempt).rejects.toMatchObject({ code: "42501" });
      }
    } finally {
      await client.end();
    }
  });
});

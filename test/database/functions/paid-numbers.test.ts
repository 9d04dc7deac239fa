import { afterEach, beforeEach, expect, test } from "vitest";
import { earlier } from "../../support/earlier.ts";
import { describePostgres } from "../../support/postgres.ts";
import { asKey, newPhones, newUser, refusalOf, useSql } from "../../support/sql.ts";

const BURST = 100;

// What was charged once is not charged again where a sync has removed it and it comes back.
describePostgres("numbers that come back", (server) => {
  const { rows, row, value } = useSql(server);
  beforeEach(() => rows("select set_new_number_budget($1, 1), set_choice_retention(30)", BURST));
  afterEach(() => rows("select set_new_number_budget(20000, 2000), set_choice_retention(30)"));

  const merge = (owner: string, hashes: string[]) =>
    row("select * from sync_user_contacts($1, $2, 1)", owner, hashes);
  const replace = (owner: string, hashes: string[], device: string | null = null) =>
    row(
      "select * from sync_phone_keys($1, $2, 1, 500, 'replace', true, true, $3)",
      owner,
      hashes,
      device,
    );
  const delta = (owner: string, mark: string, added: string[], removed: string[]) =>
    row(
      "select (d.result).* from sync_device_delta($1, 'phone', $2, $3, $4, null, true) as d",
      owner,
      mark,
      added,
      removed,
    );
  const session = async (owner: string, hashes: string[]) => {
    const id = await value("select contact_sync_begin_session($1, 'phone', 'replace', 1)", owner);
    const parts =
      hashes.length > 10_000 ? [hashes.slice(0, 10_000), hashes.slice(10_000)] : [hashes];
    for (const [part, of] of parts.entries()) {
      await rows("select contact_sync_stage_part($1, $2, $3, $4)", owner, id, part, of);
    }
    return row(
      "select * from contact_sync_commit_session($1, $2, $3, 500, true, true)",
      owner,
      id,
      parts.length,
    );
  };
  const stream = async (owner: string, hashes: string[]) => {
    const id = newUser();
    const chunk = await row(
      "select * from contact_sync_stream_chunk($1, $2, $3, p_stage => true)",
      owner,
      id,
      hashes,
    );
    return row(
      "select * from contact_sync_finish_stream($1, $2, 1, 'replace', true, $3)",
      owner,
      id,
      `(${hashes.length},${chunk.contacts_inserted},0,0,1,500,0,0,0,{},{},,,,,,)`,
    );
  };
  const kept = (owner: string) =>
    rows(
      `select phone_key, is_favorite, last_interaction from contact_sync_kept_choices
        where owner_id = $1 order by phone_key`,
      owner,
    );

  test("give nothing back where they were paid for and forgotten since", async () => {
    const owner = newUser();
    const [removed = "", other = ""] = newPhones(2);
    await merge(owner, [removed, other]);
    await replace(owner, [other]);
    // As if a sync had been at work in between, which has kept it.
    await rows(
      "insert into phones (phone_key, linked_user_id, verified_at) values ($1, null, now())",
      asKey(removed),
    );
    const { budget_remaining: before } = await merge(owner, [other]);
    for (let time = 0; time < 3; time += 1) {
      const { budget_remaining, contacts_unchanged } = await merge(owner, [removed, other]);
      expect({ budget_remaining, contacts_unchanged }).toEqual({
        budget_remaining: before,
        contacts_unchanged: 2,
      });
    }
  });

  test.each([
    ["a sync", merge],
    ["a replace", replace],
    ["a session", session],
    ["a stream", stream],
  ] as const)("are not charged to %s", async (_name, again) => {
    const owner = newUser();
    const [first, second] = [newPhones(40), newPhones(30)];
    expect(await replace(owner, first)).toMatchObject({ budget_remaining: 60 });
    expect(await replace(owner, second)).toMatchObject({ budget_remaining: 30 });
    // 40 would not have fitted.
    expect(await again(owner, first)).toMatchObject({ budget_remaining: 30 });
    const others = newPhones(3);
    expect(await again(owner, [...first, ...others])).toMatchObject({ budget_remaining: 27 });
  });

  test("are not charged to a delta, nor when it is sent again", async () => {
    const owner = newUser();
    const phones = newPhones(60);
    const { sync_mark: begun } = await replace(owner, phones, "phone");
    const gone = await delta(owner, begun, [], phones.slice(0, 50));
    expect(gone).toMatchObject({ contacts_removed: 50, budget_remaining: 40 });
    const back = await delta(owner, gone.sync_mark, phones.slice(0, 50), []);
    expect(back).toMatchObject({ contacts_inserted: 50, budget_remaining: 40 });
    expect(await delta(owner, gone.sync_mark, phones.slice(0, 50), [])).toMatchObject({
      contacts_inserted: 50,
      budget_remaining: 40,
    });
  });

  test("are charged like others beside them, all at once in a large book", async () => {
    await rows("select set_new_number_budget(20000, 1, 0)");
    const owner = newUser();
    const [first, second] = [newPhones(10_100), newPhones(12)];
    expect(await session(owner, first)).toMatchObject({ budget_remaining: 9_900 });
    await session(owner, second);
    expect(await session(owner, [...first, ...second])).toMatchObject({
      contacts_inserted: 10_100,
      budget_remaining: 9_888,
    });
    await rows("select set_new_number_budget(20000, 1, 7)");
  });

  test("leave nothing behind when they are back, and ordinary ones are not rewritten", async () => {
    const owner = newUser();
    const [plain, favourite] = newPhones(2) as [string, string];
    await merge(owner, [plain, favourite]);
    await rows("select set_contact_favorite($1, $2, true)", owner, asKey(favourite));
    await replace(owner, []);
    expect(await kept(owner)).toEqual([
      { phone_key: asKey(plain), is_favorite: false, last_interaction: null },
      { phone_key: asKey(favourite), is_favorite: true, last_interaction: null },
    ]);
    await merge(owner, [plain, favourite]);
    expect(await kept(owner)).toEqual([]);
    // Written by a later command of the same call.
    const order = await rows(
      "select is_favorite from contacts_with_accounts where owner_id = $1 order by cmin::text::bigint",
      owner,
    );
    expect(order).toEqual([{ is_favorite: false }, { is_favorite: true }]);
    const [{ distinct }] = await rows(
      "select count(distinct cmin::text)::integer as distinct from contacts_with_accounts where owner_id = $1",
      owner,
    );
    expect(distinct).toBe(2);
  });

  test("are charged when the days are over, and when nothing is kept", async () => {
    const owner = newUser();
    const phones = newPhones(30);
    await merge(owner, phones);
    await replace(owner, []);
    await rows(
      `update contact_sync_kept_choices set removed_at = ${earlier("removed_at", "interval '31 days'")} where owner_id = $1`,
      owner,
    );
    expect(await merge(owner, phones)).toMatchObject({ budget_remaining: 40 });
    await rows("select set_choice_retention(0)");
    await replace(owner, []);
    expect(await kept(owner)).toEqual([]);
    expect(await merge(owner, phones)).toMatchObject({ budget_remaining: 10 });
  });

  test("are charged when somebody deleted them by hand, also after a sync had removed them", async () => {
    const owner = newUser();
    const phones = newPhones(20);
    await merge(owner, phones);
    await rows("select delete_contacts($1, $2)", owner, phones);
    expect(await merge(owner, phones)).toMatchObject({ budget_remaining: 60 });
    await replace(owner, []);
    await rows("select delete_contacts($1, $2)", owner, phones);
    expect(await merge(owner, phones)).toMatchObject({ budget_remaining: 40 });
  });

  test("are those of the owner alone", async () => {
    const [owner, other] = [newUser(), newUser()];
    const phones = newPhones(60);
    await merge(owner, phones);
    await replace(owner, []);
    expect(await merge(other, phones)).toMatchObject({ budget_remaining: 40 });
    await refusalOf(merge(other, newPhones(41)));
  });

  test("are not kept where there is no budget, but for choices", async () => {
    await rows("select set_new_number_budget(0)");
    const owner = newUser();
    const [, favourite] = newPhones(2) as [string, string];
    await merge(owner, newPhones(5));
    await merge(owner, [favourite]);
    await rows("select set_contact_favorite($1, $2, true)", owner, asKey(favourite));
    await replace(owner, []);
    expect(await kept(owner)).toEqual([
      { phone_key: asKey(favourite), is_favorite: true, last_interaction: null },
    ]);
  });
});

import { afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { earlier } from "../../support/earlier.ts";
import { describePostgres } from "../../support/postgres.ts";
import { runOrder } from "../../support/run-order.ts";
import { asKey, newPhones, newUser, refusalOf, useSql } from "../../support/sql.ts";

/** An owner of whom nothing is known but what a case says, in the order of the arguments. */
const NOTHING = {
  new: 0,
  seen: 0,
  neighbours: 0,
  named: 0,
  matched: 0,
  removed: 0,
  refusals: 0,
  book: 0,
  usualBook: null as number | null,
  usualShare: null as number | null,
};
/** A service whose largest books have 1,500 numbers, a fifth of them with accounts. */
const USUAL = { usualBook: 1_500, usualShare: 0.2 };
const book = (size: number, given: Partial<typeof NOTHING> = {}) => ({
  ...NOTHING,
  new: size,
  seen: size,
  named: size,
  matched: Math.round(size / 5),
  book: size,
  ...USUAL,
  ...given,
});

describePostgres("the suspicion of", (server) => {
  const { value } = useSql(server);
  const score = (figures: typeof NOTHING) =>
    value(
      "select contact_sync_suspicion($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
      ...Object.values(figures),
    );

  test.each([
    ["a first book of 300", book(300), 0],
    ["one with a family's 12 numbers", book(300, { neighbours: 12 }), 0],
    ["50 extensions of a switchboard in a book of 500", book(500, { neighbours: 50 }), 0],
    ["a work phone, 300 colleagues and nobody else", book(300, { neighbours: 300 }), 17],
    ["a company's whole directory, 2,000", book(2_000, { neighbours: 2_000 }), 50],
    ["a salesperson's 8,000, with 400 neighbours", book(8_000, { neighbours: 400 }), 20],
    ["somebody whose friends have no accounts", book(300, { matched: 0 }), 20],
    ["somebody all of whose 20 contacts have one", book(20, { matched: 20 }), 6],
    ["a new phone's other book", book(400, { removed: 380 }), 6],
    ["a large book that an app sends thrice in vain", book(15_000, { refusals: 3 }), 32],
    [
      "a book where hardly anybody has synced yet",
      book(9_000, { usualBook: null, usualShare: null }),
      0,
    ],
  ] as const)("%s is low", async (_, figures, expected) => {
    expect(await score(figures)).toBe(expected);
    expect(expected).toBeLessThan(60);
  });

  test.each([
    // A plan's numbers: 1 in 40 has an account where 1 in 5 of friends has one.
    ["a range, one number after the other", book(10_000, { neighbours: 9_990, matched: 250 }), 95],
    [
      "a range where nothing is known of others",
      book(10_000, { neighbours: 9_990, usualBook: null, usualShare: null }),
      60,
    ],
    ["a range in hashes", book(10_000, { seen: 0, matched: 250, refusals: 9 }), 55],
    [
      "random numbers of a plan, day by day",
      book(2_000, { removed: 2_000, matched: 20, refusals: 9 }),
      65,
    ],
    [
      "exchanging the book in hashes",
      book(2_000, { seen: 0, removed: 2_000, matched: 20, refusals: 9 }),
      65,
    ],
  ] as const)("%s is high", async (_, figures, expected) => {
    const found = await score(figures);
    expect(Math.abs(Number(found) - expected)).toBeLessThanOrEqual(6);
  });

  test("each sign grows with what it counts, and all of them together are 150", async () => {
    const worst = book(1_000_000, { neighbours: 1e6, matched: 0, removed: 1e6, refusals: 1_000 });
    expect(await score(worst)).toBe(150);
    const grown = async (figuresOf: (degree: number) => typeof NOTHING) => {
      const found: number[] = [];
      for (const degree of [0, 1, 2, 4, 8, 16, 32, 64, 128]) {
        found.push(Number(await score(figuresOf(degree))));
      }
      expect(found).toEqual([...found].sort((one, other) => one - other));
      expect(found[0]).toBe(0);
      return found.at(-1);
    };
    const none = { usualBook: null, usualShare: null };
    expect(await grown((n) => book(n * 100, { neighbours: n * 100, ...none }))).toBe(60);
    expect(await grown((n) => book(100 * n, { removed: 100 * n, ...none }))).toBe(30);
    expect(await grown((n) => book(0, { refusals: n, ...none }))).toBe(20);
    expect(await grown((n) => book(n * 100, { usualShare: null }))).toBe(20);
    expect(
      await grown((n) => book(1_000, { matched: 200 + n * 6, usualBook: null })),
    ).toBeGreaterThan(5);
  });
});

describePostgres("suspects", (server) => {
  const { rows, row, value } = useSql(server);
  const friends = newPhones(400);
  const friend = newUser();
  beforeAll(async () => {
    await rows(
      "select link_phones($1::text[]::uuid[], array_fill($2::uuid, array[400]))",
      friends,
      friend,
    );
    await rows("select link_pending_phones()");
  });
  beforeEach(() => rows("select set_new_number_budget(20000, 2000, 0)"));
  afterEach(() => rows("select set_suspect_hold(0), set_new_number_budget(20000, 2000, 7)"));

  const range = (numbers: number) => JSON.stringify({ numbers, neighbours: numbers, rejected: 0 });
  const sync = (owner: string, hashes: string[], signs: string | null, mode = "merge") =>
    row(
      "select * from sync_phone_keys($1, $2, 1, 500, $4, true, true, null, $3)",
      owner,
      hashes,
      signs,
      mode,
    );
  const lastRun = (owner: string) =>
    row(
      `select suspicion, neighbours_percent from contact_sync_runs
        where owner_id = $1 order by ${runOrder(server, "desc")} limit 1`,
      owner,
    );
  const suspects = (owner: string, minScore = 30) =>
    rows("select * from list_suspects($2) where owner_id = $1", owner, minScore);
  const links = async (owner: string) =>
    Number(
      await value(
        "select count(*) from contacts_with_accounts where owner_id = $1 and linked_user_id is not null",
        owner,
      ),
    );
  /** A thousand consecutive numbers, which is 35 points, of which four hundred have accounts. */
  const attack = async (owner: string, hashes = [...friends, ...newPhones(600)]) =>
    sync(owner, hashes, range(hashes.length));

  test("have a score in the run, and a sync of nothing new has none", async () => {
    const owner = newUser();
    const hashes = newPhones(1_000);
    await sync(owner, hashes, range(1_000));
    expect(await lastRun(owner)).toEqual({ suspicion: 35, neighbours_percent: 100 });
    await sync(owner, hashes, range(1_000));
    expect(await lastRun(owner)).toEqual({ suspicion: null, neighbours_percent: null });
    await sync(owner, [...hashes, ...newPhones(1)], null);
    // What was seen in a day counts; of hashes nothing is seen.
    expect(await lastRun(owner)).toEqual({ suspicion: 35, neighbours_percent: null });
    expect(
      await row(
        "select judged_suspicion, judged_neighbours from contact_sync_status where owner_id = $1",
        owner,
      ),
    ).toEqual({ judged_suspicion: null, judged_neighbours: null });
  });

  test("add up over a day's small syncs, and are forgotten after it", async () => {
    const owner = newUser();
    for (let time = 0; time < 5; time += 1) await sync(owner, newPhones(200), range(200));
    expect(await lastRun(owner)).toMatchObject({ suspicion: 35 });
    await rows(
      `update contact_sync_runs set started_at = ${earlier("started_at", "interval '25 hours'")} where owner_id = $1`,
      owner,
    );
    await sync(owner, newPhones(90), range(90));
    expect(await lastRun(owner)).toEqual({ suspicion: 0, neighbours_percent: 100 });
  });

  test("are not made by what the back end imports, or what only comes back", async () => {
    const owner = newUser();
    const hashes = newPhones(1_000);
    await rows(
      "select * from sync_phone_keys($1, $2, 1, p_budget => false, p_signs => $3)",
      owner,
      hashes,
      range(1_000),
    );
    expect(await lastRun(owner)).toEqual({ suspicion: null, neighbours_percent: null });
    await sync(owner, [], null, "replace");
    await sync(owner, hashes, range(1_000));
    expect(await lastRun(owner)).toEqual({ suspicion: null, neighbours_percent: null });
  });

  test("are seen in streams, sessions, deltas, and a large book", async () => {
    const [streaming, session, device] = [newUser(), newUser(), newUser()];
    const stream = newUser();
    for (let part = 0; part < 2; part += 1) {
      await rows(
        "select contact_sync_stream_chunk($1, $2, $3, p_signs => $4)",
        streaming,
        stream,
        newPhones(1_000),
        range(1_000),
      );
    }
    await rows(
      "select contact_sync_finish_stream($1, $2, 1, 'merge', false, '(2000,2000,0,0,1,500,0,0,0,{},{},,,,,,)')",
      streaming,
      stream,
    );
    expect(await lastRun(streaming)).toEqual({ suspicion: 35, neighbours_percent: 100 });

    const id = await value("select contact_sync_begin_session($1, 'phone', 'replace', 1)", session);
    for (const part of [0, 1]) {
      await rows(
        "select contact_sync_stage_part($1, $2, $3, $4)",
        session,
        id,
        part,
        newPhones(6_000),
      );
    }
    await rows(
      "select contact_sync_commit_session($1, $2, 2, 500, true, true, $3)",
      session,
      id,
      range(12_000),
    );
    expect(await lastRun(session)).toEqual({ suspicion: 60, neighbours_percent: 100 });

    const { sync_mark, changes_cursor } = await row(
      "select * from sync_phone_keys($1, $2, 1, 500, 'replace', true, true, 'phone')",
      device,
      friends,
    );
    await rows(
      "select sync_phone_keys_delta($1, 'phone', $2, $3, $4, $5, true, p_signs => '{}')",
      device,
      sync_mark,
      newPhones(5_000),
      friends,
      changes_cursor,
    );
    // 400 were exchanged.
    expect(await lastRun(device)).toMatchObject({ suspicion: 6 });
  });

  test("are listed by score, and not by others than the back end", async () => {
    const [worst, bad, good] = [newUser(), newUser(), newUser()];
    await sync(worst, newPhones(5_000), range(5_000));
    await sync(bad, newPhones(1_000), range(1_000));
    await sync(good, newPhones(50), null);
    const listed = await rows(
      "select owner_id, suspicion from list_suspects() where owner_id = any ($1)",
      [worst, bad, good],
    );
    expect(listed).toEqual([
      { owner_id: worst, suspicion: 60 },
      { owner_id: bad, suspicion: 35 },
    ]);
    expect(await suspects(worst)).toEqual([
      {
        owner_id: worst,
        suspicion: 60,
        neighbours_percent: 100,
        last_seen_at: expect.any(Date),
        syncs: 1,
        budget_refusals: 0,
        contacts_inserted: "5000",
        contacts_removed: "0",
        matched_contacts: "0",
        contacts_count: 5_000,
        first_sync_at: expect.any(Date),
        held_at: null,
        released_at: null,
      },
    ]);
    expect(await suspects(bad, 36)).toEqual([]);
    expect(
      await rows(
        "select from list_suspects(30, now() + interval '1 minute') where owner_id = $1",
        bad,
      ),
    ).toEqual([]);
    expect(await rows("select from list_suspects(1, null, 1)")).toHaveLength(1);
    const { suspects: some, high_suspects: high } = await row(
      "select * from contact_sync_suspect_state()",
    );
    expect(Number(some)).toBeGreaterThanOrEqual(2);
    expect(Number(high)).toBeGreaterThanOrEqual(1);
    expect(Number(high)).toBeLessThan(Number(some));
  });

  test("are shown with the neighbours of all they tried, whatever comes after it", async () => {
    const [hiding, large] = [newUser(), newUser()];
    await sync(hiding, newPhones(5_000), range(5_000));
    await sync(hiding, newPhones(1), null);
    await sync(hiding, newPhones(50), JSON.stringify({ numbers: 50, neighbours: 0 }));
    expect(await suspects(hiding)).toMatchObject([{ suspicion: 60, neighbours_percent: 99 }]);
    await sync(large, newPhones(3_000), JSON.stringify({ numbers: 3_000, neighbours: 1_500 }));
    await sync(large, newPhones(2), range(2));
    expect(await suspects(large)).toMatchObject([{ neighbours_percent: 50, syncs: 2 }]);
  });

  test("are held where that is set, and not otherwise", async () => {
    const [free, owner, low] = [newUser(), newUser(), newUser()];
    expect(await value("select set_suspect_hold()")).toBeNull();
    expect((await attack(free)).matched_contacts).toBe(400);
    expect(await value("select set_suspect_hold(35)")).toBe(35);
    const held = await attack(owner);
    expect(held).toMatchObject({
      total_processed: 1_000,
      contacts_inserted: 1_000,
      matched_contacts: 0,
      matched_phone_hashes: [],
      matched_user_ids: [],
      matched_silent: [],
    });
    expect(await links(owner)).toBe(0);
    const [listed] = await suspects(owner);
    expect(listed).toMatchObject({
      suspicion: 35,
      held_at: expect.any(Date),
      matched_contacts: "0",
    });
    expect((await sync(low, friends, null)).matched_contacts).toBe(400);
    expect(await suspects(low, 1)).toEqual([]);
  });

  test("who are held are told what they would be told if nobody of them had an account", async () => {
    await rows("select set_suspect_hold(35)");
    const [owner, twin] = [newUser(), newUser()];
    const news = newPhones(600);
    // As many, in the same places among the others.
    const strangers = friends.map(
      (hash) => `${hash.slice(0, 15)}${hash[15] === "f" ? "e" : "f"}${hash.slice(16)}`,
    );
    type Told = Record<string, unknown>;
    const answers: Told[][] = [];
    for (const [who, known] of [
      [owner, friends],
      [twin, strangers],
    ] as const) {
      const told = async (call: Promise<Told>): Promise<Told> => {
        // The clock goes on between the two.
        const { processing_time_ms: _, budget_reset: __, sync_mark: mark, ...said } = await call;
        return { ...said, has_mark: mark !== null };
      };
      const device = "500, 'replace', true, true, 'phone'";
      const first = row(
        `select * from sync_phone_keys($1, $2, 1, ${device}, $3)`,
        who,
        [...known, ...news].sort(),
        range(1_000),
      );
      const { sync_mark, changes_cursor } = await first;
      const cursor = String(changes_cursor).replace(/[^.]*$/, "");
      answers.push([
        { ...(await told(first)), changes_cursor: cursor.replace(/\.-?\d+\./, ".m.") },
        await told(row("select * from get_sync_status($1)", who)).then(
          ({ last_sync_at: _, ...said }) => said,
        ),
        await row("select * from summarize_contacts($1)", who),
        {
          linked: await rows("select * from list_contacts($1, 1000, null, true)", who),
          changes: (await row("select * from list_contact_changes($1, null)", who))
            .changed_user_ids,
        },
        await told(
          row(
            "select (d.result).*, (d.changes).changed_user_ids as ids from sync_phone_keys_delta($1, 'phone', $2, $3, '{}', $4) as d",
            who,
            sync_mark,
            newPhones(1),
            changes_cursor,
          ),
        ).then(({ changes_cursor: _, ...said }) => said),
        await told(sync(who, [...known, ...news].sort(), range(1_000))),
      ]);
      await refusalOf(sync(who, newPhones(9_999).concat(newPhones(1)), "[]"));
    }
    const [held, stranger] = answers;
    expect(held).toEqual(stranger);
    expect(
      await value("select held_at is not null from contact_sync_status where owner_id = $1", owner),
    ).toBe(true);
  });

  test("who are held keep the links they had, and lose what the directory takes", async () => {
    await rows("select set_suspect_hold(35)");
    const owner = newUser();
    const [mine, other, gone] = newPhones(3) as [string, string, string];
    const [user, next] = [newUser(), newUser()];
    await rows(
      "select link_phones($1::text[]::uuid[], $2::uuid[])",
      [mine, other, gone],
      [user, user, user],
    );
    await rows("select link_pending_phones()");
    expect((await sync(owner, [mine, other, gone], null)).matched_contacts).toBe(3);
    expect((await attack(owner)).matched_contacts).toBe(0);
    expect(await links(owner)).toBe(3);
    // In the queue when the owner syncs: one number left, one went to somebody else.
    await rows("select unlink_phone($1, $2)", gone, user);
    await rows("select link_phone($1, $2)", asKey(other), next);
    const again = await sync(owner, [mine, other, gone], null);
    expect(again.matched_user_ids).toEqual([user]);
    expect(await links(owner)).toBe(1);
  });

  test("who are held get nothing from a number that was nobody's", async () => {
    await rows("select set_suspect_hold(35)");
    const owner = newUser();
    const [late] = newPhones(1) as [string];
    await attack(owner, [...newPhones(999), late]);
    await rows("select link_phone($1, $2)", asKey(late), newUser());
    expect(await sync(owner, [late], null)).toMatchObject({
      matched_contacts: 0,
      contacts_updated: 0,
    });
    expect(await links(owner)).toBe(0);
  });

  test("who are held by a large session, or in the middle of a stream, have nothing of it", async () => {
    await rows("select set_suspect_hold(60)");
    const [session, streaming] = [newUser(), newUser()];
    const id = await value("select contact_sync_begin_session($1, 'phone', 'replace', 1)", session);
    for (const [part, hashes] of [[...friends, ...newPhones(6_000)], newPhones(6_000)].entries()) {
      await rows("select contact_sync_stage_part($1, $2, $3, $4)", session, id, part, hashes);
    }
    expect(
      await row(
        "select * from contact_sync_commit_session($1, $2, 2, 500, true, true, $3)",
        session,
        id,
        range(12_400),
      ),
    ).toMatchObject({ contacts_inserted: 12_400, matched_contacts: 0 });
    expect(await links(session)).toBe(0);

    const stream = newUser();
    const chunk = (hashes: string[]) =>
      row(
        "select * from contact_sync_stream_chunk($1, $2, $3, p_signs => $4)",
        streaming,
        stream,
        hashes,
        range(hashes.length),
      );
    expect(await chunk(friends.slice(0, 100))).toMatchObject({ matched_contacts: 100 });
    expect(await chunk([...friends.slice(100), ...newPhones(5_000)])).toMatchObject({
      matched_contacts: 0,
    });
    expect(await links(streaming)).toBe(100);
  });

  test("are released, and not held again by the same book, but by what is much worse", async () => {
    await rows("select set_suspect_hold(35)");
    const owner = newUser();
    const hashes = [...friends, ...newPhones(600)];
    await attack(owner, hashes);
    expect(await value("select release_owner($1)", owner)).toBe(true);
    expect(await value("select release_owner($1)", owner)).toBe(false);
    expect(await suspects(owner)).toMatchObject([{ held_at: null, released_at: expect.any(Date) }]);
    expect((await sync(owner, hashes, range(1_000))).total_processed).toBe(1_000);
    await rows("select delete_all_contacts($1)", owner);
    expect((await attack(owner, hashes)).matched_contacts).toBe(400);
    await sync(owner, [], null, "replace");
    expect((await attack(owner, [...hashes, ...newPhones(10)])).matched_contacts).toBe(400);
    // 5,000 more consecutive numbers, and the book was exchanged.
    await sync(owner, newPhones(5_000), range(5_000), "replace");
    expect(
      await value("select held_at is not null from contact_sync_status where owner_id = $1", owner),
    ).toBe(true);
  });

  test("are anybody's again 90 days after they were released", async () => {
    await rows("select set_suspect_hold(35)");
    const owner = newUser();
    await attack(owner);
    await rows("select release_owner($1)", owner);
    await rows(
      `update contact_sync_status set released_at = ${earlier("released_at", "interval '91 days'")} where owner_id = $1`,
      owner,
    );
    await sync(owner, newPhones(1_000), range(1_000));
    expect(await suspects(owner)).toMatchObject([{ held_at: expect.any(Date) }]);
  });

  test("stay held when nobody is held any more, and are listed whatever is asked for", async () => {
    await rows("select set_suspect_hold(35)");
    const owner = newUser();
    await attack(owner);
    await rows("select set_suspect_hold(0)");
    await rows(
      `update contact_sync_runs set started_at = ${earlier("started_at", "interval '3 days'")} where owner_id = $1`,
      owner,
    );
    expect(await suspects(owner, 100)).toMatchObject([
      { suspicion: 35, neighbours_percent: null, syncs: 0, contacts_count: 1_000 },
    ]);
    expect(
      Number((await row("select * from contact_sync_suspect_state()")).held_owners),
    ).toBeGreaterThan(0);
    await rows("select erase_user($1)", owner);
    expect(await suspects(owner, 1)).toEqual([]);
  });

  test("somebody unknown is not released, and gets no row", async () => {
    const nobody = newUser();
    expect(await value("select release_owner($1)", nobody)).toBe(false);
    expect(await rows("select from contact_sync_status where owner_id = $1", nobody)).toEqual([]);
  });

  test("leave what their syncs scored also when these were refused in the middle", async () => {
    const owner = newUser();
    await rows(
      "select contact_sync_stream_chunk($1, $2, $3, p_signs => $4)",
      owner,
      newUser(),
      newPhones(5_000),
      range(5_000),
    );
    await rows(
      "select contact_sync_record_failure($1, 1, 'merge', 500, 1, 'NEW_NUMBER_BUDGET_EXCEEDED')",
      owner,
    );
    expect(await suspects(owner)).toMatchObject([{ suspicion: 60, budget_refusals: 1 }]);
  });
});

describePostgres("the population", (server) => {
  const { rows } = useSql(server);
  const measured = async () => {
    await rows("select clean_up_contact_sync()");
    return (await rows("select owners, book_size, matched_share from contact_sync_population"))[0];
  };
  const add = (owners: number, mode = "replace", status = "completed") =>
    rows(
      `insert into contact_sync_runs (owner_id, started_at, sync_status, sync_mode, device_contacts_count,
                                      synced_contacts_count, matched_contacts_count, processing_time_ms)
       select gen_random_uuid(), now(), $3, $2, 1, 100 + n, 20, 1 from generate_series(1, $1) as n`,
      owners,
      mode,
      status,
    );

  test("says nothing before 100 owners have synced a book, each of whom counts once", async () => {
    expect(await measured()).toEqual({ owners: 0, book_size: null, matched_share: null });
    await add(99);
    await add(50, "delta");
    await add(50, "replace", "failed");
    const owner = newUser();
    expect(await measured()).toEqual({ owners: 99, book_size: null, matched_share: null });
    for (let time = 0; time < 300; time += 1) {
      await rows(
        `insert into contact_sync_runs (owner_id, started_at, sync_status, sync_mode, device_contacts_count,
                                        synced_contacts_count, matched_contacts_count, processing_time_ms)
         values ($1, now(), 'completed', 'replace', 1, 9000, 0, 1)`,
        owner,
      );
    }
    const found = await measured();
    expect(found).toMatchObject({ owners: 100, book_size: 199 });
    expect(found.matched_share).toBeCloseTo((99 * 20) / (99 * 150 + 9_000), 3);
  });
});

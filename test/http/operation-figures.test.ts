import { digestOf, type OperationDay, type SyncFigures } from "@contact-sync/client";
import { ERRORS } from "@contact-sync/client/errors";
import { expect, test } from "vitest";
import { describePostgres } from "../support/postgres.ts";
import { hashOf, numberOf, numbers } from "../support/use-contact-sync.ts";
import { type Book, openBook } from "./book.ts";
import { operatorOf } from "./operator.ts";
import { useApp } from "./support.ts";

const NOTHING: SyncFigures = {
  full_syncs: 0,
  delta_syncs: 0,
  unchanged_syncs: 0,
  failed_syncs: 0,
  contacts_processed: 0,
  contacts_inserted: 0,
  contacts_updated: 0,
  contacts_unchanged: 0,
  contacts_removed: 0,
  contacts_matched: 0,
  success_rate: null,
  match_rate: null,
  p50_ms: null,
  p95_ms: null,
  contacts_per_second: null,
  budget_refusals: 0,
};

const DAY = 24 * 3_600_000;
const dayOf = (time: number) => new Date(time).toISOString().slice(0, 10);

describePostgres("the operator's figures", (server) => {
  const app = useApp(server);
  const { data, ask } = operatorOf(app);
  const today = async (): Promise<OperationDay> =>
    (await data("GET", "/admin/history?days=1")).days[0];

  test("are zeros and nulls where nothing has been done, a row for each day", async () => {
    const { days } = await data("GET", "/admin/history?days=365");
    const last = Date.parse(days.at(-1).day);
    expect(days).toEqual(
      Array.from({ length: 365 }, (_, index) => ({
        ...NOTHING,
        day: dayOf(last - (364 - index) * DAY),
        state: null,
        joiners: { linked: 0, lag_seconds_p95: null },
      })),
    );
    expect([dayOf(Date.now()), dayOf(Date.now() - 60_000)]).toContain(dayOf(last));
    expect((await data("GET", "/admin/history")).days).toHaveLength(30);
    expect(await data("GET", "/admin/failures")).toEqual({ failures: [] });
    expect(await data("GET", "/admin/overview")).toMatchObject({
      at: expect.stringMatching(/^\d{4}-.*\d{3}Z$/),
      version: expect.stringMatching(/^\d+\.\d+\.\d+/),
      today: NOTHING,
      directory: { numbers: 0, users: 0 },
      books: { owners: 0, contacts: 0, linked_contacts: 0 },
      links: { waiting: 0, lag_seconds: 0, owners_in_the_way: 0 },
      webhooks: { on: false, waiting: 0, oldest_seconds: 0, failed: 0 },
      suspects: { seen: 0, held: 0 },
    });
  });

  test.each(["?days=0", "?days=366", "?days=x", "?day=7"])("%s is refused", async (query) => {
    for (const path of ["/admin/history", "/admin/failures"]) {
      expect((await ask("GET", `${path}${query}`)).statusCode, path).toBe(400);
    }
  });

  test("are what was done, before and after it is folded", async () => {
    const { pool, engine } = app();
    const friend = "f0000000-0000-4000-8000-000000000001";
    await data("PUT", `/users/${friend}/phones`, { phoneNumber: numberOf(1) });
    await data("PUT", `/users/${friend}/phones`, { phoneNumber: numberOf(2) });

    const done = { processed: 0, inserted: 0, updated: 0, unchanged: 0, removed: 0, matched: 0 };
    const took: number[] = [];
    const counted = async (answered: ReturnType<Book["ask"]>) => {
      const result = (await answered).json().data;
      done.processed += result.total_processed;
      done.inserted += result.contacts_inserted;
      done.updated += result.contacts_updated;
      done.unchanged += result.contacts_unchanged;
      done.removed += result.contacts_removed;
      done.matched += result.matched_contacts;
      took.push(result.processing_time_ms);
      return result;
    };
    const [ada, omar] = [await openBook(app(), 0), await openBook(app(), 0)];
    // Of whole books: three.
    const { sync_token } = await counted(
      ada.ask("POST", "/contacts/sync", {
        phoneNumbers: numbers(10),
        deviceContactsCount: 10,
        deviceId: "phone",
      }),
    );
    await counted(
      omar.ask("POST", "/contacts/sync", { phoneNumbers: numbers(4), deviceContactsCount: 4 }),
    );
    await counted(
      omar.ask("POST", "/contacts/sync", {
        phoneNumbers: numbers(3),
        deviceContactsCount: 3,
        mode: "replace",
      }),
    );
    // By token: one that changes something, and two that change nothing.
    const held = numbers(11).map((_, n) => hashOf(n));
    const delta = {
      syncToken: sync_token,
      digest: digestOf(held),
      added: [hashOf(10)],
      removed: [],
    };
    const after = await counted(ada.ask("POST", "/contacts/sync/delta", delta));
    for (const _ of [1, 2]) {
      const same = { ...delta, syncToken: after.sync_token, added: [] };
      expect((await ada.ask("POST", "/contacts/sync/delta", same)).statusCode).toBe(200);
    }
    // And three that fail.
    const refused = async (book: Book, body: object, status: number) =>
      expect((await book.ask("POST", "/contacts/sync", body)).statusCode).toBe(status);
    await refused(
      ada,
      { phoneNumbers: [numberOf(1)], deviceContactsCount: 1, mode: "replace" },
      409,
    );
    await refused(
      omar,
      { phoneNumbers: [numberOf(1)], deviceContactsCount: 1, mode: "replace" },
      409,
    );
    await pool.query("select set_new_number_budget(5, 1, 0, 5)");
    await refused(omar, { phoneNumbers: numbers(9, 50), deviceContactsCount: 9 }, 429);
    await pool.query("select set_new_number_budget(20000, 2000, 7, 12000)");
    await engine.failures.settled();
    await engine.unchangedSyncs.settled();

    const figures = {
      full_syncs: 3,
      delta_syncs: 1,
      unchanged_syncs: 2,
      failed_syncs: 3,
      contacts_processed: done.processed,
      contacts_inserted: done.inserted,
      contacts_updated: done.updated,
      contacts_unchanged: done.unchanged,
      contacts_removed: done.removed,
      contacts_matched: done.matched,
      success_rate: 66.67,
      match_rate: Math.round((10_000 * done.matched) / done.processed) / 100,
      budget_refusals: 1,
    };
    const before = await today();
    expect(before).toMatchObject(figures);
    expect(done).toMatchObject({ processed: 18, inserted: 15, removed: 1, matched: 6 });
    const [, median = 0] = took.sort((one, other) => one - other);
    const slowest = Math.max(...took);
    expect(before.p50_ms ?? 0).toBeGreaterThanOrEqual(median * 0.95 - 0.5);
    expect(before.p50_ms ?? 0).toBeLessThanOrEqual(median * 1.05 + 0.5);
    expect(before.p95_ms ?? 0).toBeGreaterThanOrEqual(slowest * 0.95 - 0.5);
    expect(before.p95_ms ?? 0).toBeLessThanOrEqual(slowest * 1.05 + 0.5);
    const seconds = took.reduce((sum, ms) => sum + ms, 0) / 1000;
    expect(before.contacts_per_second).toBeCloseTo(done.processed / seconds, 0);

    const { at: _, ...overview } = await data("GET", "/admin/overview");
    const { day: __, state: ___, joiners: ____, ...shared } = before;
    expect(overview).toMatchObject({
      today: shared,
      directory: { numbers: 2, users: 1 },
      books: { owners: 2, contacts: 14, linked_contacts: 4 },
      links: { waiting: 0, owners_in_the_way: 0 },
    });
    const rows = (table: string) =>
      overview.storage.find((stored: { table: string }) => stored.table === table).rows_estimate;
    expect([rows("contacts_with_accounts"), rows("contact_sync_runs"), rows("phones")]).toEqual([
      14, 7, 2,
    ]);

    // Changes of the directory: two numbers that were linked.
    expect(before.joiners.linked).toBe(2);
    expect(before.joiners.lag_seconds_p95).toBeGreaterThan(0);
    expect(before.joiners.lag_seconds_p95).toBeLessThan(60);

    const failures = (owners: [number, number]) => ({
      failures: [
        {
          code: "REPLACE_NEEDS_CONFIRMATION",
          syncs: 2,
          owners: owners[0],
          last_at: expect.stringMatching(/Z$/),
          title: ERRORS.REPLACE_NEEDS_CONFIRMATION.title,
          cure: ERRORS.REPLACE_NEEDS_CONFIRMATION.cure,
        },
        {
          code: "NEW_NUMBER_BUDGET_EXCEEDED",
          syncs: 1,
          owners: owners[1],
          last_at: expect.stringMatching(/Z$/),
          title: ERRORS.NEW_NUMBER_BUDGET_EXCEEDED.title,
          cure: ERRORS.NEW_NUMBER_BUDGET_EXCEEDED.cure,
        },
      ],
    });
    const listed = await data("GET", "/admin/failures?days=1");
    expect(listed).toEqual(failures([2, 1]));

    // Whoever is erased takes no figure along, and what is folded is in the same ones.
    await data("DELETE", `/users/${omar.userId}`);
    expect(await today()).toEqual(before);
    expect(await data("GET", "/admin/failures?days=1")).toEqual(failures([1, 0]));
    await pool.query("select clean_up_contact_sync(interval '0')");
    expect((await pool.query("select from contact_sync_runs")).rows).toEqual([]);
    expect((await pool.query("select from contact_sync_finished_links")).rows).toEqual([]);
    const folded = await today();
    expect({ ...folded, state: null }).toEqual(before);
    expect(
      (await data("GET", "/admin/failures?days=1")).failures.map(
        ({ last_at }: { last_at: string }) => last_at,
      ),
    ).toEqual(listed.failures.map(({ last_at }: { last_at: string }) => last_at));
    expect(await data("GET", "/admin/failures?days=1")).toEqual(failures([0, 0]));

    // And how much there was, as it was measured then.
    expect(folded.state).toMatchObject({ directory_numbers: 2, contacts: 11 });
    expect(folded.state?.rows).toBeGreaterThan(13);
    expect(folded.state?.bytes).toBeGreaterThan(100_000);
    await data("PUT", `/users/${friend}/phones`, { phoneNumber: numberOf(3) });
    await Promise.all([1, 2, 3].map(() => pool.query("select clean_up_contact_sync()")));
    expect((await today()).state).toMatchObject({ directory_numbers: 3, contacts: 11 });
    expect((await today()).joiners.linked).toBe(3);
  });
});

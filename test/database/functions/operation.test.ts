import { expect, test } from "vitest";
import { describePostgres } from "../../support/postgres.ts";
import { newPhones, newUser, useSql } from "../../support/sql.ts";

/** Runs as contact_sync_record_run() and its neighbours leave them. */
const RUNS = `insert into contact_sync_runs (
    owner_id, started_at, sync_status, sync_mode, device_contacts_count, synced_contacts_count,
    contacts_inserted, contacts_updated, contacts_unchanged, contacts_removed, matched_contacts_count,
    processing_time_ms, error_code)
  select ('00000000-0000-4000-8000-' || lpad((n % 50)::text, 12, '0'))::uuid,
         now() - (n % 7) * interval '1 day',
         case when n % 9 = 0 then 'failed' else 'completed' end,
         (array['merge', 'replace', 'delta'])[1 + n % 3],
         n % 100, case when n % 9 = 0 then 0 else n % 100 end,
         n % 5, n % 4, n % 3, n % 2, n % 7,
         1 + floor(exp(random() * 11))::integer,
         case when n % 9 = 0 then (array['NEW_NUMBER_BUDGET_EXCEEDED', 'TIMED_OUT', 'INTERNAL'])[1 + n % 2 + n % 4 / 3] end
    from generate_series(1, 4000) as n`;

describePostgres("get_operation_history", (server) => {
  const { rows, row } = useSql(server);
  const history = () => rows("select * from get_operation_history(10)");
  const failures = () => rows("select error_code, syncs, last_at from list_sync_failures(10)");

  test("is the same before and after runs are folded, some or all, and tells percentiles to 5 %", async () => {
    await rows(RUNS);
    const before = await history();
    const failed = await failures();
    const exact = await rows(`
      select (started_at at time zone 'UTC')::date::text as day,
             percentile_disc(0.5) within group (order by processing_time_ms) as p50,
             percentile_disc(0.95) within group (order by processing_time_ms) as p95,
             max(processing_time_ms) as slowest
        from contact_sync_runs where sync_status = 'completed' group by 1 order by 1`);
    expect(exact).toHaveLength(7);
    for (const [index, { p50, p95 }] of exact.entries()) {
      const told = before[3 + index];
      expect(Math.abs(Number(told?.p50_ms) - p50)).toBeLessThanOrEqual(p50 * 0.05 + 0.5);
      expect(Math.abs(Number(told?.p95_ms) - p95)).toBeLessThanOrEqual(p95 * 0.05 + 0.5);
    }

    await rows("select contact_sync_fold('00000000-0000-4000-8000-000000000007', null)");
    expect(await history()).toEqual(before);
    expect(await failures()).toEqual(failed);
    await rows("select contact_sync_fold(null, now() - interval '3 days')");
    expect(await history()).toEqual(before);
    expect(await failures()).toEqual(failed);
    await rows("select contact_sync_fold(null, null)");
    expect(await history()).toEqual(before);
    expect(await failures()).toEqual(failed);
    expect(await row("select count(*)::int as left from contact_sync_runs")).toEqual({ left: 0 });

    // And the sums are those of the statistics, which are told of a year.
    const sums = await row(`
      select sum(full_syncs + delta_syncs)::int as completed, sum(failed_syncs)::int as failed,
             sum(contacts_inserted)::int as inserted, sum(contacts_removed)::int as removed
        from get_operation_history(10)`);
    expect(sums).toEqual(
      await row(`
        select completed_syncs::int as completed, failed_syncs::int as failed,
               contacts_inserted::int as inserted, contacts_removed::int as removed
          from get_sync_statistics(10) where sync_date is null`),
    );
  });

  test("tells whole milliseconds up to 15 as they are", async () => {
    const told = await rows(
      `select contact_sync_bucket_ms(width_bucket(ms::float8, contact_sync_bucket_bounds())::smallint)::int as ms
         from generate_series(1, 15) as ms`,
    );
    expect(told.map(({ ms }) => ms)).toEqual(Array.from({ length: 15 }, (_, n) => n + 1));
  });
});

describePostgres("changes of the directory that reached every book", (server) => {
  const { rows, row, database } = useSql(server);
  const linked = async () =>
    (await row("select changes_linked::int as linked from get_operation_history(1)")).linked;
  const link = (keys: string[]) =>
    rows("select link_phones($1::uuid[], $2::uuid[])", keys, keys.map(newUser));

  test("are counted once each, when the linker is done with them", async () => {
    await link(newPhones(3));
    expect(await linked()).toBe(0);
    await rows("select link_pending_phones()");
    expect(await linked()).toBe(3);
    // A block is no change of the directory, and neither is a second pass.
    await rows("select block_user($1, $2)", newUser(), newUser());
    await rows("select link_pending_phones()");
    expect(await linked()).toBe(3);
  });

  test("say how long they took", async () => {
    await rows("delete from contact_sync_finished_links");
    await link(newPhones(1));
    await rows(
      "update contact_sync_pending_links set enqueued_at = now() - interval '100 seconds'",
    );
    await rows("select link_pending_phones()");
    const { lag } = await row(
      "select link_lag_p95_seconds::float8 as lag from get_operation_history(1)",
    );
    expect(lag).toBeGreaterThan(95);
    expect(lag).toBeLessThan(110);
  });

  test("keep no linker waiting for another, nor for whoever adds them up", async () => {
    const [one, other, adding] = await Promise.all(
      Array.from({ length: 3 }, () => database().pool.connect()),
    );
    try {
      const before = await linked();
      const [first, second] = [newPhones(1), newPhones(1)];
      await link(first);
      await link(second);
      await one?.query("begin");
      await one?.query("select contact_sync_link_pass($1::uuid[])", [first]);
      await adding?.query("begin");
      await adding?.query("select contact_sync_fold_links()");
      await other?.query("set lock_timeout = '2s'");
      await other?.query("select contact_sync_link_pass($1::uuid[])", [second]);
      await other?.query("select contact_sync_fold_links()");
      await one?.query("commit");
      await adding?.query("commit");
      // Whom the first one was behind the fence for.
      await rows("select link_pending_phones()");
      expect(await linked()).toBe(before + 2);
    } finally {
      for (const client of [one, other, adding]) {
        await client?.query("rollback");
        client?.release(true);
      }
    }
  });
});

describePostgres("measuring how much there is", (server) => {
  const { rows, value, database } = useSql(server);

  test("waits for nobody who has a table for themselves, and leaves settings as they were", async () => {
    const client = await database().pool.connect();
    try {
      await client.query("begin; lock table contact_sync_migrations in access exclusive mode");
      await rows("select clean_up_contact_sync()");
      expect(await rows("select from contact_sync_daily_state")).toHaveLength(0);
    } finally {
      await client.query("rollback");
      client.release();
    }
    await rows("select clean_up_contact_sync()");
    expect(await rows("select from contact_sync_daily_state")).toHaveLength(1);
    expect(
      await value(
        "select current_setting('lock_timeout') from (select contact_sync_measure_state() offset 0) as m",
      ),
    ).toBe(await value("show lock_timeout"));
  });
});

describePostgres("list_stored_tables", (server) => {
  const { rows, row } = useSql(server);
  const told = (table: string) =>
    row(
      "select rows_estimate::int as rows, bytes::int as bytes from list_stored_tables() where table_name = $1",
      table,
    );
  const fill = (from: number, to: number) =>
    rows(
      `insert into contacts_with_accounts (owner_id, phone_key)
       select gen_random_uuid(), gen_random_uuid() from generate_series($1::int, $2::int)`,
      from,
      to,
    );

  test("counts what is small, and estimates what is large, analysed or not", async () => {
    // Or else it comes in between, and finds the pages of rows that are not committed yet.
    await rows("alter table contacts_with_accounts set (autovacuum_enabled = off)");
    await fill(1, 1_000);
    expect((await told("contacts_with_accounts")).rows).toBe(1_000);
    await fill(1_001, 150_000);
    const unseen = await told("contacts_with_accounts");
    expect(unseen.rows).toBeGreaterThan(75_000);
    expect(unseen.rows).toBeLessThan(300_000);
    await rows("analyze contacts_with_accounts");
    expect((await told("contacts_with_accounts")).rows / 150_000).toBeCloseTo(1, 1);
    // Grown since: for the pages that it has now.
    await fill(150_001, 300_000);
    expect((await told("contacts_with_accounts")).rows / 300_000).toBeCloseTo(1, 1);
    const { size } = await row(
      `select ${server.onCitus ? "citus" : "pg"}_total_relation_size('contacts_with_accounts')::int as size`,
    );
    expect((await told("contacts_with_accounts")).bytes).toBe(size);
    const { overview } = await row("select contact_sync_overview() as overview");
    expect(overview.books.contacts / 300_000).toBeCloseTo(1, 1);
    expect(overview.books.linked_contacts).toBeLessThan(1_000);
  });

  test("says of a partitioned table what its parts have", async () => {
    await rows("drop table contact_sync_runs cascade");
    await rows(
      `create table contact_sync_runs (owner_id uuid not null, run_id bigint not null) partition by hash (owner_id)`,
    );
    await rows(
      "create table runs_0 partition of contact_sync_runs for values with (modulus 2, remainder 0)",
    );
    await rows(
      "create table runs_1 partition of contact_sync_runs for values with (modulus 2, remainder 1)",
    );
    await rows(
      "insert into contact_sync_runs select gen_random_uuid(), n from generate_series(1, 500) as n",
    );
    const { size } = await row(
      "select (pg_total_relation_size('runs_0') + pg_total_relation_size('runs_1'))::int as size",
    );
    expect(await told("contact_sync_runs")).toEqual({ rows: 500, bytes: size });
  });
});

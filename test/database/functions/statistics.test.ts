import { expect, test } from "vitest";
import { describePostgres, type TestDatabase } from "../../support/postgres.ts";
import { newUser, useSql } from "../../support/sql.ts";

interface Run {
  owner?: string;
  /** With its zone; the server's own is far from UTC. */
  at: string;
  failed?: boolean;
  device?: number;
  synced?: number;
  ms?: number;
}

async function addRun({ pool }: TestDatabase, run: Run): Promise<void> {
  const { owner = newUser(), at, failed = false, device = 10, synced = 10, ms = 100 } = run;
  await pool.query(
    `insert into contact_sync_runs (owner_id, started_at, sync_status, sync_mode, device_contacts_count,
       synced_contacts_count, contacts_inserted, contacts_unchanged, matched_contacts_count, processing_time_ms)
     values ($1, $2, $3, 'merge', $4, $5, $5, 0, 1, $6)`,
    [owner, at, failed ? "failed" : "completed", device, failed ? 0 : synced, ms],
  );
}

/** As the driver's dates are moments in a zone, the day comes as text. */
const VIEW = "select *, sync_date::text as day from contact_sync_stats";
const statistics = (call: string) => `select *, sync_date::text as day from ${call}`;

describePostgres("statistics", (server) => {
  const { database, rows, row } = useSql(server);
  const empty = async () => rows("truncate contact_sync_runs, contact_sync_daily_totals");

  test("of nothing are no days, and a sum of nothing", async () => {
    await empty();
    expect(await rows(VIEW)).toEqual([]);
    expect(await rows(statistics("get_sync_statistics()"))).toMatchObject([
      { day: null, total_syncs: "0", contacts_inserted: "0", avg_sync_rate: null },
    ]);
  });

  test("are a row a day, newest first, failed syncs counted apart", async () => {
    await empty();
    await addRun(database(), { at: "2024-03-01 12:00Z", device: 100, synced: 60, ms: 1000 });
    await addRun(database(), { at: "2024-03-01 13:00Z", device: 50, synced: 45, ms: 125_000 });
    await addRun(database(), { at: "2024-03-01 14:00Z", device: 999, failed: true, ms: 999_999 });
    await addRun(database(), { at: "2024-03-02 00:00Z", failed: true });

    expect(await rows(VIEW)).toMatchObject([
      {
        day: "2024-03-02",
        total_syncs: "1",
        completed_syncs: "0",
        failed_syncs: "1",
        avg_device_contacts: null,
        avg_sync_rate: null,
        avg_processing_time_ms: null,
        max_processing_time_ms: "0",
      },
      {
        day: "2024-03-01",
        total_syncs: "3",
        completed_syncs: "2",
        failed_syncs: "1",
        avg_device_contacts: "75.00",
        avg_synced_contacts: "52.50",
        avg_sync_rate: "70.00", // 105 of 150: not the mean of 60 % and 90 %
        contacts_inserted: "105",
        matched_contacts: "3",
        avg_processing_time_ms: "63000.00",
        max_processing_time_ms: "125000",
        observed_contacts_per_second: "0.8",
      },
    ]);
  });

  test("have UTC days, whatever the session's zone", async () => {
    await empty();
    await addRun(database(), { at: "2024-03-01 23:59:59Z" });
    await addRun(database(), { at: "2024-03-02 00:00:00Z" });
    const client = await database().pool.connect();
    try {
      for (const zone of ["UTC", "Pacific/Auckland", "Pacific/Pago_Pago"]) {
        await client.query(`set timezone = '${zone}'`);
        const { rows: days } = await client.query(VIEW);
        expect(days.map(({ day }) => day)).toEqual(["2024-03-02", "2024-03-01"]);
      }
    } finally {
      client.release(true);
    }
  });

  test("reach back whole UTC days, today included", async () => {
    await empty();
    const midnight = "date_trunc('day', now() at time zone 'UTC') at time zone 'UTC'";
    const at = async (moment: string) =>
      addRun(database(), { at: (await rows(`select (${moment})::text as at`))[0]?.at });
    await at("now()");
    await at(`${midnight} - interval '2 days'`);
    await at(`${midnight} - interval '2 days 1 second'`);

    const totals = async (days: number) =>
      (await rows(statistics("get_sync_statistics($1)"), days)).at(-1);
    expect(await totals(1)).toMatchObject({ day: null, total_syncs: "1" });
    expect(await totals(3)).toMatchObject({ day: null, total_syncs: "2" });
    expect(await totals(365)).toMatchObject({ day: null, total_syncs: "3" });
  });

  test("narrow to one owner, to whom the folded days do not belong", async () => {
    await empty();
    const owner = newUser();
    const { at } = (await rows("select now()::text as at"))[0] as { at: string };
    await addRun(database(), { owner, at, synced: 4 });
    await addRun(database(), { at, synced: 6 });
    await rows("select clean_up_contact_sync('0')");
    await addRun(database(), { owner, at, synced: 5 });

    const own = await rows(statistics("get_sync_statistics(30, $1)"), owner);
    expect(own.map(({ contacts_inserted }) => contacts_inserted)).toEqual(["5", "5"]);
    const all = await rows(statistics("get_sync_statistics(30)"));
    expect(all.map(({ contacts_inserted }) => contacts_inserted)).toEqual(["15", "15"]);
  });

  test.each([0, -1, 366])("of %i days are refused", async (days) => {
    await expect(rows("select get_sync_statistics($1)", days)).rejects.toThrow("INVALID_ARGUMENT");
  });

  test("say the same after folding as before", async () => {
    await empty();
    const at = "2024-03-01 12:00Z";
    await addRun(database(), { at, device: 100, synced: 60, ms: 1000 });
    await addRun(database(), { at, failed: true, device: 999, ms: 999_999 });
    await addRun(database(), { at: "2024-02-29 12:00Z", device: 10, synced: 0, ms: 70_000 });
    const before = await rows(VIEW);

    expect(await rows("select clean_up_contact_sync() as folded")).toEqual([{ folded: 3 }]);
    expect(await rows("select from contact_sync_runs")).toEqual([]);
    expect(await rows(VIEW)).toEqual(before);

    // A second fold into the same day adds to it.
    await addRun(database(), { at, device: 50, synced: 45, ms: 125_000 });
    const grown = await rows(VIEW);
    expect(await rows("select clean_up_contact_sync() as folded")).toEqual([{ folded: 1 }]);
    expect(await rows(VIEW)).toEqual(grown);
    expect(grown[0]).toMatchObject({
      total_syncs: "3",
      avg_sync_rate: "70.00",
      max_processing_time_ms: "125000",
    });
  });

  test("folding takes the runs that are older than the time to keep", async () => {
    await empty();
    const ago = async (age: string) =>
      addRun(database(), {
        at: (await rows("select (now() - $1::interval)::text as at", age))[0]?.at,
      });
    await ago("91 days");
    await ago("89 days");
    await ago("2 days");

    expect(await rows("select clean_up_contact_sync() as folded")).toEqual([{ folded: 1 }]);
    expect(await rows("select clean_up_contact_sync('3 days') as folded")).toEqual([{ folded: 1 }]);
    expect(await rows("select clean_up_contact_sync('3 days') as folded")).toEqual([{ folded: 0 }]);
    expect(await rows("select from contact_sync_runs")).toHaveLength(1);
    expect(await rows(VIEW)).toHaveLength(3);
    await expect(rows("select clean_up_contact_sync('-1 day')")).rejects.toThrow(
      "INVALID_ARGUMENT",
    );
  });

  test("folding drops what abandoned streams staged", async () => {
    for (const age of ["25 hours", "23 hours"]) {
      const { stream } = await row("select gen_random_uuid() as stream");
      await rows(
        "select contact_sync_stream_chunk(gen_random_uuid(), $1, array[$1]::uuid[], p_stage => true)",
        stream,
      );
      await rows(
        `update contact_sync_streams set last_chunk_at = now() - $2::interval where stream_id = $1`,
        stream,
        age,
      );
    }
    await rows("select clean_up_contact_sync()");
    expect(await rows("select from contact_sync_staged_keys")).toHaveLength(1);
    expect(await rows("select from contact_sync_streams")).toHaveLength(1);
  });
});

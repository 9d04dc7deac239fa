import { expect, test } from "vitest";
import { describePostgres } from "../../support/postgres.ts";
import { refusalOf, useSql } from "../../support/sql.ts";

describePostgres("estimate_sync_performance", (server) => {
  const { rows, row } = useSql(server);
  const estimate = (count: number, batchSize: number | null = null) =>
    row("select * from estimate_sync_performance($1, $2)", count, batchSize);

  test.each([
    // contacts, batch size, what the guide's constants make of them
    [5_000, 500, { batch: 500, batches: 10, seconds: 5, mb: "2.441" }],
    [2, 500, { batch: 500, batches: 1, seconds: 1, mb: "0.001" }],
    [2, null, { batch: 500, batches: 1, seconds: 1, mb: "0.001" }],
    [10_000, null, { batch: 500, batches: 20, seconds: 10, mb: "4.883" }],
    [1_001, 1_000, { batch: 1_000, batches: 2, seconds: 2, mb: "0.489" }],
    [0, null, { batch: 500, batches: 0, seconds: 0, mb: "0.000" }],
    [2_147_483_647, 1, { batch: 1, batches: 2_147_483_647, seconds: 2_147_484, mb: "1048576.000" }],
  ])("of %i contacts in batches of %s", async (count, batchSize, expected) => {
    expect(await estimate(count, batchSize)).toMatchObject({
      estimated_batch_size: expected.batch,
      estimated_batches: expected.batches,
      estimated_time_seconds: expected.seconds,
      estimated_memory_mb: expected.mb,
    });
  });

  test("shows beside it what was observed: nothing before the first sync", async () => {
    await rows("truncate contact_sync_runs");
    expect(await estimate(5_000)).toMatchObject({
      observed_contacts_per_second: null,
      observed_time_seconds: null,
    });
  });

  test("then the speed of the last 100 completed syncs of anything", async () => {
    await rows("truncate contact_sync_runs");
    const add = (runs: number, status: string, age: string, contacts: number, ms: number) =>
      rows(
        `insert into contact_sync_runs (owner_id, started_at, sync_status, sync_mode,
                                        device_contacts_count, synced_contacts_count, processing_time_ms)
         select gen_random_uuid(), now() - $3::interval, $2, 'merge', $4, $4, $5
           from generate_series(1, $1)`,
        runs,
        status,
        age,
        contacts,
        ms,
      );
    await add(50, "completed", "1 hour", 1_000, 100);
    await add(50, "completed", "2 hours", 500, 200);
    await add(50, "completed", "3 hours", 1, 60_000); // too long ago
    await add(50, "failed", "1 minute", 1, 60_000);
    await add(50, "completed", "1 minute", 0, 60_000); // of nothing

    expect(await estimate(10_000)).toMatchObject({
      estimated_time_seconds: 10,
      observed_contacts_per_second: "5000.0",
      observed_time_seconds: "2.000",
    });
  });

  test.each([0, -1, 1_001])("refuses a batch size of %i", async (batchSize) => {
    expect((await refusalOf(estimate(10, batchSize))).code).toBe("INVALID_BATCH_SIZE");
  });

  test("refuses a negative count", async () => {
    expect((await refusalOf(estimate(-1))).code).toBe("INVALID_ARGUMENT");
    expect((await refusalOf(estimate(-1, 500))).code).toBe("INVALID_ARGUMENT");
  });
});

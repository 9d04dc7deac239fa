import { randomUUID } from "node:crypto";
import { expect, test } from "vitest";
import { describePostgres } from "../support/postgres.ts";
import { numbers, refusal, useContactSync } from "../support/use-contact-sync.ts";

describePostgres("estimateSyncPerformance", (server) => {
  const { contactSync } = useContactSync(server);

  test("follows the guide's constants", async () => {
    expect(await contactSync().estimateSyncPerformance(5_000)).toEqual({
      estimated_batch_size: 500,
      estimated_batches: 10,
      estimated_time_seconds: 5,
      estimated_memory_mb: 2.441,
      observed_contacts_per_second: null,
      observed_time_seconds: null,
    });
    expect(await contactSync().estimateSyncPerformance(2)).toMatchObject({
      estimated_batches: 1,
      estimated_time_seconds: 1,
      estimated_memory_mb: 0.001,
    });
    expect(await contactSync().estimateSyncPerformance(0)).toMatchObject({
      estimated_batches: 0,
      estimated_time_seconds: 0,
    });
  });

  test("takes a batch size", async () => {
    expect(await contactSync().estimateSyncPerformance(5_000, 1_000)).toMatchObject({
      estimated_batch_size: 1_000,
      estimated_batches: 5,
    });
  });

  test("shows beside them what syncs here reached", async () => {
    await contactSync().syncContacts(randomUUID(), numbers(100), 100);
    const estimate = await contactSync().estimateSyncPerformance(5_000);
    const rate = estimate.observed_contacts_per_second as number;
    expect(rate).toBeGreaterThan(0);
    expect(estimate.observed_time_seconds).toBeCloseTo(5_000 / rate, 2);
    expect(estimate.estimated_time_seconds).toBe(5);
  });

  test.each([
    [-1, undefined, "INVALID_ARGUMENT"],
    [0.5, undefined, "INVALID_ARGUMENT"],
    ["5", undefined, "INVALID_ARGUMENT"],
    [5, 0, "INVALID_BATCH_SIZE"],
    [5, 1_001, "INVALID_BATCH_SIZE"],
    [5, null, "INVALID_BATCH_SIZE"],
  ] as const)("refuses %s contacts at %s a batch", async (count, batchSize, code) => {
    await refusal(
      contactSync().estimateSyncPerformance(count as number, batchSize as number),
      code,
    );
  });
});

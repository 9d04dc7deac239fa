import {
  DEFAULT_CONTACT_SIZE_KB,
  ESTIMATED_CONTACTS_PER_SECOND,
  type PerformanceEstimate,
  type SyncEstimate,
} from "@contact-sync/client";
import type { Engine } from "../../engine/engine.ts";
import { assertBatchSize, assertCount } from "../../input/arguments.ts";

/** `estimateSyncPerformance` of `ContactsWithAccounts`, which describes it. */
export async function estimateSyncPerformance(
  { sql }: Engine,
  contactCount: number,
  batchSize?: number,
): Promise<PerformanceEstimate> {
  assertCount(contactCount, "contactCount");
  const row = await sql.call<Record<keyof PerformanceEstimate, string | number | null>>(
    "estimate_sync_performance",
    [contactCount, batchSize === undefined ? null : assertBatchSize(batchSize)],
  );
  return {
    estimated_batch_size: Number(row.estimated_batch_size),
    estimated_batches: Number(row.estimated_batches),
    estimated_time_seconds: Number(row.estimated_time_seconds),
    estimated_memory_mb: Number(row.estimated_memory_mb),
    observed_contacts_per_second: numberOrNull(row.observed_contacts_per_second),
    observed_time_seconds: numberOrNull(row.observed_time_seconds),
  };
}

/** The guide's four fields without a round trip. A test holds them equal to the SQL function. */
export function estimateByGuide(contactCount: number, batchSize: number): SyncEstimate {
  const memoryMb = (contactCount * DEFAULT_CONTACT_SIZE_KB) / 1024;
  return {
    estimated_batch_size: batchSize,
    estimated_batches: Math.ceil(contactCount / batchSize),
    estimated_time_seconds: Math.ceil(contactCount / ESTIMATED_CONTACTS_PER_SECOND),
    estimated_memory_mb: Math.round(memoryMb * 1000) / 1000,
  };
}

// numeric comes from the driver as text, which keeps digits that a double would lose
function numberOrNull(value: string | number | null): number | null {
  return value === null ? null : Number(value);
}

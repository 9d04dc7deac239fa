import {
  DEFAULT_BATCH_SIZE,
  DEFAULT_CONTACT_SIZE_KB,
  LARGE_DATASET_BATCH_SIZE,
  LARGE_DATASET_CONTACTS,
} from "@contact-sync/client";
import type { Engine } from "../../engine/engine.ts";
import { assertBatchSize, assertCount, invalid } from "../../input/arguments.ts";

/** `getOptimalBatchSize` of `ContactsWithAccounts`, which describes it. */
export async function getOptimalBatchSize(
  { sql }: Engine,
  estimatedContactCount: number,
  avgContactSizeKb = DEFAULT_CONTACT_SIZE_KB,
): Promise<number> {
  assertCount(estimatedContactCount, "estimatedContactCount");
  if (typeof avgContactSizeKb !== "number" || !(avgContactSizeKb > 0)) {
    throw invalid("avgContactSizeKb must be greater than 0");
  }
  const { get_optimal_batch_size } = await sql.call<{ get_optimal_batch_size: number }>(
    "get_optimal_batch_size",
    [estimatedContactCount, Math.min(avgContactSizeKb, Number.MAX_SAFE_INTEGER)],
  );
  return get_optimal_batch_size;
}

/**
 * The batch size that was asked for, or what get_optimal_batch_size() gives for the count at the
 * guide's average contact, without a round trip. A test holds it equal to the SQL function.
 */
export function batchSizeFor(batchSize: number | undefined, contactCount: number): number {
  if (batchSize !== undefined) return assertBatchSize(batchSize);
  return contactCount > LARGE_DATASET_CONTACTS ? LARGE_DATASET_BATCH_SIZE : DEFAULT_BATCH_SIZE;
}

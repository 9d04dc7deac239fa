import type { ProgressOptions } from "../streams/progress.ts";

export interface BulkInsertOptions extends ProgressOptions {
  /** Rows an INSERT, 1 to 1,000; default what `getOptimalBatchSize` says for the count. */
  batchSize?: number | undefined;
}

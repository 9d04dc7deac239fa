import type { OptionNames } from "@contact-sync/client";
import { PROGRESS_OPTIONS, type ProgressOptions } from "../streams/progress.ts";

export interface BulkInsertOptions extends ProgressOptions {
  /** Rows an INSERT, 1 to 1,000; default what `getOptimalBatchSize` says for the count. */
  batchSize?: number | undefined;
}

export const BULK_INSERT_OPTIONS: OptionNames<BulkInsertOptions> = {
  ...PROGRESS_OPTIONS,
  batchSize: true,
};

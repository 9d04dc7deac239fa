import type { OptionNames } from "@contact-sync/client";
import { assertWatching } from "../../input/arguments.ts";

/** How far a write has come. */
export interface Progress {
  /** Entries read from the caller so far. */
  readonly received: number;
  /** Contacts that are committed. */
  readonly processed: number;
}

/** How a long write is watched and stopped. */
export interface ProgressOptions {
  /** Told after every chunk that has been committed (an array is one chunk). */
  onProgress?: ((progress: Progress) => void) | undefined;
  /** Stops before the next chunk; the chunks committed by then stay. */
  signal?: AbortSignal | undefined;
}

export const PROGRESS_OPTIONS: OptionNames<ProgressOptions> = { onProgress: true, signal: true };

/** @throws ContactSyncError `INVALID_ARGUMENT`, before the first chunk instead of after it */
export function readProgressOptions({ onProgress, signal }: ProgressOptions): ProgressOptions {
  assertWatching(onProgress, signal);
  return { onProgress, signal };
}

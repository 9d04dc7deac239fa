import type { PostgresUnderTest } from "./postgres.ts";

/**
 * What `contact_sync_runs` are ordered by, to have them as they were recorded. A time is that of
 * the sync's beginning as its caller has measured it, in whole milliseconds, so that of two short
 * syncs it tells nothing; but on a cluster each node counts the ids for itself.
 */
export function runOrder({ onCitus }: Pick<PostgresUnderTest, "onCitus">, way = "asc"): string {
  return onCitus ? `started_at ${way}, run_id ${way}` : `run_id ${way}`;
}

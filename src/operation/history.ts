import {
  DEFAULT_STATISTICS_DAYS,
  MAX_STATISTICS_DAYS,
  type OperationDay,
  type OperationHistory,
} from "@contact-sync/client";
import type { Engine } from "../engine/engine.ts";
import { assertWithin } from "../input/arguments.ts";

/** bigint and numeric come from the driver as text. */
type Figure = string | number | null;
interface DayRow {
  readonly day: string;
  readonly stored_rows: Figure;
  readonly [field: string]: Figure;
}

/** Each UTC day of the last ones, the oldest first, also those without a sync. */
export async function readHistory(
  { sql }: Engine,
  days = DEFAULT_STATISTICS_DAYS,
): Promise<OperationHistory> {
  const rows = await sql.callForRows<DayRow>(
    "get_operation_history",
    [assertWithin(days, 1, MAX_STATISTICS_DAYS, "days")],
    // as text: drivers make a moment of a date, each in a time zone of its own
    "*, sync_date::text as day",
  );
  return { days: rows.map(toDay) };
}

function toDay(row: DayRow): OperationDay {
  const count = (field: string) => Number(row[field] ?? 0);
  const measure = (field: string) => (row[field] == null ? null : Number(row[field]));
  return {
    day: row.day,
    full_syncs: count("full_syncs"),
    delta_syncs: count("delta_syncs"),
    unchanged_syncs: count("unchanged_syncs"),
    failed_syncs: count("failed_syncs"),
    contacts_processed: count("contacts_processed"),
    contacts_inserted: count("contacts_inserted"),
    contacts_updated: count("contacts_updated"),
    contacts_unchanged: count("contacts_unchanged"),
    contacts_removed: count("contacts_removed"),
    contacts_matched: count("contacts_matched"),
    success_rate: measure("success_rate"),
    match_rate: measure("match_rate"),
    p50_ms: measure("p50_ms"),
    p95_ms: measure("p95_ms"),
    contacts_per_second: measure("contacts_per_second"),
    budget_refusals: count("budget_refusals"),
    state:
      row.stored_rows === null
        ? null
        : {
            directory_numbers: count("directory_numbers"),
            contacts: count("contacts"),
            bytes: count("stored_bytes"),
            rows: count("stored_rows"),
          },
    joiners: {
      linked: count("changes_linked"),
      lag_seconds_p95: measure("link_lag_p95_seconds"),
    },
  };
}

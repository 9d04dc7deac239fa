import {
  type DailySyncStatistics,
  DEFAULT_STATISTICS_DAYS,
  MAX_STATISTICS_DAYS,
  type OptionNames,
  readOptions,
  type SyncStatistics,
  type SyncStatisticsTotals,
} from "@contact-sync/client";
import type { Engine } from "../../engine/engine.ts";
import { assertWithin } from "../../input/arguments.ts";

export interface StatisticsOptions {
  /** Narrows to one owner; default the whole service. */
  ownerId?: string | undefined;
}

const OPTIONS: OptionNames<StatisticsOptions> = { ownerId: true };

type StatisticsRow = Record<keyof SyncStatisticsTotals, string | number | null>;

/** `getSyncStatistics` of `ContactsWithAccounts`, which describes it. */
export async function getSyncStatistics(
  { sql, users }: Engine,
  days = DEFAULT_STATISTICS_DAYS,
  options?: StatisticsOptions,
): Promise<SyncStatistics> {
  const { ownerId } = readOptions(options, OPTIONS);
  assertWithin(days, 1, MAX_STATISTICS_DAYS, "days");
  const rows = await sql.callForRows<StatisticsRow & { day: string | null }>(
    "get_sync_statistics",
    [days, ownerId === undefined ? null : users.of(ownerId, "ownerId").uuid],
    // as text: drivers make a moment of a date, each in a time zone of its own
    "*, sync_date::text as day",
  );
  const totals = rows.find((row) => row.day === null) as StatisticsRow;
  return {
    days,
    totals: toTotals(totals),
    daily: rows.flatMap((row): DailySyncStatistics[] =>
      row.day === null ? [] : [{ sync_date: row.day, ...toTotals(row) }],
    ),
  };
}

// bigint and numeric come from the driver as text
function toTotals(row: StatisticsRow): SyncStatisticsTotals {
  const count = (field: keyof SyncStatisticsTotals) => Number(row[field] ?? 0);
  const measure = (field: keyof SyncStatisticsTotals) =>
    row[field] === null ? null : Number(row[field]);
  return {
    total_syncs: count("total_syncs"),
    completed_syncs: count("completed_syncs"),
    failed_syncs: count("failed_syncs"),
    avg_device_contacts: measure("avg_device_contacts"),
    avg_synced_contacts: measure("avg_synced_contacts"),
    avg_sync_rate: measure("avg_sync_rate"),
    contacts_inserted: count("contacts_inserted"),
    contacts_updated: count("contacts_updated"),
    contacts_unchanged: count("contacts_unchanged"),
    contacts_removed: count("contacts_removed"),
    matched_contacts: count("matched_contacts"),
    avg_processing_time_ms: measure("avg_processing_time_ms"),
    max_processing_time_ms: measure("max_processing_time_ms"),
    observed_contacts_per_second: measure("observed_contacts_per_second"),
    unchanged_syncs: count("unchanged_syncs"),
  };
}

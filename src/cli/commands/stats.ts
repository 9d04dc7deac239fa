import {
  DEFAULT_STATISTICS_DAYS,
  MAX_STATISTICS_DAYS,
  type SyncStatisticsTotals,
} from "@contact-sync/client";
import { defineCommand } from "../command.ts";
import { userIfGiven, wholeNumber } from "../option-values.ts";
import { tableLines } from "../terminal/table.ts";
import { counted, grouped } from "../terminal/text.ts";

interface Options {
  days: number;
  owner?: string;
}

const HEADER = [
  "day (UTC)",
  "syncs",
  "failed",
  "inserted",
  "updated",
  "unchanged",
  "removed",
  "matched",
  "rate %",
  "avg ms",
];

export const statsCommand = defineCommand<Options>({
  usage: "stats",
  summary: "Show the syncs of the last days.",
  description:
    "The rate is synced contacts in per cent of what the devices had. A failed sync counts, but not in averages.",
  examples: ["stats --days 7", "stats --owner 7b5fd680-85fc-4c53-be84-a93d35052c5c --json"],
  configure: (command) =>
    command
      .option(
        "--days <days>",
        `today and the days before it, 1 to ${MAX_STATISTICS_DAYS}`,
        wholeNumber,
        DEFAULT_STATISTICS_DAYS,
      )
      .option("--owner <user>", "only this owner's (default: the whole service)"),
  async run({ printer, configuration, withContactSync }, { days, owner }) {
    const ownerId = userIfGiven(configuration, owner, "--owner");
    const statistics = await withContactSync(({ contactSync }) =>
      contactSync.getSyncStatistics(days, { ownerId }),
    );
    printer.json(statistics);
    if (statistics.totals.total_syncs === 0) {
      printer.line(`No syncs in the last ${counted(days, "day")}.`);
      return undefined;
    }
    const rows = [
      HEADER,
      ...statistics.daily.map((day) => [day.sync_date, ...cells(day)]),
      ["in all", ...cells(statistics.totals)],
    ];
    const [header = "", ...lines] = tableLines(rows, new Set(HEADER.keys()));
    printer.line(printer.colors.bold(header));
    for (const line of lines) printer.line(line);
    return undefined;
  },
});

function cells(totals: SyncStatisticsTotals): string[] {
  const measure = (value: number | null) => (value === null ? "–" : grouped(value));
  return [
    grouped(totals.total_syncs),
    grouped(totals.failed_syncs),
    grouped(totals.contacts_inserted),
    grouped(totals.contacts_updated),
    grouped(totals.contacts_unchanged),
    grouped(totals.contacts_removed),
    grouped(totals.matched_contacts),
    measure(totals.avg_sync_rate),
    measure(totals.avg_processing_time_ms),
  ];
}

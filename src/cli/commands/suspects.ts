import {
  DEFAULT_MIN_SCORE,
  DEFAULT_SUSPECTS,
  MAX_SUSPECTS,
  type Suspect,
} from "../../contacts/suspects/suspects.ts";
import { defineCommand } from "../command.ts";
import { time, wholeNumber } from "../option-values.ts";
import { tableLines } from "../terminal/table.ts";
import { grouped, visible } from "../terminal/text.ts";

interface Options {
  minScore: number;
  since?: string;
  limit: number;
}

const HEADER = [
  "score",
  "owner",
  "neighbours %",
  "syncs",
  "refused",
  "inserted",
  "removed",
  "matched",
  "book",
  "held since",
];
const LEFT = new Set([1, 9]);
const RIGHT = new Set([...HEADER.keys()].filter((column) => !LEFT.has(column)));

export const suspectsCommand = defineCommand<Options>({
  usage: "suspects",
  summary: "List owners whose syncs look like an attack.",
  description:
    "The highest score first, with those who are held. A score is a sum of signs, none of which proves anything: docs/operating.md says how to read it.",
  examples: ["suspects", "suspects --min-score 60 --since 2026-01-01 --json"],
  configure: (command) =>
    command
      .option("--min-score <score>", "from this score on, 1 to 100", wholeNumber, DEFAULT_MIN_SCORE)
      .option("--since <time>", "syncs since then (default: 24 hours ago)", time)
      .option(
        "--limit <n>",
        `so many at most, 1 to ${grouped(MAX_SUSPECTS)}`,
        wholeNumber,
        DEFAULT_SUSPECTS,
      ),
  async run({ printer, withContactSync }, { minScore, since, limit }) {
    const suspects = await withContactSync(({ contactSync }) =>
      contactSync.listSuspects({ minScore, since, limit }),
    );
    printer.json({ suspects });
    if (suspects.length === 0) {
      printer.line(`Nobody has scored ${minScore} or more, and nobody is held.`);
      return undefined;
    }
    const [header = "", ...lines] = tableLines([HEADER, ...suspects.map(cellsOf)], RIGHT);
    printer.line(printer.colors.bold(header));
    for (const line of lines) printer.line(line);
    return undefined;
  },
});

function cellsOf(suspect: Suspect): string[] {
  return [
    String(suspect.suspicion),
    visible(suspect.owner_id),
    suspect.neighbours_percent === null ? "–" : String(suspect.neighbours_percent),
    grouped(suspect.syncs),
    grouped(suspect.budget_refusals),
    grouped(suspect.contacts_inserted),
    grouped(suspect.contacts_removed),
    grouped(suspect.matched_contacts),
    grouped(suspect.contacts_count),
    suspect.held_at?.toISOString() ?? "–",
  ];
}

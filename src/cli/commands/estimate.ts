import { assertCount } from "../../input/arguments.ts";
import { defineCommand } from "../command.ts";
import { batchSize, wholeNumber } from "../option-values.ts";
import { tableLines } from "../terminal/table.ts";
import { counted, grouped } from "../terminal/text.ts";

interface Options {
  batchSize?: number;
}

export const estimateCommand = defineCommand<Options>({
  usage: "estimate",
  summary: "Estimate what a sync of N contacts takes.",
  description:
    "By the guide's constants (1,000 contacts a second, 0.5 KB each) and, once syncs have run, by what they reached here.",
  examples: ["estimate 5000", "estimate 100000 --batch-size 250 --json"],
  configure: (command) =>
    command
      .argument("<contacts>", "how many contacts", wholeNumber)
      .option("--batch-size <rows>", "rows an INSERT (default: the best for the count)", batchSize),
  async run({ printer, withContactSync }, options, contacts) {
    const count = assertCount(Number(contacts), "contacts");
    const estimate = await withContactSync(({ contactSync }) =>
      contactSync.estimateSyncPerformance(count, options.batchSize),
    );
    printer.json(estimate);
    const observed = estimate.observed_contacts_per_second;
    const rows = [
      ["batch size", grouped(estimate.estimated_batch_size)],
      ["batches", grouped(estimate.estimated_batches)],
      ["time", `${grouped(estimate.estimated_time_seconds)} s`],
      ["memory", `${estimate.estimated_memory_mb} MB`],
      [
        "observed here",
        observed === null || estimate.observed_time_seconds === null
          ? "no sync has run yet"
          : `${estimate.observed_time_seconds} s, at ${grouped(observed)} contacts a second`,
      ],
    ];
    printer.line(printer.colors.bold(`A sync of ${counted(count, "contact")}`));
    for (const line of tableLines(rows)) printer.line(`  ${line}`);
    return undefined;
  },
});

import type { Match, Repetition, WriteCounts } from "@contact-sync/client";
import type { Progress } from "../../contacts/streams/progress.ts";
import { readAddressBook } from "../../readers/detect.ts";
import type { ReadColumns } from "../../readers/text/address-book-entry.ts";
import type { CommandContext } from "../command.ts";
import { EXIT, type ExitCode } from "../exit-codes.ts";
import { describeRead, together } from "../files/columns.ts";
import type { Input } from "../files/input.ts";
import { LeftOut } from "../files/left-out.ts";
import { describeLines, LineNumbers } from "../files/line-numbers.ts";
import { showProgress } from "../files/progress.ts";
import { withStoredSoFar } from "../files/stored-so-far.ts";
import type { Printer } from "../terminal/printer.ts";
import { counted, visible } from "../terminal/text.ts";
import type { ImportOptions } from "./import-options.ts";
import { writtenCounts } from "./written-counts.ts";

/** How many of the people found are listed; `--json` has them all. */
const MATCHES_SHOWN = 10;

/** And of the entries that repeat another. */
const REPEATED_SHOWN = 5;

/** Syncs one owner's address book from a file. */
export async function importAddressBook(
  { io, printer, withContactSync }: CommandContext,
  options: ImportOptions & { owner: string },
  input: Input,
): Promise<ExitCode> {
  const lines = new LineNumbers();
  const leftOut = new LeftOut();
  let columns: ReadColumns | undefined;
  async function* numbers() {
    const entries = readAddressBook(input.bytes(), {
      fileName: input.fileName,
      format: options.format,
      columns: options.columns,
      onColumns(read) {
        columns = columns === undefined ? read : together(columns, read);
      },
      onUnreadable: ({ line, reason }) => leftOut.add(line, reason),
    });
    for await (const { phone, line } of entries) {
      lines.push(line);
      yield phone;
    }
  }

  // A token would be of no use here, and is no matter for what may become a log.
  const { sync_token: _, ...result } = await withContactSync(async ({ contactSync }) => {
    const display = showProgress(input, io, printer);
    let progress: Progress = { received: 0, processed: 0 };
    try {
      return await contactSync.syncContacts(
        options.owner,
        numbers(),
        options.deviceContacts ?? null,
        {
          batchSize: options.batchSize,
          mode: options.replace ? "replace" : "merge",
          confirmRemoval: options.confirmRemoval,
          deviceId: options.device,
          budget: false, // the operator's own
          defaultRegion: options.region,
          signal: io.signal,
          onProgress(now) {
            progress = now;
            display.onProgress(now);
          },
        },
      );
    } catch (error) {
      throw withStoredSoFar(error, progress);
    } finally {
      display.stop();
    }
  });

  const unreadable = leftOut.places();
  const rejected = result.rejected.map(({ index, reason }) => ({ line: lines.at(index), reason }));
  // The phone hashes stay out of what may become a log: the line says whom it is about.
  const matches = result.matches.map(({ index, indexes, user_id }) => ({
    line: lines.at(index),
    lines: lines.atEach(indexes),
    user_id,
  }));
  const repeated = result.repeated.map(({ index, repeats }) => ({
    line: lines.at(index),
    repeats: lines.at(repeats),
  }));
  printer.json({
    owner_id: options.owner,
    ...result,
    columns: columns === undefined ? null : columnsForPrograms(columns),
    rejected,
    unreadable,
    repeated,
    matches,
  });

  for (const { line, reason } of rejected) leftOut.add(line, reason);
  printCounts(printer, input, result, lines.length);
  if (columns !== undefined) printer.line(`  ${describeRead(columns)}`);
  printMatches(printer, result.matches, lines);
  printRepeated(printer, result.repeated, lines);
  leftOut.print(printer);
  return options.strict && leftOut.count > 0 ? EXIT.incomplete : EXIT.done;
}

function columnsForPrograms({ read, notRead, doubtful }: ReadColumns): Record<string, unknown> {
  return { read, not_read: notRead, doubtful };
}

function printCounts(printer: Printer, input: Input, result: WriteCounts, received: number): void {
  const title = `${input.name}: ${counted(received, "number")}, ${counted(result.total_processed, "contact")}`;
  printer.line(printer.colors.bold(title));
  printer.line(`  ${writtenCounts(result)}`);
}

function printMatches(printer: Printer, matches: readonly Match[], lines: LineNumbers): void {
  printer.line();
  printer.line(
    matches.length === 0
      ? "Nobody in it has an account."
      : printer.colors.green(`Found ${counted(matches.length, "contact")} with an account`),
  );
  const shown = matches.slice(0, MATCHES_SHOWN);
  for (const { indexes, user_id } of shown) {
    printer.line(
      `  user ${visible(user_id)}  ${printer.colors.dim(describeLines(lines.atEach(indexes)))}`,
    );
  }
  const more = matches.length - shown.length;
  if (more > 0) printer.line(printer.colors.dim(`  and ${more} more; --json lists all`));
}

function printRepeated(
  printer: Printer,
  repeated: readonly Repetition[],
  lines: LineNumbers,
): void {
  if (repeated.length === 0) return;
  printer.line();
  printer.line(`Repeated ${counted(repeated.length, "number")}`);
  for (const { index, repeats } of repeated.slice(0, REPEATED_SHOWN)) {
    const [line, first] = [lines.at(index), lines.at(repeats)];
    const what = line === first ? "itself" : `line ${first}`;
    printer.line(printer.colors.dim(`  line ${line} repeats ${what}`));
  }
  const more = repeated.length - REPEATED_SHOWN;
  if (more > 0) printer.line(printer.colors.dim(`  and ${more} more; --json lists all`));
}

import { MAX_CONTACTS_PER_CALL } from "@contact-sync/client";
import { pendingOf } from "../../directory/linker.ts";
import { throwIfAborted } from "../../input/arguments.ts";
import type { CommandContext } from "../command.ts";
import { EXIT, type ExitCode } from "../exit-codes.ts";
import { atLine } from "../files/at-line.ts";
import { inChunks } from "../files/in-chunks.ts";
import { openInput } from "../files/input.ts";
import { LeftOut } from "../files/left-out.ts";
import { LineNumbers } from "../files/line-numbers.ts";
import { showProgress } from "../files/progress.ts";
import { withStoredSoFar } from "../files/stored-so-far.ts";
import type { Printer } from "../terminal/printer.ts";
import { counted, grouped } from "../terminal/text.ts";
import { drainLinks } from "./drain-links.ts";
import { type LinkableFile, readLinkable, withoutConflicts } from "./linkable-numbers.ts";

export interface LinkOptions {
  user?: string;
  verifiedAt?: string;
  region?: string;
  international?: true;
  silent?: true;
  strict?: true;
}

/** What became of a file. */
interface Outcome {
  received: number;
  phones_linked: number;
  phones_unchanged: number;
  contacts_changed: number;
  pending: number;
  readonly outdated: LineNumbers;
  readonly file: LinkableFile;
}

/**
 * Links the numbers of a file: enters them chunk by chunk, each all or nothing, and then brings all
 * of them to the contacts who hold them.
 *
 * With `--strict` a file with a row that can't be linked is refused before anything is written. What
 * can't be read twice, such as standard input, is refused from the chunk on that has such a row.
 */
export async function linkFile(
  context: CommandContext,
  options: LinkOptions,
  file: string,
): Promise<ExitCode> {
  const { io, printer, withContactSync, configuration } = context;
  const reading = {
    defaultRegion: options.region ?? configuration.defaultRegion,
    international: options.international ?? false,
    userIds: configuration.userIds,
  };
  let input = await openInput(file, io);
  const outcome: Outcome = {
    received: 0,
    phones_linked: 0,
    phones_unchanged: 0,
    contacts_changed: 0,
    pending: 0,
    outdated: new LineNumbers(),
    file: { rejected: new LeftOut(), skipped: new LeftOut() },
  };
  const { rejected, skipped } = outcome.file;
  const isRefused = () => options.strict === true && rejected.count > 0;

  if (options.strict && input.size !== undefined) {
    for await (const chunk of inChunks(
      readLinkable(input, reading, outcome.file),
      MAX_CONTACTS_PER_CALL,
    )) {
      throwIfAborted(io.signal);
      withoutConflicts(chunk, outcome.file);
      outcome.received += chunk.length;
    }
    if (isRefused()) return tell(printer, input.name, outcome, EXIT.incomplete);
    outcome.received = 0;
    skipped.clear();
    input = await openInput(file, io);
  }

  // One time for all that have none: a number that comes again under another user is then told.
  const startedAt = new Date();
  await withContactSync(async ({ contactSync }) => {
    const display = showProgress(input, io, printer, "numbers entered");
    const soFar = () => ({
      received: outcome.received + rejected.count + skipped.count,
      processed: outcome.phones_linked + outcome.phones_unchanged,
    });
    try {
      const numbers = readLinkable(input, reading, outcome.file);
      for await (const read of inChunks(numbers, MAX_CONTACTS_PER_CALL)) {
        throwIfAborted(io.signal);
        const chunk = withoutConflicts(read, outcome.file);
        if (isRefused()) break;
        const lines = LineNumbers.of(chunk);
        const result = await contactSync
          .linkMany(
            chunk.map(({ userId, phoneHash, verifiedAt = startedAt }) => ({
              userId,
              phoneHash,
              verifiedAt,
            })),
            { backfill: false, announce: !options.silent },
          )
          .catch((error) => {
            throw atLine(error, lines);
          });
        outcome.phones_linked += result.phones_linked;
        outcome.phones_unchanged += result.phones_unchanged;
        for (const position of result.outdated) outcome.outdated.push(lines.at(position));
        outcome.received += chunk.length;
        display.onProgress(soFar());
      }
    } catch (error) {
      throw withStoredSoFar(error, soFar(), "number");
    } finally {
      display.stop();
    }
    try {
      const drained = await drainLinks(contactSync, { io, printer });
      outcome.contacts_changed = drained.contacts_changed;
      outcome.pending = drained.entries_waiting;
    } catch (error) {
      throw withStoredSoFar(error, soFar(), "number");
    }
  });
  const isIncomplete = options.strict && (isRefused() || outcome.outdated.length > 0);
  return tell(printer, input.name, outcome, isIncomplete ? EXIT.incomplete : EXIT.done);
}

function tell(printer: Printer, name: string, outcome: Outcome, code: ExitCode): ExitCode {
  const { phones_linked, phones_unchanged, contacts_changed, pending, outdated, file } = outcome;
  const received = outcome.received + file.rejected.count + file.skipped.count;
  printer.json({
    received,
    phones_linked,
    phones_unchanged,
    contacts_changed,
    ...pendingOf(pending),
    outdated: outdated.all().map((line) => ({ line })),
    rejected: file.rejected.places(),
    skipped: file.skipped.places(),
  });
  printer.line(printer.colors.bold(`${name}: ${counted(received, "number")}`));
  printer.line(
    `  ${grouped(phones_linked)} linked, ${grouped(phones_unchanged)} unchanged; ` +
      `${counted(contacts_changed, "contact")} updated`,
  );
  if (pending > 0) {
    printer.line(
      `  ${counted(pending, "number")} met a running transaction: the linker finishes them (link-pending)`,
    );
  }
  if (outdated.length > 0) {
    const title = `Left out ${counted(outdated.length, "number")}: the directory has a newer verification`;
    printer.line(printer.colors.yellow(title));
    printer.line(`  ${outdated.describe()}`);
  }
  file.rejected.print(printer);
  file.skipped.print(printer, "Skipped");
  if (code === EXIT.incomplete && file.rejected.count > 0) {
    printer.line();
    printer.line(
      phones_linked + phones_unchanged === 0
        ? "Refused (--strict): nothing was written."
        : "Refused from here on (--strict): standard input can't be read twice, so what came before is written.",
    );
  }
  return code;
}

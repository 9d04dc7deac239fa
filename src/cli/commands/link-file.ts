import { MAX_CONTACTS_PER_CALL } from "@contact-sync/client";
import { pendingOf } from "../../directory/linker.ts";
import { throwIfAborted } from "../../input/arguments.ts";
import { readDirectory } from "../../readers/directory.ts";
import type { CommandContext } from "../command.ts";
import { EXIT, type ExitCode } from "../exit-codes.ts";
import { atLine } from "../files/at-line.ts";
import { inChunks } from "../files/in-chunks.ts";
import { openInput } from "../files/input.ts";
import { LineNumbers } from "../files/line-numbers.ts";
import { showProgress } from "../files/progress.ts";
import { withStoredSoFar } from "../files/stored-so-far.ts";
import { counted, grouped } from "../terminal/text.ts";

export interface LinkOptions {
  user?: string;
  verifiedAt?: string;
  region?: string;
  strict?: true;
}

/** Links the numbers of a file, chunk by chunk; each chunk is all or nothing. */
export async function linkFile(
  { io, printer, withContactSync }: CommandContext,
  options: LinkOptions,
  file: string,
): Promise<ExitCode> {
  const input = await openInput(file, io);
  const totals = { phones_linked: 0, phones_unchanged: 0, contacts_changed: 0 };
  const outdated = new LineNumbers();
  let received = 0;
  let pending = 0;

  await withContactSync(async ({ contactSync }) => {
    const display = showProgress(input, io, printer);
    try {
      const entries = readDirectory(input.bytes(), { fileName: input.fileName });
      for await (const chunk of inChunks(entries, MAX_CONTACTS_PER_CALL)) {
        throwIfAborted(io.signal);
        const lines = LineNumbers.of(chunk);
        const result = await contactSync
          .linkMany(
            chunk.map(({ userId, phone, verifiedAt }) => ({
              userId,
              phoneNumber: phone,
              verifiedAt,
            })),
            { defaultRegion: options.region },
          )
          .catch((error) => {
            throw atLine(error, lines);
          });
        totals.phones_linked += result.phones_linked;
        totals.phones_unchanged += result.phones_unchanged;
        totals.contacts_changed += result.contacts_changed;
        pending += result.links_pending ?? 0;
        for (const position of result.outdated) outdated.push(lines.at(position));
        received += chunk.length;
        display.onProgress({ received, processed: received - outdated.length });
      }
    } catch (error) {
      throw withStoredSoFar(error, { received, processed: received - outdated.length }, "number");
    } finally {
      display.stop();
    }
  });

  printer.json({
    received,
    ...totals,
    ...pendingOf(pending),
    outdated: outdated.all().map((line) => ({ line })),
  });
  printer.line(printer.colors.bold(`${input.name}: ${counted(received, "number")}`));
  printer.line(
    `  ${grouped(totals.phones_linked)} linked, ${grouped(totals.phones_unchanged)} unchanged; ` +
      `${counted(totals.contacts_changed, "contact")} updated`,
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
  return options.strict && outdated.length > 0 ? EXIT.incomplete : EXIT.done;
}

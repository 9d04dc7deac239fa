import { assertRegion } from "@contact-sync/client";
import type { BulkContact } from "../../contacts/bulk-insert/bulk-insert-item.ts";
import type { Progress } from "../../contacts/streams/progress.ts";
import { hashNumbers } from "../../contacts/sync/hash-entries.ts";
import { type NdjsonEntry, readNdjson } from "../../readers/ndjson/ndjson.ts";
import type { CommandContext } from "../command.ts";
import { EXIT, type ExitCode } from "../exit-codes.ts";
import { atLine } from "../files/at-line.ts";
import type { Input } from "../files/input.ts";
import { LeftOut } from "../files/left-out.ts";
import { LineNumbers } from "../files/line-numbers.ts";
import { showProgress } from "../files/progress.ts";
import { withStoredSoFar } from "../files/stored-so-far.ts";
import { counted } from "../terminal/text.ts";
import type { ImportOptions } from "./import-options.ts";
import { writtenCounts } from "./written-counts.ts";

/** Bulk-inserts contacts of any owners from NDJSON, as another system's export has them. */
export async function importContacts(
  { io, printer, configuration, withContactSync }: CommandContext,
  options: ImportOptions,
  input: Input,
): Promise<ExitCode> {
  const lines = new LineNumbers();
  const leftOut = new LeftOut();
  const hashEntries = hashNumbers(assertRegion(options.region) ?? configuration.defaultRegion);
  /** Several where `phone` holds several numbers. */
  function hashesOf({ phoneHash, phone, line }: NdjsonEntry): readonly string[] {
    if (phoneHash !== undefined) return [phoneHash];
    const { hashes, rejected } = hashEntries([phone], 0);
    for (const { reason } of rejected) leftOut.add(line, reason);
    return hashes;
  }
  async function* contacts() {
    const entries = readNdjson(input.bytes(), {
      onUnreadable: ({ line, reason }) => leftOut.add(line, reason),
    });
    for await (const entry of entries) {
      for (const phoneHash of hashesOf(entry)) {
        lines.push(entry.line);
        yield contactOf(entry, phoneHash, options.owner);
      }
    }
  }

  const result = await withContactSync(async ({ contactSync }) => {
    const display = showProgress(input, io, printer);
    let progress: Progress = { received: 0, processed: 0 };
    try {
      return await contactSync.bulkInsertContacts(contacts(), {
        batchSize: options.batchSize,
        signal: io.signal,
        onProgress(now) {
          progress = now;
          display.onProgress(now);
        },
      });
    } catch (error) {
      throw withStoredSoFar(atLine(error, lines), progress);
    } finally {
      display.stop();
    }
  });

  printer.json({ ...result, rejected: leftOut.places() });
  printer.line(printer.colors.bold(`${input.name}: ${counted(lines.length, "contact")}`));
  printer.line(`  ${writtenCounts(result)}, ${result.matched_contacts} with an account`);
  leftOut.print(printer);
  return options.strict && leftOut.count > 0 ? EXIT.incomplete : EXIT.done;
}

/** An owner that is missing in the row and on the command line is refused by the library. */
function contactOf(
  { ownerId, isFavorite, lastInteraction, linkedUserId }: NdjsonEntry,
  phoneHash: string,
  owner: string | undefined,
): BulkContact {
  return {
    owner_id: (ownerId ?? owner) as string,
    phone_hash: phoneHash,
    is_favorite: isFavorite ?? null,
    last_interaction: lastInteraction ?? null,
    linked_user_id: linkedUserId ?? null,
  };
}

import { extname } from "node:path";
import { ContactSyncError, type OptionNames, readOptions } from "@contact-sync/client";
import { readCsv } from "./csv/csv.ts";
import { readNdjson } from "./ndjson/ndjson.ts";
import {
  type AddressBookEntry,
  entriesOf,
  READ_OPTIONS,
  type ReadOptions,
} from "./text/address-book-entry.ts";
import type { ByteStream } from "./text/byte-stream.ts";
import { peek } from "./text/peek.ts";
import { textBytes } from "./text/text-bytes.ts";
import { decodeText } from "./text/text-encoding.ts";
import { unreadableFile } from "./text/unreadable-file.ts";
import { readVcards } from "./vcard/vcard.ts";

/** The formats of address books, as `--format` names them. */
export const ADDRESS_BOOK_FORMATS = ["vcard", "csv", "ndjson"] as const;

export type AddressBookFormat = (typeof ADDRESS_BOOK_FORMATS)[number];

export interface ReadAddressBookOptions extends ReadOptions {
  /** Its extension decides where the content does not; absent for standard input. */
  readonly fileName?: string | undefined;
  /** Skips the detection. */
  readonly format?: AddressBookFormat | undefined;
}

const OPTIONS: OptionNames<ReadAddressBookOptions> = {
  ...READ_OPTIONS,
  fileName: true,
  format: true,
};

const HEAD_BYTES = 16 * 1024;

/**
 * Reads the numbers of an address book, whatever its format, in constant memory.
 *
 * @throws ContactSyncError `UNREADABLE_FILE`: empty, no address book, or broken where the message
 *   says; entries before that place have been given by then. `INVALID_ARGUMENT` for the options
 * @example
 * const book = createReadStream("contacts.vcf");
 * for await (const { phone, line } of readAddressBook(book, { fileName: "contacts.vcf" })) {
 *   console.log(line, phone);
 * }
 */
export async function* readAddressBook(
  source: ByteStream,
  options?: ReadAddressBookOptions,
): AsyncGenerator<AddressBookEntry, void, undefined> {
  const { fileName, format: given, onUnreadable } = readOptions(options, OPTIONS);
  if (given !== undefined && !ADDRESS_BOOK_FORMATS.includes(given)) {
    throw new ContactSyncError(
      "INVALID_ARGUMENT",
      `format must be one of ${ADDRESS_BOOK_FORMATS.join(", ")}`,
    );
  }
  const { head, stream, close } = await peek(textBytes(source), HEAD_BYTES);
  try {
    const format = given ?? detectFormat(head, fileName);
    yield* FORMAT_READERS[format](stream, { onUnreadable });
  } finally {
    await close();
  }
}

/**
 * Tells the format of a file from its beginning and, where that could be several, its name.
 *
 * @throws ContactSyncError `UNREADABLE_FILE` for what is none of them, saying how to come to one
 */
function detectFormat(head: Uint8Array, fileName = ""): AddressBookFormat {
  const text = decodeText(head).trimStart();
  if (text === "") {
    throw unreadableFile("The file is empty.");
  }
  refuseOthers(text);
  if (/^BEGIN\s*:\s*VCARD/im.test(text)) {
    return "vcard";
  }
  if (text.startsWith("{")) {
    return "ndjson";
  }
  switch (extname(fileName).toLowerCase()) {
    case ".vcf":
    case ".vcard":
      return "vcard";
    case ".ndjson":
    case ".jsonl":
      return "ndjson";
    default:
      return "csv";
  }
}

const FORMAT_READERS: Record<
  AddressBookFormat,
  (source: ByteStream, options: ReadOptions) => AsyncIterable<AddressBookEntry>
> = { vcard: readVcards, csv: readCsv, ndjson: readNumbers };

async function* readNumbers(source: ByteStream): AsyncGenerator<AddressBookEntry> {
  for await (const { phone, isFavorite, line } of readNdjson(source)) {
    if (phone === undefined) {
      throw unreadableFile("An address book needs phone numbers; this is a phone hash.", line);
    }
    yield* entriesOf(phone, line, isFavorite === true);
  }
}

const OTHER_FORMATS: readonly [start: string, advice: string][] = [
  ["PK\u0003\u0004", "This is a spreadsheet or ZIP archive. Save the sheet as CSV, or unpack it."],
  ["SQLite format 3\0", "This is a database. Export the contacts as vCard (.vcf) instead."],
  ["<", "This is XML or HTML. Export the contacts as vCard (.vcf) or CSV instead."],
  ["[", "This is a JSON array. Write one value a line: jq -c '.[]' FILE."],
];

// A program's fault leaves one here or there, in a name or a note; binary files are full of them.
const MOST_ZERO_BYTES = 0.01;

function refuseOthers(text: string): void {
  const [, advice] = OTHER_FORMATS.find(([start]) => text.startsWith(start)) ?? [];
  if (advice !== undefined) {
    throw unreadableFile(advice);
  }
  if (text.includes("\0") && text.split("\0").length - 1 > text.length * MOST_ZERO_BYTES) {
    throw unreadableFile("This is not a text file.");
  }
}

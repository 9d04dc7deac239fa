import { extname } from "node:path";
import { ContactSyncError, type OptionNames, readOptions } from "@contact-sync/client";
import { readCsv } from "./csv/csv.ts";
import { adviceForBytes, adviceForOther } from "./foreign/foreign-bytes.ts";
import { adviceForText, isText } from "./foreign/foreign-texts.ts";
import { readJcards } from "./jcard/jcard.ts";
import { readJson } from "./json/json.ts";
import { readLdif } from "./ldif/ldif.ts";
import {
  ADDRESS_BOOK_FORMATS,
  type AddressBookFormat,
  formatOfExtension,
  recognisedFormat,
} from "./recognise.ts";
import {
  type AddressBookEntry,
  READ_OPTIONS,
  type ReadOptions,
} from "./text/address-book-entry.ts";
import type { ByteStream } from "./text/byte-stream.ts";
import { type PeekedStream, peek } from "./text/peek.ts";
import { textBytes } from "./text/text-bytes.ts";
import { decodeText } from "./text/text-encoding.ts";
import { unreadableFile } from "./text/unreadable-file.ts";
import { readVcards } from "./vcard/vcard.ts";
import { readXcards } from "./xcard/xcard.ts";

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
  const { fileName, format: given, ...readerOptions } = readOptions(options, OPTIONS);
  if (given !== undefined && !ADDRESS_BOOK_FORMATS.includes(given)) {
    throw new ContactSyncError(
      "INVALID_ARGUMENT",
      `format must be one of ${ADDRESS_BOOK_FORMATS.join(", ")}`,
    );
  }
  const file = await peek(source, HEAD_BYTES);
  let text: PeekedStream | undefined;
  try {
    const advice = adviceForBytes(file.head, fileName ?? "");
    if (advice !== undefined) {
      throw unreadableFile(advice);
    }
    text = await peek(textBytes(file.stream), HEAD_BYTES);
    const format = given ?? detectFormat(text.head, fileName);
    if (readerOptions.columns !== undefined && format !== "csv") {
      throw new ContactSyncError(
        "INVALID_ARGUMENT",
        "columns are those of a CSV file, and this is none",
      );
    }
    yield* FORMAT_READERS[format](text.stream, readerOptions);
  } finally {
    await text?.close();
    await file.close();
  }
}

const FORMAT_READERS: Record<
  AddressBookFormat,
  (source: ByteStream, options: ReadOptions) => AsyncIterable<AddressBookEntry>
> = {
  vcard: readVcards,
  csv: readCsv,
  ldif: readLdif,
  json: readJson,
  ndjson: readJson,
  jcard: readJcards,
  xcard: readXcards,
};

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
  const advice = adviceForText(text);
  const format = recognisedFormat(text);
  if (format === "vcard" || (format !== undefined && advice === undefined)) {
    return format;
  }
  if (advice !== undefined) {
    throw unreadableFile(advice);
  }
  if (!isText(text)) {
    throw unreadableFile(adviceForOther(fileName));
  }
  return formatOfExtension(extname(fileName).toLowerCase()) ?? "csv";
}

import { ContactSyncError, readOptions, splitPhoneNumbers } from "@contact-sync/client";
import {
  type AddressBookEntry,
  entriesOf,
  READ_OPTIONS,
  type ReadOptions,
} from "../text/address-book-entry.ts";
import type { ByteStream } from "../text/byte-stream.ts";
import { unreadableFile } from "../text/unreadable-file.ts";
import { decodeCell } from "./csv-cells.ts";
import { type CsvRecord, readCsvRecords } from "./csv-records.ts";
import { fromHeader } from "./header-search.ts";
import { type Layout, layoutOf } from "./layout.ts";
import { lacksCode, withParts } from "./number-parts.ts";
import { phoneColumns } from "./phone-columns.ts";
import { type FirstRow, isOtherHeader, isSameHeader, tellTroubles } from "./row-troubles.ts";
import { spreadsheetNumber } from "./spreadsheet-number.ts";

/**
 * Reads the numbers of a CSV file in constant memory: exports of Google Contacts, Outlook, Yahoo,
 * Thunderbird and others in their languages, or a bare list of numbers. Which columns hold numbers
 * shows in their names and in the first 200 rows.
 *
 * @throws ContactSyncError `UNREADABLE_FILE`: no phone column, or a row that does not end;
 *   `INVALID_ARGUMENT` for the options, also for a column that the file does not have
 */
export async function* readCsv(
  source: ByteStream,
  givenOptions?: ReadOptions,
): AsyncGenerator<AddressBookEntry, void, undefined> {
  const options = readOptions(givenOptions, READ_OPTIONS);
  const wanted = wantedColumns(options.columns);
  const table = new Table({ ...options, columns: wanted });
  const onRowAbove = (line: number) => options.onUnreadable?.({ line, reason: "ABOVE_HEADER" });
  try {
    for await (const record of fromHeader(readCsvRecords(source), wanted, onRowAbove)) {
      // Not `yield*`, which in an async generator waits once more for each row.
      for (const entry of table.read(record)) {
        yield entry;
      }
    }
  } catch (fault) {
    // What stands before the fault counts.
    yield* table.end();
    throw fault;
  }
  yield* table.end();
  if (!table.hasRows) {
    throw unreadableFile("The file is empty.");
  }
}

// Enough rows to see what a column holds, few enough to keep in memory.
const SAMPLE_ROWS = 200;
const SAMPLE_BYTES = 256 * 1024;

/** The rows from a header on, of which the first ones decide what is read of all. */
class Table {
  readonly #options: ReadOptions;
  #first: FirstRow | undefined;
  #layout: Layout | undefined;
  #sample: CsvRecord[] = [];
  #sampleBytes = 0;

  constructor(options: ReadOptions) {
    this.#options = options;
  }

  get hasRows(): boolean {
    return this.#first !== undefined;
  }

  *read(record: CsvRecord): Generator<AddressBookEntry, void, undefined> {
    // Files joined end to end have their header once more, or another one.
    if (this.#first !== undefined && this.#isHeaderAgain(record, this.#first)) {
      return;
    }
    if (this.#first !== undefined && isOtherHeader(record, this.#first)) {
      yield* this.end();
      this.#options.onUnreadable?.({ line: record.lineOf(0), reason: "OTHER_HEADER" });
      this.#first = undefined;
      this.#layout = undefined;
    }
    this.#first ??= {
      cells: record.cells,
      phones: phoneColumns(record.cells.map(decodeCell)),
    };
    if (this.#layout !== undefined) {
      yield* this.#entries(record, this.#layout);
      return;
    }
    this.#sample.push(record);
    this.#sampleBytes += record.cells.reduce((bytes, cell) => bytes + cell.length + 1, 0);
    if (this.#sample.length === SAMPLE_ROWS || this.#sampleBytes > SAMPLE_BYTES) {
      yield* this.end();
    }
  }

  /** In a list without a header a row may well be like the first. */
  #isHeaderAgain(record: CsvRecord, first: FirstRow): boolean {
    return first.phones.length > 0 && isSameHeader(record, first);
  }

  /** Decides, if that is still open, and gives what stands in the rows that were kept for it. */
  *end(): Generator<AddressBookEntry, void, undefined> {
    const sample = this.#sample.splice(0);
    const [first] = sample;
    this.#sampleBytes = 0;
    if (first === undefined) {
      return;
    }
    const layout = layoutOf(
      sample.map(({ cells }) => cells.map(decodeCell)),
      this.#options.columns,
    );
    this.#layout = layout;
    this.#first = { cells: first.cells, phones: layout.phones.map(({ position }) => position) };
    this.#options.onColumns?.(layout.columns);
    for (const record of layout.hasHeader ? sample.slice(1) : sample) {
      yield* this.#entries(record, layout);
    }
  }

  *#entries(record: CsvRecord, layout: Layout): Generator<AddressBookEntry, void, undefined> {
    tellTroubles(record, this.#first as FirstRow, this.#options);
    yield* rowEntries(record, layout, this.#options);
  }
}

function wantedColumns(columns: ReadOptions["columns"]): ReadOptions["columns"] {
  const isColumn = (column: unknown) =>
    typeof column === "string"
      ? column.trim() !== ""
      : Number.isInteger(column) && Number(column) > 0;
  if (
    columns !== undefined &&
    !(Array.isArray(columns) && columns.length > 0 && columns.every(isColumn))
  ) {
    throw new ContactSyncError(
      "INVALID_ARGUMENT",
      "columns must be a list of names, or of positions from 1",
    );
  }
  return columns;
}

/** In bytes. A cell that is longer holds no code, as its beginning shows. */
const LONGEST_CODE = 250;

function* rowEntries(
  { cells, lineOf }: CsvRecord,
  { phones, labels }: Layout,
  { onUnreadable }: ReadOptions,
): Generator<AddressBookEntry, void, undefined> {
  const codeAt = (column: number | undefined) =>
    column === undefined ? "" : decodeCell(cells[column]?.subarray(0, LONGEST_CODE));
  const isFavorite = hasStar(cells, labels);
  for (const { position, callingCode: callingCodeColumn, areaCode: areaCodeColumn } of phones) {
    // A row takes what it holds, however many columns the header has.
    if (position >= cells.length) {
      return;
    }
    const firstLine = lineOf(position);
    const callingCode = codeAt(callingCodeColumn);
    const areaCode = codeAt(areaCodeColumn);
    for (const { text, lineFeeds } of numbersIn(decodeCell(cells[position]))) {
      const line = firstLine + lineFeeds;
      const number = spreadsheetNumber(text);
      if (number?.isRounded) {
        onUnreadable?.({ line, reason: "ROUNDED_NUMBER" });
      } else if (lacksCode(text, callingCode)) {
        onUnreadable?.({ line, reason: "UNCLEAR_CODE" });
      } else {
        for (const whole of wholeNumbers(number?.digits ?? text, callingCode, areaCode)) {
          yield* entriesOf(whole, line, isFavorite);
        }
      }
    }
  }
}

/** The numbers of a cell with the parts of them that have columns of their own. */
function wholeNumbers(text: string, callingCode: string, areaCode: string): readonly string[] {
  return callingCode === "" && areaCode === ""
    ? [text]
    : splitPhoneNumbers(text).map((one) => withParts(one, callingCode, areaCode));
}

// Google puts several numbers of one label into a cell, other programs several lines or a list; a
// comma or semicolon alone may also be a dialling pause. In a group, so that split() keeps it.
const BETWEEN_NUMBERS = /(:::|\n|[,;|/]\s*(?=\+))/;

function* numbersIn(cell: string): Generator<{ text: string; lineFeeds: number }> {
  let lineFeeds = 0;
  for (const [index, part] of cell.split(BETWEEN_NUMBERS).entries()) {
    const text = part.trim();
    if (index % 2 === 0 && text !== "") {
      yield { text, lineFeeds };
    }
    lineFeeds += part.split("\n").length - 1;
  }
}

/** @param labels the columns' positions in their order */
function hasStar(cells: readonly Buffer[], labels: readonly number[]): boolean {
  for (const position of labels) {
    if (position >= cells.length) {
      return false;
    }
    if (decodeCell(cells[position]).split(":::").some(isStar)) {
      return true;
    }
  }
  return false;
}

const isStar = (label: string) => label.trim().toLowerCase() === "* starred";

import { readOptions } from "@contact-sync/client";
import {
  type AddressBookEntry,
  entriesOf,
  READ_OPTIONS,
  type ReadOptions,
} from "../text/address-book-entry.ts";
import type { ByteStream } from "../text/byte-stream.ts";
import { unreadableFile } from "../text/unreadable-file.ts";
import { columnWords } from "./column-name.ts";
import { cellDecoder } from "./csv-cells.ts";
import { type CsvRecord, readCsvRecords } from "./csv-records.ts";
import { describeColumns } from "./header-row.ts";
import { fromHeader } from "./header-search.ts";
import { phoneColumns } from "./phone-columns.ts";
import { type FirstRow, isOtherHeader, isSameHeader, tellTroubles } from "./row-troubles.ts";
import { spreadsheetNumber } from "./spreadsheet-number.ts";

/**
 * Reads the numbers of a CSV file in constant memory: exports of Google Contacts, Outlook in many
 * languages, Apple and others, whose phone columns are found by name, or a bare list of numbers.
 *
 * @throws ContactSyncError `UNREADABLE_FILE`: no phone column, or a row that does not end
 */
export async function* readCsv(
  source: ByteStream,
  givenOptions?: ReadOptions,
): AsyncGenerator<AddressBookEntry, void, undefined> {
  const options = readOptions(givenOptions, READ_OPTIONS);
  const { onUnreadable } = options;
  let layout: Layout | undefined;
  const onRowAbove = (line: number) => onUnreadable?.({ line, reason: "ABOVE_HEADER" });
  for await (const record of fromHeader(readCsvRecords(source), onRowAbove)) {
    if (layout === undefined) {
      layout = layoutOf(record);
      if (layout.hasHeader) {
        continue;
      }
    }
    // Files joined end to end have their header once more, or another one.
    if (isSameHeader(record, layout)) {
      continue;
    }
    if (isOtherHeader(record, layout)) {
      onUnreadable?.({ line: record.lineOf(0), reason: "OTHER_HEADER" });
      layout = layoutOf(record);
      continue;
    }
    tellTroubles(record, layout, options);
    // Not `yield*`, which in an async generator waits once more for each row.
    for (const entry of rowEntries(record, layout, options)) {
      yield entry;
    }
  }
  if (layout === undefined) {
    throw unreadableFile("The file is empty.");
  }
}

interface Layout extends FirstRow {
  readonly hasHeader: boolean;
  /** Positions from 0. */
  readonly labels: readonly number[];
}

function layoutOf({ cells }: CsvRecord): Layout {
  const decode = cellDecoder(cells, (header) => phoneColumns(header).length > 0);
  const row = cells.map(decode);
  const phones = phoneColumns(row);
  if (phones.length > 0) {
    return { cells, decode, hasHeader: true, phones, labels: labelColumns(row) };
  }
  const [first = ""] = row;
  if (row.length === 1 && looksLikeNumber(first)) {
    return { cells, decode, hasHeader: false, phones: [0], labels: [] };
  }
  throw unreadableFile(
    `There is no column of phone numbers. ${describeColumns(row)} ` +
      'Give the column a name such as "Phone" or "Mobile" in the first row.',
  );
}

function* rowEntries(
  record: CsvRecord,
  { decode, phones, labels }: Layout,
  { onUnreadable }: ReadOptions,
): Generator<AddressBookEntry, void, undefined> {
  const isFavorite = labels.some((label) => isStarred(decode(record.cells[label])));
  for (const column of phones) {
    const firstLine = record.lineOf(column);
    for (const { text, lineFeeds } of numbersIn(decode(record.cells[column]))) {
      const line = firstLine + lineFeeds;
      const number = spreadsheetNumber(text);
      if (number?.isRounded) {
        onUnreadable?.({ line, reason: "ROUNDED_NUMBER" });
      } else {
        yield* entriesOf(number?.digits ?? text, line, isFavorite);
      }
    }
  }
}

/** In UTF-16 units, as far as anything is read as a number. */
const LONGEST_NUMBER = 250;

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

function labelColumns(header: readonly string[]): number[] {
  return header.flatMap((name, position) =>
    /^(?:labels|group membership)$/.test(columnWords(name).join(" ")) ? [position] : [],
  );
}

function isStarred(labels: string): boolean {
  return labels.split(":::").some((label) => label.trim().toLowerCase() === "* starred");
}

/** Whether the first row of a one-column file is a number already, and not the column's name. */
function looksLikeNumber(text: string): boolean {
  if (text.length > LONGEST_NUMBER) {
    return false;
  }
  const digits = text.match(/\p{Nd}/gu)?.length ?? 0;
  const letters = text.match(/\p{L}/gu)?.length ?? 0;
  return digits >= 3 && digits >= letters && !text.includes("@");
}

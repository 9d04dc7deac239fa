import type { ReadOptions } from "../text/address-book-entry.ts";
import { decodeCell } from "./csv-cells.ts";
import type { CsvRecord } from "./csv-records.ts";
import { isColumnName } from "./header-row.ts";
import { isBlank, isNumber } from "./header-search.ts";
import { nameKind } from "./phone-columns.ts";

/** The row that the cells of the others are judged by. */
export interface FirstRow {
  readonly cells: readonly Buffer[];
  /** The positions of the phone columns, from 0, in their order. */
  readonly phones: readonly number[];
}

/** A column's name may have one, as in "Phone 1 - Value". */
const MOST_DIGITS_OF_A_NAME = 2;

const ZERO = 0x30;
const NINE = 0x39;

/** Whether a row is the header once more, as where files were joined end to end. */
export function isSameHeader({ cells }: CsvRecord, first: FirstRow): boolean {
  return (
    cells.length === first.cells.length &&
    !holdsNumber(cells, first) &&
    cells.every((cell, position) => first.cells[position]?.equals(cell))
  );
}

/** Whether a row is another header: nothing but names of columns, a phone's among them. */
export function isOtherHeader({ cells }: CsvRecord, first: FirstRow): boolean {
  return cells.length > 1 && !holdsNumber(cells, first) && consistsOfNames(cells);
}

/** Tells what in a row's form may have cost a number. */
export function tellTroubles(
  record: CsvRecord,
  first: FirstRow,
  { onUnreadable }: ReadOptions,
): void {
  const { cells, hasStrayQuote } = record;
  if (hasStrayQuote) {
    onUnreadable?.({ line: record.lineOf(0), reason: "STRAY_QUOTE" });
  }
  if (cells.length > first.cells.length && !holdsNumber(cells, first) && isShifted(cells, first)) {
    onUnreadable?.({ line: record.lineOf(0), reason: "SHIFTED_ROW" });
  }
  if (endsBeforeNumbers(cells, first) && cells.some(isNumber)) {
    onUnreadable?.({ line: record.lineOf(0), reason: "SHORT_ROW" });
  }
}

function holdsNumber(cells: readonly Buffer[], { phones }: FirstRow): boolean {
  for (const column of phones) {
    const cell = cells[column];
    // Nor are the columns behind it there: a row takes what it holds, however wide the first one is.
    if (cell === undefined) {
      return false;
    }
    if (hasDigits(cell)) {
      return true;
    }
  }
  return false;
}

/** More than a name has, of ASCII, which is quick; others are looked for where that is rare. */
function hasDigits(cell: Buffer): boolean {
  let digits = 0;
  for (let at = 0; at < cell.length; at += 1) {
    const byte = cell[at] ?? 0;
    digits += byte >= ZERO && byte <= NINE ? 1 : 0;
    if (digits > MOST_DIGITS_OF_A_NAME) {
      return true;
    }
  }
  return false;
}

function consistsOfNames(cells: readonly Buffer[]): boolean {
  let hasPhone = false;
  for (const cell of cells) {
    const name = decodeCell(cell);
    if (!/\p{L}/u.test(name) || !isColumnName(name)) {
      return false;
    }
    hasPhone ||= nameKind(name) === "phone";
  }
  return hasPhone;
}

function endsBeforeNumbers(cells: readonly Buffer[], { cells: header, phones }: FirstRow): boolean {
  return cells.length < header.length && (phones[0] ?? cells.length) >= cells.length;
}

/** More cells than columns, the last ones filled, and nothing to be read as a number before them. */
function isShifted(cells: readonly Buffer[], { cells: header, phones }: FirstRow): boolean {
  return (
    cells.slice(header.length).some((cell) => !isBlank(cell)) &&
    !phones.some((column) => /\p{Nd}/u.test(decodeCell(cells[column])))
  );
}

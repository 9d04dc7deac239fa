import { foldedName } from "./column-name.ts";
import { decodeCell } from "./csv-cells.ts";
import type { CsvRecord } from "./csv-records.ts";
import { phoneColumns } from "./phone-columns.ts";

/** Titles, dates, an empty row: exports have a few rows above their columns' names, hardly more. */
const MOST_ROWS_ABOVE = 20;

/** What is wider is looked for names only as the first row. */
const MOST_NAMES = 1_000;

/** In bytes. What is longer is a note. */
const LONGEST_DATA = 250;

const SPACE = 0x20;

/**
 * The rows of a file from its header on. What stands above it is told; where no row is a header,
 * all rows are given.
 *
 * @param wanted names of columns that are to be read, or positions
 * @param onRowAbove with the line of each row above the header that is not blank
 */
export async function* fromHeader(
  records: AsyncIterable<CsvRecord>,
  wanted: readonly (string | number)[] | undefined,
  onRowAbove: (line: number) => void,
): AsyncGenerator<CsvRecord, void, undefined> {
  const isPhone = phoneTest(wanted);
  let above: CsvRecord[] | undefined = [];
  for await (const record of records) {
    if (above === undefined) {
      yield record;
      continue;
    }
    above.push(record);
    const header = headerAmong(above, isPhone, above.length > MOST_ROWS_ABOVE);
    if (header !== undefined) {
      yield* from(header, above, onRowAbove);
      above = undefined;
    }
  }
  if (above !== undefined) {
    yield* from(headerAmong(above, isPhone, true) ?? 0, above, onRowAbove);
  }
}

function* from(
  header: number,
  records: readonly CsvRecord[],
  onRowAbove: (line: number) => void,
): Generator<CsvRecord, void, undefined> {
  for (const record of records.slice(0, header)) {
    const filled = record.cells.findIndex((cell) => !isBlank(cell));
    if (filled >= 0) {
      onRowAbove(record.lineOf(filled));
    }
  }
  yield* records.slice(header);
}

/**
 * The position of the header, once it is certain. A row of one name may be a title with a word for
 * phones in it: it is the header where numbers follow, or nothing better.
 */
function headerAmong(
  records: readonly CsvRecord[],
  isPhone: PhoneTest,
  areAll: boolean,
): number | undefined {
  const last = records.length - 1;
  if (namesIn(records, last, isPhone) > 1) {
    return last;
  }
  if (!areAll && !records[last]?.cells.some(isNumber)) {
    return undefined;
  }
  const single = records.findIndex((_, position) => namesIn(records, position, isPhone) > 0);
  if (single < 0) {
    return areAll ? 0 : undefined;
  }
  return single;
}

type PhoneTest = (row: readonly string[]) => boolean;

/** Whether a row may be the header: it has the name of a phone column, or one that is wanted. */
function phoneTest(wanted: readonly (string | number)[] | undefined): PhoneTest {
  const names = new Set(
    wanted?.flatMap((one) => (typeof one === "string" ? [foldedName(one)] : [])),
  );
  return names.size > 0
    ? (row) => row.some((cell) => names.has(foldedName(cell)))
    : (row) => phoneColumns(row).length > 0;
}

/** How many names of columns a row has; none where no phone is among them, or data. */
function namesIn(records: readonly CsvRecord[], position: number, isPhone: PhoneTest): number {
  const cells = records[position]?.cells ?? [];
  if (position > 0 && cells.length > MOST_NAMES) {
    return 0;
  }
  return isPhone(cells.map(decodeCell)) && !cells.some(isData)
    ? cells.filter((cell) => !isBlank(cell)).length
    : 0;
}

/** What no column is called. */
function isData(cell: Buffer): boolean {
  const text = textOf(cell);
  return isNumber(cell) || DATE.test(text) || /^[^@\s]+@[^@\s]+$/.test(text);
}

const DATE = /^\d{1,4}[-./]\d{1,2}[-./]\d{1,4}\b/;

export function isNumber(cell: Buffer): boolean {
  const text = textOf(cell);
  return /^\D?(?:\d\D{0,2}){7,}$/.test(text) && !DATE.test(text);
}

function textOf(cell: Buffer): string {
  return cell.length > LONGEST_DATA ? "" : cell.toString("latin1").trim();
}

/** Whether there is nothing but blanks in a cell. */
export function isBlank(cell: Buffer): boolean {
  return cell.every((byte) => byte <= SPACE);
}

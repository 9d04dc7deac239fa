import type { ByteStream } from "../text/byte-stream.ts";
import { peek } from "../text/peek.ts";
import { textBytes } from "../text/text-bytes.ts";
import { unreadableFile } from "../text/unreadable-file.ts";
import { withoutZeroBytes } from "../text/zero-bytes.ts";
import { inUtf8 } from "./csv-code-page.ts";
import { csvDialect } from "./csv-dialect.ts";
import { type CsvRow, CsvRows, MAX_CELLS, type RowFault } from "./csv-rows.ts";

/** One row of a CSV file. Cells are bytes: in which encoding shows only once the header is known. */
export interface CsvRecord {
  readonly cells: readonly Buffer[];
  /** The line of the file, from 1, on which the cell begins; cheap for one cell after another. */
  lineOf(cell: number): number;
  /** A quotation mark in it has no partner before the next row, and was read as a character. */
  readonly hasStrayQuote: boolean;
}

const HEAD_BYTES = 16 * 1024;

/**
 * Reads the rows of a CSV file in constant memory, empty ones left out. How it is written (delimiter,
 * quotation marks) is found out; zero bytes, which are of no text, are read past.
 *
 * @throws ContactSyncError `UNREADABLE_FILE` with the line, for a quote that is not closed
 */
export async function* readCsvRecords(
  source: ByteStream,
): AsyncGenerator<CsvRecord, void, undefined> {
  const { head, stream } = await peek(inUtf8(textBytes(source)), HEAD_BYTES);
  const dialect = csvDialect(withoutZeroBytes(head.subarray(0, HEAD_BYTES)).toString("latin1"));
  const rows = new CsvRows(dialect);
  for await (const chunk of stream) {
    for (const row of rows.push(withoutZeroBytes(chunk))) {
      if (row.line >= dialect.firstLine) {
        yield recordOf(row);
      }
    }
    if (rows.fault !== undefined) {
      throw errorOf(rows.fault);
    }
  }
  for (const row of rows.end()) {
    if (row.line >= dialect.firstLine) {
      yield recordOf(row);
    }
  }
  if (rows.fault !== undefined) {
    throw errorOf(rows.fault);
  }
}

function errorOf({ kind, line }: RowFault): Error {
  return kind === "TOO_WIDE"
    ? unreadableFile(`The row that begins here has more than ${MAX_CELLS} columns.`, line)
    : unreadableFile(
        "A row beginning here does not end; a quotation mark is probably not closed.",
        line,
      );
}

const LINE_FEED = 0x0a;

function recordOf({ cells, line: firstLine, hasStrayQuote }: CsvRow): CsvRecord {
  // Cells are asked for in their order, so that no line feed is counted twice more.
  let known = 0;
  let line = firstLine;
  return {
    cells,
    hasStrayQuote,
    lineOf(cell) {
      while (known < cell) {
        line += lineFeeds(cells[known]);
        known += 1;
      }
      while (known > cell) {
        known -= 1;
        line -= lineFeeds(cells[known]);
      }
      return line;
    },
  };
}

function lineFeeds(bytes: Buffer | undefined): number {
  if (bytes === undefined) {
    return 0;
  }
  let found = 0;
  for (let at = bytes.indexOf(LINE_FEED); at >= 0; at = bytes.indexOf(LINE_FEED, at + 1)) {
    found += 1;
  }
  return found;
}

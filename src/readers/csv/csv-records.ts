import { CsvError, type Parser, parse } from "csv-parse";
import type { ByteStream } from "../text/byte-stream.ts";
import { peek } from "../text/peek.ts";
import { textBytes } from "../text/text-bytes.ts";
import { unreadableFile } from "../text/unreadable-file.ts";
import { detectDelimiter, SEPARATOR_LINE } from "./csv-delimiter.ts";

/** One row of a CSV file. Cells are bytes: in which encoding shows only once the header is known. */
export interface CsvRecord {
  readonly cells: readonly Buffer[];
  /** The line of the file, from 1, on which the cell begins; cheap for one cell after another. */
  lineOf(cell: number): number;
}

const HEAD_BYTES = 16 * 1024;

// Notes are long, but a row that never ends must not draw the whole file into memory, be it one
// whose quote is never closed or one of nothing but delimiters. Spreadsheets end at 16,384 columns.
const MAX_RECORD_BYTES = 1024 * 1024;
const MAX_CELLS = 64 * 1024;

const LINE_FEED = 0x0a;

/**
 * Reads the rows of a CSV file in constant memory, empty ones left out. The delimiter (comma,
 * semicolon, tab, bar) is found out.
 *
 * @throws ContactSyncError `UNREADABLE_FILE` with the line, for a quote that is not closed
 */
export async function* readCsvRecords(
  source: ByteStream,
): AsyncGenerator<CsvRecord, void, undefined> {
  const { head, stream } = await peek(textBytes(source), HEAD_BYTES);
  const rows = new RowParser(head.toString("latin1"));
  for await (const chunk of stream) {
    const fault = await rows.push(chunk);
    for (const record of rows.take()) {
      yield record;
    }
    if (fault) {
      throw fault;
    }
  }
  const fault = await rows.end();
  yield* rows.take();
  if (fault) {
    throw fault;
  }
}

/**
 * csv-parse, driven a chunk at a time: read as a stream, it would throw away the rows before a
 * fault that came in the same chunk, so that what is read would depend on how the bytes came.
 */
class RowParser {
  readonly #parser: Parser;
  readonly #delimiter: number;
  #rows: CsvRecord[] = [];
  #lastLine = 0;
  /** Whether a row has ended in the current chunk. */
  #hasEnded = false;
  /** Of the row that has not ended: its bytes, and the delimiters among them, quoted ones too. */
  #unfinishedBytes = 0;
  #unfinishedCells = 0;

  constructor(head: string) {
    const separatorLine = SEPARATOR_LINE.exec(head);
    const delimiter = separatorLine?.[1] ?? detectDelimiter(head);
    this.#delimiter = delimiter.charCodeAt(0);
    this.#parser = parse({
      delimiter,
      record_delimiter: "\n",
      encoding: null,
      from_line: separatorLine ? 2 : 1,
      max_record_size: MAX_RECORD_BYTES,
      relax_column_count: true,
      relax_quotes: true,
      skip_empty_lines: true,
      on_record: (cells, { lines }) => {
        if (cells.length > MAX_CELLS) {
          throw new RowTooWide();
        }
        this.#lastLine = lines;
        this.#hasEnded = true;
        // Each row counts as the first, by whose width the others are judged: of every row of
        // another width the parser would make an error and, as we don't mind, throw it away.
        (this.#parser.info as { records: number }).records = 0;
        // Without an encoding the cells are bytes, which the library's types do not know.
        this.#rows.push(recordOf(cells as unknown as Buffer[], lines));
        return null;
      },
    });
    // The same error reaches the callbacks below.
    this.#parser.on("error", () => {});
  }

  /** Resolves to the fault that ends the file, if there is one; the rows before it count. */
  async push(chunk: Buffer): Promise<Error | undefined> {
    const emptyLines = this.#parser.info.empty_lines;
    this.#hasEnded = false;
    const fault = await this.#step((done) => this.#parser.write(chunk, done));
    if (this.#hasEnded || this.#parser.info.empty_lines > emptyLines) {
      this.#unfinishedBytes = 0;
      this.#unfinishedCells = 0;
    } else {
      this.#unfinishedBytes += chunk.length;
      this.#unfinishedCells += count(chunk, this.#delimiter);
    }
    if (fault === undefined && this.#unfinishedCells > MAX_CELLS) {
      return this.#faultOf(new RowTooWide());
    }
    if (fault === undefined && this.#unfinishedBytes > MAX_RECORD_BYTES + chunk.length) {
      return this.#faultOf(new RowTooLong());
    }
    return fault;
  }

  end(): Promise<Error | undefined> {
    return this.#step((done) => this.#parser.end(done));
  }

  /** The rows that are complete, each given once. */
  take(): CsvRecord[] {
    return this.#rows.splice(0);
  }

  async #step(run: (done: (error?: Error | null) => void) => void): Promise<Error | undefined> {
    const error = await new Promise<Error | null | undefined>(run);
    return error ? this.#faultOf(error) : undefined;
  }

  #faultOf(error: Error): Error {
    const line = this.#lastLine + 1;
    if (error instanceof RowTooWide) {
      return unreadableFile(`The row that begins here has more than ${MAX_CELLS} columns.`, line);
    }
    if (error instanceof RowTooLong || UNFINISHED_ROW.has(codeOf(error))) {
      return unreadableFile(
        "A row beginning here does not end; a quotation mark is probably not closed.",
        line,
      );
    }
    return error instanceof CsvError
      ? unreadableFile("The row that begins here is not CSV.", line)
      : error;
  }
}

class RowTooWide extends Error {}
class RowTooLong extends Error {}

const UNFINISHED_ROW = new Set(["CSV_QUOTE_NOT_CLOSED", "CSV_MAX_RECORD_SIZE"]);

function codeOf(error: Error): string {
  return error instanceof CsvError ? error.code : "";
}

function recordOf(cells: readonly Buffer[], lastLine: number): CsvRecord {
  // Counted from the record's last line, which the parser knows: empty lines may precede it. Cells
  // are asked for in their order, so that no line feed is counted twice more.
  let known = cells.length;
  let line = lastLine;
  return {
    cells,
    lineOf(cell) {
      while (known > cell) {
        known -= 1;
        line -= count(cells[known], LINE_FEED);
      }
      while (known < cell) {
        line += count(cells[known], LINE_FEED);
        known += 1;
      }
      return line;
    },
  };
}

function count(bytes: Buffer | undefined, byte: number): number {
  if (bytes === undefined) {
    return 0;
  }
  let found = 0;
  for (let at = bytes.indexOf(byte); at >= 0; at = bytes.indexOf(byte, at + 1)) {
    found += 1;
  }
  return found;
}

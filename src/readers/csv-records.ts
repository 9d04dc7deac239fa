import { CsvError, type Parser, parse } from "csv-parse";
import { type ByteStream, textBytes } from "./byte-stream.ts";
import { detectDelimiter, SEPARATOR_LINE } from "./csv-delimiter.ts";
import { peek } from "./peek.ts";
import { unreadableFile } from "./unreadable-file.ts";

/** One row of a CSV file. Cells are bytes: in which encoding shows only once the header is known. */
export interface CsvRecord {
  readonly cells: readonly Buffer[];
  /** The line of the file, from 1, on which the cell begins. */
  lineOf(cell: number): number;
}

const HEAD_BYTES = 16 * 1024;

// Notes are long, but a quote that is never closed must not draw the whole file into memory.
const MAX_RECORD_BYTES = 1024 * 1024;

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
  #rows: CsvRecord[] = [];
  #lastLine = 0;

  constructor(head: string) {
    const separatorLine = SEPARATOR_LINE.exec(head);
    this.#parser = parse({
      delimiter: separatorLine?.[1] ?? detectDelimiter(head),
      record_delimiter: "\n",
      encoding: null,
      from_line: separatorLine ? 2 : 1,
      max_record_size: MAX_RECORD_BYTES,
      relax_column_count: true,
      relax_quotes: true,
      skip_empty_lines: true,
      on_record: (cells, { lines }) => {
        this.#lastLine = lines;
        // Without an encoding the cells are bytes, which the library's types do not know.
        this.#rows.push(recordOf(cells as unknown as Buffer[], lines));
        return null;
      },
    });
    // The same error reaches the callbacks below.
    this.#parser.on("error", () => {});
  }

  /** Resolves to the fault that ends the file, if there is one; the rows before it count. */
  push(chunk: Buffer): Promise<Error | undefined> {
    return this.#step((done) => this.#parser.write(chunk, done));
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
    if (!(error instanceof CsvError)) {
      return error;
    }
    return unreadableFile(
      error.code === "CSV_QUOTE_NOT_CLOSED" || error.code === "CSV_MAX_RECORD_SIZE"
        ? "A row beginning here does not end; a quotation mark is probably not closed."
        : "The row that begins here is not CSV.",
      this.#lastLine + 1,
    );
  }
}

function recordOf(cells: readonly Buffer[], lastLine: number): CsvRecord {
  return {
    cells,
    lineOf(cell) {
      // Counted from the record's last line, which the parser knows: empty lines may precede it.
      return cells.slice(cell).reduce((line, bytes) => line - countLineFeeds(bytes), lastLine);
    },
  };
}

function countLineFeeds(bytes: Buffer): number {
  let count = 0;
  for (let at = bytes.indexOf(LINE_FEED); at >= 0; at = bytes.indexOf(LINE_FEED, at + 1)) {
    count += 1;
  }
  return count;
}

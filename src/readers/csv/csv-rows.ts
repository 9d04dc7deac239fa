import type { CsvDialect } from "./csv-dialect.ts";

/** One row of a CSV file. Cells are bytes: in which encoding shows only once the header is known. */
export interface CsvRow {
  readonly cells: readonly Buffer[];
  /** On which it begins, from 1. */
  readonly line: number;
  /** A quotation mark in it has no partner before the next row, and was read as a character. */
  readonly hasStrayQuote: boolean;
}

/** What ends the reading, in the row that begins on this line. */
export interface RowFault {
  readonly kind: "TOO_WIDE" | "TOO_LONG" | "NOT_CLOSED";
  readonly line: number;
}

// Notes are long, but a row that never ends must not draw the whole file into memory, be it one
// whose quote is never closed or one of nothing but delimiters. Spreadsheets end at 16,384 columns.
const MAX_ROW_BYTES = 1024 * 1024;
export const MAX_CELLS = 64 * 1024;

const TAB = 0x09;
const LINE_FEED = 0x0a;
const SPACE = 0x20;
const BACKSLASH = 0x5c;

/** Where the reading is in a cell. */
const BEFORE = 0;
const PLAIN = 1;
const QUOTED = 2;
const BEHIND_QUOTE = 3;

/**
 * Cuts bytes into rows, wherever they come in pieces, with lines that end with LF.
 *
 * A cell is quoted if it begins with a quotation mark, behind blanks or not, and another one stands
 * at its end, before blanks or not. All other quotation marks are characters: `"Bob" Lee`, `5" pipe`.
 *
 * No library: csv-parse refuses a file for a blank behind a quotation mark, knows one escape a file,
 * and takes five times as long (test/readers/csv-syntax.test.ts compares the two where they agree).
 */
export class CsvRows {
  readonly #delimiter: number;
  readonly #quote: number;
  /** Whether `\"` is a quotation mark in a cell; it is from where that is the only reading. */
  #usesBackslashes: boolean;
  #fault: RowFault | undefined;
  #rows: CsvRow[] = [];

  /** Never overwritten where rows were made of it: their cells are views. */
  #bytes: Buffer = Buffer.alloc(0);
  #end = 0;
  #at = 0;

  #rowStart = 0;
  #rowLine = 1;
  #rowLineFeeds = 0;
  #cells: Buffer[] = [];
  #hasStrayQuote = false;

  #state = BEFORE;
  #cellStart = 0;
  /** Of a quoted cell: its text, and whether quotation marks in it are to be undone. */
  #textStart = 0;
  #textEnd = 0;
  #isEscaped = false;
  #textLineFeeds = 0;

  constructor({ delimiter, quote, usesBackslashes }: CsvDialect) {
    this.#delimiter = delimiter.charCodeAt(0);
    this.#quote = quote.charCodeAt(0);
    this.#usesBackslashes = usesBackslashes;
  }

  /** Set once a row cannot be read; nothing is behind it. */
  get fault(): RowFault | undefined {
    return this.#fault;
  }

  /** The rows that these bytes complete, empty ones left out. */
  push(chunk: Buffer): CsvRow[] {
    this.#append(chunk);
    this.#read(false);
    // One byte later than `#isTooLong`, so that it does not matter where the bytes are cut.
    if (this.#isTooLong(this.#end - 1)) {
      this.#fail("TOO_LONG");
    }
    return this.#rows.splice(0);
  }

  /** The last row, where the file does not end with a line end. */
  end(): CsvRow[] {
    this.#read(true);
    if (this.#state === QUOTED) {
      this.#fail("NOT_CLOSED");
    } else if (this.#rowStart < this.#end) {
      this.#endCell(this.#end);
      this.#endRow();
    }
    return this.#rows.splice(0);
  }

  #append(chunk: Buffer): void {
    const unread = this.#end - this.#rowStart;
    if (unread > 0 && this.#end + chunk.length <= this.#bytes.length) {
      this.#end += chunk.copy(this.#bytes, this.#end);
      return;
    }
    const start = this.#rowStart;
    if (unread === 0) {
      this.#bytes = chunk;
    } else {
      // With room behind a row of many pieces, so that it is not copied for each of them.
      const size = unread + chunk.length;
      const bytes = Buffer.allocUnsafe(unread > chunk.length ? 2 * size : size);
      this.#bytes.copy(bytes, 0, start, this.#end);
      chunk.copy(bytes, unread);
      this.#bytes = bytes;
    }
    this.#end = unread + chunk.length;
    this.#at -= start;
    this.#rowStart = 0;
    this.#cellStart -= start;
    this.#textStart -= start;
    this.#textEnd -= start;
  }

  #read(isLast: boolean): void {
    while (this.#fault === undefined && this.#at < this.#end) {
      switch (this.#state) {
        case BEFORE:
          this.#readBefore();
          break;
        case PLAIN:
          this.#readPlain();
          break;
        case QUOTED:
          if (!this.#readQuoted(isLast)) {
            return;
          }
          break;
        default:
          this.#readBehindQuote();
      }
    }
  }

  #readBefore(): void {
    this.#skipBlanks();
    if (this.#at === this.#end) {
      return;
    }
    if (this.#bytes[this.#at] === this.#quote) {
      this.#at += 1;
      this.#state = QUOTED;
      this.#textStart = this.#at;
      this.#isEscaped = false;
      this.#textLineFeeds = 0;
    } else {
      this.#state = PLAIN;
    }
  }

  #readPlain(): void {
    const bytes = this.#bytes;
    const end = this.#end;
    const delimiter = this.#delimiter;
    let at = this.#at;
    while (at < end && bytes[at] !== delimiter && bytes[at] !== LINE_FEED) {
      at += 1;
    }
    this.#at = at;
    if (at < end) {
      this.#endCell(at);
      this.#skipSeparator();
    }
  }

  /** False where it takes more bytes to go on. */
  #readQuoted(isLast: boolean): boolean {
    const bytes = this.#bytes;
    const quote = this.#quote;
    for (; this.#at < this.#end; this.#at += 1) {
      const byte = bytes[this.#at];
      if (byte === LINE_FEED) {
        this.#textLineFeeds += 1;
      } else if (byte === quote) {
        if (this.#at + 1 === this.#end && !isLast) {
          return false;
        }
        const isBehindBackslash = this.#isBehindBackslash();
        if (isBehindBackslash && this.#usesBackslashes) {
          this.#isEscaped = true;
        } else if (this.#at + 1 < this.#end && bytes[this.#at + 1] === quote) {
          this.#isEscaped = true;
          this.#at += 1;
        } else {
          this.#textEnd = this.#at;
          this.#at += 1;
          this.#state = BEHIND_QUOTE;
          return true;
        }
      }
    }
    return true;
  }

  #readBehindQuote(): void {
    this.#skipBlanks();
    if (this.#at === this.#end) {
      return;
    }
    const byte = this.#bytes[this.#at];
    if (this.#isTooLong(this.#at)) {
      this.#fail("TOO_LONG");
    } else if (byte === this.#delimiter || byte === LINE_FEED) {
      this.#endCell(this.#at);
      this.#skipSeparator();
    } else if (this.#isBehindBackslash(this.#textEnd)) {
      // Not the end of the cell, so that this is what the file escapes with.
      this.#usesBackslashes = true;
      this.#isEscaped = true;
      this.#state = QUOTED;
      this.#at = this.#textEnd + 1;
    } else {
      this.#readAsPlain();
    }
  }

  /** What began like a quoted cell is none. */
  #readAsPlain(): void {
    this.#state = PLAIN;
    if (this.#textLineFeeds > 0) {
      // The mark at its beginning has no partner in its row: the lines below it are rows again.
      this.#hasStrayQuote = true;
      this.#at = this.#textStart;
    }
  }

  /** Whether an odd number of backslashes of the cell's text stands before a quotation mark. */
  #isBehindBackslash(mark = this.#at): boolean {
    let at = mark;
    while (at > this.#textStart && this.#bytes[at - 1] === BACKSLASH) {
      at -= 1;
    }
    return (mark - at) % 2 === 1;
  }

  #isTooLong(end: number): boolean {
    return end - this.#rowStart >= MAX_ROW_BYTES;
  }

  #skipBlanks(): void {
    while (this.#at < this.#end && this.#isBlank(this.#bytes[this.#at])) {
      this.#at += 1;
    }
  }

  #isBlank(byte: number | undefined): boolean {
    return byte === SPACE || (byte === TAB && this.#delimiter !== TAB);
  }

  /** Ends the cell before its delimiter or line end. */
  #endCell(end: number): void {
    if (this.#isTooLong(end)) {
      this.#fail("TOO_LONG");
    } else if (this.#cells.length === MAX_CELLS) {
      this.#fail("TOO_WIDE");
    } else if (this.#state === BEHIND_QUOTE) {
      const text = this.#bytes.subarray(this.#textStart, this.#textEnd);
      this.#cells.push(this.#isEscaped ? this.#unescaped(text) : text);
      this.#rowLineFeeds += this.#textLineFeeds;
    } else {
      this.#cells.push(this.#bytes.subarray(this.#cellStart, end));
    }
  }

  #skipSeparator(): void {
    const isRowEnd = this.#bytes[this.#at] === LINE_FEED;
    this.#at += 1;
    this.#cellStart = this.#at;
    this.#state = BEFORE;
    if (isRowEnd) {
      this.#endRow();
    }
  }

  #endRow(): void {
    if (this.#fault !== undefined) {
      return;
    }
    const [first] = this.#cells;
    const isEmpty = this.#cells.length === 1 && first?.every((byte) => this.#isBlank(byte));
    if (!isEmpty) {
      const line = this.#rowLine;
      this.#rows.push({ cells: this.#cells, line, hasStrayQuote: this.#hasStrayQuote });
    }
    this.#rowLine += this.#rowLineFeeds + 1;
    this.#rowLineFeeds = 0;
    this.#rowStart = this.#at;
    this.#cellStart = this.#at;
    this.#cells = [];
    this.#hasStrayQuote = false;
    this.#state = BEFORE;
  }

  #unescaped(text: Buffer): Buffer {
    const out = Buffer.allocUnsafe(text.length);
    let length = 0;
    for (let at = 0; at < text.length; at += 1) {
      const next = text[at + 1];
      const isEscape =
        (text[at] === this.#quote && next === this.#quote) ||
        (this.#usesBackslashes &&
          text[at] === BACKSLASH &&
          (next === this.#quote || next === BACKSLASH));
      at += isEscape ? 1 : 0;
      out[length] = text[at] ?? 0;
      length += 1;
    }
    return out.subarray(0, length);
  }

  #fail(kind: RowFault["kind"]): void {
    this.#fault ??= { kind, line: this.#rowLine };
  }
}

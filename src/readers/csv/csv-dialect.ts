const DELIMITERS = [",", ";", "\t", "|"] as const;

export type CsvDelimiter = (typeof DELIMITERS)[number];

/** How a CSV file writes its cells. */
export interface CsvDialect {
  readonly delimiter: CsvDelimiter;
  readonly quote: '"' | "'";
  /** Whether a backslash stands before a quotation mark in a cell, as MySQL and Spark write it. */
  readonly usesBackslashes: boolean;
  /** The line, from 1, on which the rows begin. */
  readonly firstLine: 1 | 2;
}

/** Excel's own first line, which names the delimiter: `sep=;`. */
const SEPARATOR_LINE = /^(?:"sep=([,;\t|])"|sep=([,;\t|]))[^\n]*\n?/i;

/** So many rows say how a file is written. */
const MOST_ROWS = 100;

/** Of the rows below the first, in a file whose quotation marks are apostrophes. */
const SHARE_IN_APOSTROPHES = 0.8;

/**
 * Finds out how a file is written from its beginning. Its delimiter is the one that most rows have,
 * and have equally often: the one that occurs most may be of a title above, or of the notes.
 *
 * @param head the beginning of the file, its lines ending with LF
 */
export function csvDialect(head: string): CsvDialect {
  const separatorLine = SEPARATOR_LINE.exec(head);
  const rows = separatorLine === null ? head : head.slice(separatorLine[0].length);
  const given = (separatorLine?.[1] ?? separatorLine?.[2]) as CsvDelimiter | undefined;
  const candidates = given === undefined ? DELIMITERS : [given];
  const best = bestSample(rows, candidates, '"');
  const inApostrophes = bestSample(rows, candidates, "'");
  const { delimiter, quote, usesBackslashes } = usesApostrophes(inApostrophes, best)
    ? inApostrophes
    : best;
  return {
    delimiter,
    quote,
    usesBackslashes,
    firstLine: separatorLine === null ? 1 : 2,
  };
}

/** What the beginning of a file looks like, read with one delimiter and one quotation mark. */
interface Sample {
  readonly delimiter: CsvDelimiter;
  readonly quote: '"' | "'";
  /** How many rows have the delimiter, and of how many of them the number is the same. */
  readonly rowsWithDelimiter: number;
  readonly rowsOfSameWidth: number;
  /** The delimiters behind which no blank stands, as one does in "Sea, Bo". */
  readonly tightDelimiters: number;
  /** Of those below the first row, how many have a cell in quotation marks, and are there. */
  readonly quotedRows: number;
  readonly rowsBelow: number;
  readonly quotedCells: number;
  /** Cells that begin with a quotation mark, but are no quoted ones: `'+20…`, `"Bob" Lee`. */
  readonly brokenCells: number;
  readonly usesBackslashes: boolean;
}

function bestSample(rows: string, delimiters: readonly CsvDelimiter[], quote: '"' | "'"): Sample {
  return delimiters
    .map((delimiter) => sampleOf(rows, delimiter, quote))
    .reduce((best, sample) => (isBetter(sample, best) ? sample : best));
}

function isBetter(sample: Sample, than: Sample): boolean {
  const difference =
    sample.rowsWithDelimiter - than.rowsWithDelimiter ||
    sample.rowsOfSameWidth - than.rowsOfSameWidth ||
    sample.tightDelimiters - than.tightDelimiters;
  return difference > 0;
}

/** Not so for Excel's mark of a text (`'+20…`), a Dutch name (`'t Hooft`) or one nickname. */
function usesApostrophes(apostrophes: Sample, quotes: Sample): boolean {
  return (
    quotes.quotedCells === 0 &&
    apostrophes.quotedRows > 0 &&
    apostrophes.rowsOfSameWidth >= quotes.rowsOfSameWidth &&
    apostrophes.quotedRows >= apostrophes.rowsBelow * SHARE_IN_APOSTROPHES &&
    apostrophes.brokenCells * 4 <= apostrophes.quotedCells
  );
}

function sampleOf(rows: string, delimiter: CsvDelimiter, quote: '"' | "'"): Sample {
  const cells = new CellScanner(rows, delimiter, quote);
  const rowsByWidth = new Map<number, number>();
  let row = 0;
  let quotedRows = 0;
  while (row < MOST_ROWS && !cells.isAtEnd) {
    const quotedBefore = cells.quoted;
    const width = cells.skipRow();
    if (width === undefined) {
      continue;
    }
    if (width > 0) {
      rowsByWidth.set(width, (rowsByWidth.get(width) ?? 0) + 1);
    }
    quotedRows += row > 0 && cells.quoted > quotedBefore ? 1 : 0;
    row += 1;
  }
  const rowsOfEachWidth = [...rowsByWidth.values()];
  return {
    delimiter,
    quote,
    rowsWithDelimiter: rowsOfEachWidth.reduce((sum, count) => sum + count, 0),
    rowsOfSameWidth: Math.max(0, ...rowsOfEachWidth),
    tightDelimiters: cells.tight,
    quotedRows,
    rowsBelow: Math.max(0, row - 1),
    quotedCells: cells.quoted,
    brokenCells: cells.broken,
    usesBackslashes: cells.backslashes > 0 && cells.doubled === 0,
  };
}

/** Goes through the cells of a text and counts how they are quoted. */
class CellScanner {
  readonly #text: string;
  readonly #delimiter: string;
  readonly #quote: string;
  #at = 0;
  tight = 0;
  quoted = 0;
  broken = 0;
  /** Quotation marks inside of quoted cells, by what stands before them. */
  doubled = 0;
  backslashes = 0;

  constructor(text: string, delimiter: string, quote: string) {
    this.#text = text;
    this.#delimiter = delimiter;
    this.#quote = quote;
  }

  get isAtEnd(): boolean {
    return this.#at >= this.#text.length;
  }

  /** Returns how many delimiters the row had; nothing where it was empty or its end is not there. */
  skipRow(): number | undefined {
    const start = this.#at;
    for (let delimiters = 0; ; delimiters += 1) {
      this.#skipCell();
      if (this.isAtEnd) {
        return this.#at > start ? delimiters : undefined;
      }
      const isRowEnd = this.#text[this.#at] === "\n";
      this.#at += 1;
      if (isRowEnd) {
        return this.#at > start + 1 ? delimiters : undefined;
      }
      this.tight += this.#afterBlanks(this.#at) === this.#at ? 1 : 0;
    }
  }

  #skipCell(): void {
    const start = this.#afterBlanks(this.#at);
    if (this.#text[start] === this.#quote) {
      const end = this.#endOfQuoted(start + 1);
      this.#at = this.#afterBlanks(end ?? this.#text.length);
      if (end !== undefined && this.#isCellEnd(this.#at)) {
        this.quoted += 1;
        return;
      }
      this.broken += 1;
    }
    while (!this.#isCellEnd(this.#at)) {
      this.#at += 1;
    }
  }

  /** Behind the quotation mark that closes the cell, if one does. */
  #endOfQuoted(start: number): number | undefined {
    for (let at = start; ; ) {
      const mark = this.#text.indexOf(this.#quote, at);
      if (mark < 0) {
        return undefined;
      }
      if (this.#text[mark + 1] === this.#quote) {
        this.doubled += 1;
        at = mark + 2;
      } else if (this.#isEscaped(mark, at) && !this.#isCellEnd(this.#afterBlanks(mark + 1))) {
        this.backslashes += 1;
        at = mark + 1;
      } else {
        return mark + 1;
      }
    }
  }

  #isEscaped(mark: number, start: number): boolean {
    let backslash = mark;
    while (backslash > start && this.#text[backslash - 1] === "\\") {
      backslash -= 1;
    }
    return (mark - backslash) % 2 === 1;
  }

  #isCellEnd(at: number): boolean {
    const character = this.#text[at];
    return character === undefined || character === "\n" || character === this.#delimiter;
  }

  #afterBlanks(start: number): number {
    let at = start;
    while (this.#text[at] === " " || (this.#text[at] === "\t" && this.#delimiter !== "\t")) {
      at += 1;
    }
    return at;
  }
}

const LINE_FEED = 0x0a;

/** Of a row of empty lines so many are given: no format makes a difference between two and more. */
const MOST_EMPTY_LINES = 2;

/** One line of a file as bytes, so that its encoding can be judged later. */
export interface Line {
  /** Without its end; only the first `maxBytes` of a longer line. */
  readonly bytes: Buffer;
  /** From 1. */
  readonly number: number;
  readonly tooLong: boolean;
}

/**
 * Cuts chunks into lines that end with LF, wherever the chunks are cut. What exceeds `maxBytes` of
 * a line is dropped as it comes in. Of a row of empty lines the first two are given.
 */
export class LineSplitter {
  readonly #maxBytes: number;
  #number = 1;
  #kept: Buffer[] = [];
  #keptBytes = 0;
  #tooLong = false;
  #emptyLines = 0;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /** The lines that this chunk completes. */
  *push(chunk: Buffer): Generator<Line, void, undefined> {
    let at = this.#skipEmptyLines(chunk, 0);
    for (let end = chunk.indexOf(LINE_FEED, at); end >= 0; end = chunk.indexOf(LINE_FEED, at)) {
      this.#keep(chunk.subarray(at, end));
      yield this.#take();
      at = this.#skipEmptyLines(chunk, end + 1);
    }
    this.#keep(chunk.subarray(at));
  }

  /** The last line, where the file does not end with a line end. */
  *end(): Generator<Line, void, undefined> {
    if (this.#keptBytes > 0) {
      yield this.#take();
    }
  }

  #skipEmptyLines(chunk: Buffer, start: number): number {
    let at = start;
    if (this.#emptyLines >= MOST_EMPTY_LINES && this.#keptBytes === 0 && !this.#tooLong) {
      while (chunk[at] === LINE_FEED) {
        at += 1;
      }
      this.#number += at - start;
    }
    return at;
  }

  #keep(bytes: Buffer): void {
    const room = this.#maxBytes - this.#keptBytes;
    this.#tooLong ||= bytes.length > room;
    const part = bytes.subarray(0, room);
    if (part.length > 0) {
      this.#kept.push(part);
      this.#keptBytes += part.length;
    }
  }

  #take(): Line {
    const [only] = this.#kept;
    const line = {
      bytes: this.#kept.length === 1 && only !== undefined ? only : Buffer.concat(this.#kept),
      number: this.#number,
      tooLong: this.#tooLong,
    };
    this.#emptyLines = line.bytes.length === 0 ? this.#emptyLines + 1 : 0;
    this.#number += 1;
    this.#kept = [];
    this.#keptBytes = 0;
    this.#tooLong = false;
    return line;
  }
}

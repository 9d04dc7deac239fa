import type { Line } from "../text/line-splitter.ts";

/** What no telephone number exceeds, in bytes. */
const MAX_VALUE_BYTES = 4 * 1024;

/** A line of an LDIF file with its foldings undone. */
export interface LdifLine {
  readonly bytes: Buffer;
  /** The line of the file, from 1, on which it begins. */
  readonly number: number;
  readonly tooLong: boolean;
}

interface Unfinished {
  readonly number: number;
  readonly parts: Buffer[];
  size: number;
  tooLong: boolean;
}

const SPACE = 0x20;
const HASH = 0x23;

/**
 * Joins folded lines: one that begins with a space goes on with the one before it, also with a
 * comment. Comments are left out; an empty line is given, for it ends a record.
 */
export class LdifLines {
  #unfinished: Unfinished | undefined;
  #inComment = false;

  /** Takes a line; returns what it shows to be complete. */
  *next(line: Line): Generator<LdifLine, void, undefined> {
    if (line.bytes[0] === SPACE) {
      this.#append(line);
      return;
    }
    yield* this.end();
    this.#inComment = line.bytes[0] === HASH;
    if (line.bytes.length === 0) {
      yield { bytes: line.bytes, number: line.number, tooLong: false };
    } else if (!this.#inComment) {
      this.#unfinished = { number: line.number, parts: [], size: 0, tooLong: line.tooLong };
      keep(this.#unfinished, line.bytes);
    }
  }

  /** The last line, once there are no more. */
  *end(): Generator<LdifLine, void, undefined> {
    const current = this.#unfinished;
    this.#unfinished = undefined;
    if (current !== undefined) {
      const { number, parts, tooLong } = current;
      yield { bytes: Buffer.concat(parts), number, tooLong };
    }
  }

  #append(line: Line): void {
    const current = this.#unfinished;
    if (current !== undefined) {
      current.tooLong ||= line.tooLong;
      keep(current, line.bytes.subarray(1));
    } else if (!this.#inComment) {
      // Nothing stands before it: a line of its own, which will be reported as malformed.
      this.#unfinished = { number: line.number, parts: [], size: 0, tooLong: line.tooLong };
      keep(this.#unfinished, line.bytes);
    }
  }
}

/** The beginning is kept, which says what it is, of a photo as well. Copied, as a part of a line
 * would hold on to the whole piece of the file that it came in. */
function keep(current: Unfinished, bytes: Buffer): void {
  const room = MAX_VALUE_BYTES - current.size;
  current.tooLong ||= bytes.length > room;
  if (bytes.length > 0 && room > 0) {
    const part = Buffer.from(bytes.subarray(0, room));
    current.parts.push(part);
    current.size += part.length;
  }
}

import type { Line } from "../text/line-splitter.ts";

/** What no telephone number, and hardly an embedded card, exceeds. */
export const MAX_CONTENT_LINE_BYTES = 64 * 1024;

/** One property of a vCard with its foldings undone. */
export interface ContentLine {
  readonly bytes: Buffer;
  /** The line of the file, from 1, on which it begins. */
  readonly number: number;
  readonly tooLong: boolean;
}

interface Unfinished {
  readonly number: number;
  /** Not kept: a photo is read past line by line, however long it is. */
  readonly ignored: boolean;
  readonly quotedPrintable: boolean;
  readonly base64: boolean;
  /** The text so far, with room behind it once there is more than one line. */
  text: Buffer;
  size: number;
  tooLong: boolean;
  /** The last line ended with the `=` of a quoted-printable soft line break. */
  softBreak: boolean;
}

const SPACE = 0x20;
const TAB = 0x09;
const EQUALS = 0x3d;

// In Latin-1, where a byte is a character; a byte order mark in the middle comes from files joined
// end to end.
const NAME = /^(?:ï»¿)?(?:[\w-]+\.)*([\w-]+)\s*[;:]/;
const NAME_BYTES = 256;
const HEADER_BYTES = 1024;
const NOTHING = Buffer.alloc(0);
const CARD_LIMIT = /^(?:BEGIN|END)\s*:\s*VCARD/i;

/**
 * Joins the physical lines of vCards into properties: folded ones (3.0 and 4.0: the next line
 * begins with a space or a tab), quoted-printable soft line breaks and unindented base64 (2.1).
 *
 * @param isWanted by a property's name in upper case; of all others nothing is kept or returned
 */
export class ContentLines {
  readonly #isWanted: (name: string) => boolean;
  #unfinished: Unfinished | undefined;

  constructor(isWanted: (name: string) => boolean) {
    this.#isWanted = isWanted;
  }

  /** Takes a line; returns the property that it shows to be complete, the one before it. */
  next(line: Line): ContentLine | undefined {
    const current = this.#unfinished;
    if (current !== undefined && continues(current, line)) {
      append(current, isIndented(line) && !current.softBreak ? line.bytes.subarray(1) : line.bytes);
      current.tooLong ||= line.tooLong;
      return undefined;
    }
    this.#unfinished = line.bytes.length === 0 ? undefined : this.#begin(line);
    return finished(current);
  }

  /** The last property, once there are no more lines. */
  end(): ContentLine | undefined {
    const current = this.#unfinished;
    this.#unfinished = undefined;
    return finished(current);
  }

  #begin(line: Line): Unfinished {
    const name = NAME.exec(line.bytes.toString("latin1", 0, NAME_BYTES))?.[1];
    const header = headerOf(line.bytes);
    const unfinished: Unfinished = {
      number: line.number,
      // Without a name it is passed on all the same, so that it can be reported.
      ignored: name !== undefined && !this.#isWanted(name.toUpperCase()),
      quotedPrintable: /QUOTED-PRINTABLE/i.test(header),
      base64: /ENCODING=B(?:ASE64)?(?![\w-])|;BASE64/i.test(header),
      text: NOTHING,
      size: 0,
      tooLong: line.tooLong,
      softBreak: false,
    };
    append(unfinished, line.bytes);
    return unfinished;
  }
}

function continues(current: Unfinished, line: Line): boolean {
  if (isIndented(line)) {
    return true;
  }
  if (current.softBreak) {
    // A text cut off at its "=" must not swallow the end of its card.
    return !CARD_LIMIT.test(line.bytes.toString("latin1", 0, NAME_BYTES));
  }
  // Base64 has no colon. An empty line closes it, but some programs leave one between any two.
  return current.base64 && !line.bytes.includes(":");
}

function append(current: Unfinished, bytes: Buffer): void {
  current.softBreak = current.quotedPrintable && endsWithEquals(bytes);
  if (current.ignored) {
    return;
  }
  const more = current.softBreak ? bytes.subarray(0, bytes.lastIndexOf(EQUALS)) : bytes;
  const size = current.size + more.length;
  if (current.tooLong || size > MAX_CONTENT_LINE_BYTES) {
    current.tooLong = true;
    current.text = NOTHING;
    current.size = 0;
    return;
  }
  // Copied together: parts of a line would each hold on to the whole piece of the file that they
  // came in, and empty ones have no end.
  if (current.size === 0) {
    current.text = more;
  } else if (more.length > 0) {
    if (size > current.text.length) {
      const grown = Buffer.allocUnsafe(Math.min(2 * size, MAX_CONTENT_LINE_BYTES));
      current.text.copy(grown, 0, 0, current.size);
      current.text = grown;
    }
    more.copy(current.text, current.size);
  }
  current.size = size;
}

function finished(current: Unfinished | undefined): ContentLine | undefined {
  if (current === undefined || current.ignored) {
    return undefined;
  }
  return {
    bytes: current.text.subarray(0, current.size),
    number: current.number,
    tooLong: current.tooLong,
  };
}

function isIndented(line: Line): boolean {
  return line.bytes[0] === SPACE || line.bytes[0] === TAB;
}

// Spaces behind the "=" are transport padding, which quoted-printable ignores.
function endsWithEquals(bytes: Buffer): boolean {
  let end = bytes.length;
  while (end > 0 && (bytes[end - 1] === SPACE || bytes[end - 1] === TAB)) {
    end -= 1;
  }
  return bytes[end - 1] === EQUALS;
}

/** Up to the value; a label folded by a soft line break may leave no value on the line. */
function headerOf(bytes: Buffer): string {
  const colon = bytes.indexOf(":");
  return bytes.toString("latin1", 0, Math.min(colon < 0 ? bytes.length : colon, HEADER_BYTES));
}

import { TextDecoder } from "node:util";
import type { ByteStream } from "../text/byte-stream.ts";
import { peek } from "../text/peek.ts";
import { decodeText, decodeUtf8 } from "../text/text-encoding.ts";
import { columnWords } from "./column-name.ts";
import { isHeaderWord } from "./header-row.ts";
import { likeness } from "./scripts.ts";

// What spreadsheets and mail programs write: the code page of their user's language. Of two that
// make equal sense the first is taken. windows-1252 stands for UTF-8 with a few such cells as well.
const CODE_PAGES = [
  "windows-1252",
  "windows-1250",
  "windows-1251",
  "windows-1255",
  "windows-1253",
  "windows-1254",
  "windows-1256",
  "windows-1257",
  "windows-1258",
  "windows-874",
  "shift_jis",
  "euc-jp",
  "gb18030",
  "big5",
  "euc-kr",
  "koi8-u",
  "ibm866",
  "iso-8859-5",
  "x-mac-cyrillic",
  "macintosh",
] as const;

const HEAD_BYTES = 16 * 1024;

/** In this many cells a header is found, also one below a title. */
const MOST_CELLS = 2000;

/** So much of what is not ASCII is tried in all of them. */
const TELLING_BYTES = 4 * 1024;

const LINE_FEED = 0x0a;

/** In bytes, of UTF-8. */
const LONGEST_CHARACTER = 4;

/**
 * The bytes of a CSV file as UTF-8, where they are in one of the code pages that are told apart; a
 * file in UTF-8 or windows-1252 passes through as it is. Before the rows are cut: the second byte of
 * a Chinese or Japanese character may look like a delimiter.
 */
export async function* inUtf8(source: ByteStream): AsyncGenerator<Buffer, void, undefined> {
  const { head, stream } = await peek(source, HEAD_BYTES);
  const codePage = codePageOf(head);
  if (codePage === undefined) {
    yield* stream;
    return;
  }
  const decoder = new TextDecoder(codePage);
  for await (const chunk of stream) {
    yield Buffer.from(decoder.decode(chunk, { stream: true }));
  }
  yield Buffer.from(decoder.decode());
}

/** @returns undefined for UTF-8, ASCII and windows-1252 */
function codePageOf(head: Buffer): string | undefined {
  if (!head.some((byte) => byte >= 0x80)) {
    return head.includes(JAPANESE_FOLLOWS) ? "iso-2022-jp" : undefined;
  }
  // To the last whole line, as the cut may be in the middle of a character.
  const end = head.length < HEAD_BYTES ? head.length : head.lastIndexOf(LINE_FEED) + 1;
  const text = end > 0 ? head.subarray(0, end) : withoutLastCharacter(head);
  if (isMostlyUtf8(text)) {
    return undefined;
  }
  const telling = tellingLines(text);
  const [best] = CODE_PAGES.map((label) => ({
    label,
    ...senseOf(decodeText(telling, label)),
  })).sort((one, other) => other.words - one.words || other.likeness - one.likeness);
  return best === undefined || best.label === "windows-1252" ? undefined : best.label;
}

/** In ISO-2022-JP, which is ASCII throughout. */
const JAPANESE_FOLLOWS = "\u001b$B";

/** Without the one at its end, of UTF-8, which may be cut. */
function withoutLastCharacter(text: Buffer): Buffer {
  let end = text.length;
  while (end > text.length - LONGEST_CHARACTER && ((text[end - 1] ?? 0) & 0xc0) === 0x80) {
    end -= 1;
  }
  return text.subarray(0, end - 1);
}

/** The lines that are not ASCII: the others are the same in all code pages. */
function tellingLines(text: Buffer): Buffer {
  const lines: Buffer[] = [];
  let bytes = 0;
  for (let at = 0; at < text.length && bytes < TELLING_BYTES; ) {
    const next = text.indexOf(LINE_FEED, at);
    const line = text.subarray(at, next < 0 ? text.length : next + 1);
    if (line.some((byte) => byte >= 0x80)) {
      lines.push(line.subarray(0, TELLING_BYTES - bytes));
      bytes += line.length;
    }
    at += line.length;
  }
  return Buffer.concat(lines);
}

function isMostlyUtf8(text: Buffer): boolean {
  if (decodeUtf8(text) !== undefined) {
    return true;
  }
  let utf8 = 0;
  let others = 0;
  for (let at = 0; at < text.length; ) {
    const next = text.indexOf(LINE_FEED, at);
    const line = text.subarray(at, next < 0 ? text.length : next);
    if (line.some((byte) => byte >= 0x80)) {
      if (decodeUtf8(line) === undefined) {
        others += 1;
      } else {
        utf8 += 1;
      }
    }
    at += line.length + 1;
  }
  return utf8 > others;
}

interface Sense {
  /** Known words of headers, not counting those that are the same in all code pages. */
  readonly words: number;
  /** How much the rest looks like a language. */
  readonly likeness: number;
}

/** What one byte takes away that the code page does not have. */
const FAULT = 0.01;

function senseOf(text: string): Sense {
  const cells = text.split(/[\n,;\t|"]/).slice(0, MOST_CELLS);
  const words = new Set(
    cells
      .flatMap((cell) => cell.split(/[\p{Z}\p{P}]+/u))
      .filter((word) => /[^\0-\x7f]/.test(word))
      .flatMap(columnWords)
      .filter(isLong),
  );
  const faults = text.match(/[\ufffd\x80-\x9f]/g)?.length ?? 0;
  return {
    words: [...words].filter(isHeaderWord).length,
    // In tenths: what differs by less are letters that two code pages of a script share.
    likeness: Math.round(10 * (likeness(text) - faults * FAULT)),
  };
}

/** Two letters are soon there by chance, unless they are Chinese, Japanese or Korean. */
function isLong(word: string): boolean {
  return word.length > 2 || (word.length === 2 && word >= "\u2e80");
}

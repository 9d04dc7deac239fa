import { decodeText } from "../text/text-encoding.ts";
import { unreadableFile } from "../text/unreadable-file.ts";

export type JsonTokenKind = "{" | "}" | "[" | "]" | "key" | "text" | "number" | "literal";

/** A piece of JSON, in the order in which they stand in the file. */
export interface JsonToken {
  readonly kind: JsonTokenKind;
  /** Of a key, a text, a number or a literal, as it stands there, without quotation marks. */
  readonly bytes: Buffer;
  /** Only the first bytes of a longer text are there. */
  readonly tooLong: boolean;
  /** The line of the file, from 1. */
  readonly line: number;
}

/** What no key that we know and no telephone number exceeds, in bytes. */
const MAX_TEXT_BYTES = 1024;

/** Contacts lie a few levels deep. */
const MAX_DEPTH = 128;

const LITERALS: ReadonlySet<string> = new Set(["true", "false", "null"]);
const NUMBER = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?$/;
const NOTHING = Buffer.alloc(0);

const LINE_FEED = 0x0a;
const QUOTE = 0x22;
const COMMA = 0x2c;
const COLON = 0x3a;
const OPEN_ARRAY = 0x5b;
const BACKSLASH = 0x5c;
const CLOSE_ARRAY = 0x5d;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;
const SPACE = 0x20;

/** What may stand next. */
type Expected = "value" | "value or end" | "key" | "key or end" | "colon" | "comma or end";

/**
 * Cuts JSON into tokens, wherever the chunks are cut: one value or any number of them one after the
 * other (NDJSON, or as jq prints them). Of its own, because what is out there loads whole values or
 * whole texts: here a photo in a text is read past and its first bytes kept, the depth is bounded,
 * and every token knows its line.
 */
export class JsonTokens {
  #expected: Expected = "value";
  /** What is open, the innermost last. */
  readonly #open: number[] = [];
  #line = 1;
  /** A text, a number or a literal that has begun. */
  #begun: "text" | "word" | undefined;
  #startLine = 1;
  #escaped = false;
  #kept: Buffer[] = [];
  #keptBytes = 0;
  #tooLong = false;

  /** @throws ContactSyncError `UNREADABLE_FILE` with the line, never with what stands on it */
  *push(chunk: Buffer): Generator<JsonToken, void, undefined> {
    let at = 0;
    while (at < chunk.length) {
      if (this.#begun === "text") {
        at = this.#scanText(chunk, at);
        if (this.#begun === undefined) yield this.#take();
      } else if (this.#begun === "word") {
        at = this.#scanWord(chunk, at);
        if (this.#begun === undefined) yield this.#takeWord();
      } else {
        const byte = chunk[at] as number;
        if (byte === COLON || byte === COMMA) {
          this.#separate(byte);
          at += 1;
        } else if (byte <= SPACE) {
          if (byte === LINE_FEED) this.#line += 1;
          at += 1;
        } else if (byte === QUOTE) {
          this.#begin("text");
          at += 1;
        } else if (byte === OPEN_OBJECT || byte === OPEN_ARRAY) {
          yield this.#openContainer(byte);
          at += 1;
        } else if (byte === CLOSE_OBJECT || byte === CLOSE_ARRAY) {
          yield this.#closeContainer(byte);
          at += 1;
        } else {
          this.#begin("word");
        }
      }
    }
  }

  /** The last token, once there are no more chunks. */
  *end(): Generator<JsonToken, void, undefined> {
    if (this.#begun === "word") {
      this.#begun = undefined;
      yield this.#takeWord();
    }
    if (this.#begun !== undefined || this.#open.length > 0) {
      throw unreadableFile(
        "The file ends in the middle of a JSON value; it may be cut off.",
        this.#line,
      );
    }
  }

  #begin(kind: "text" | "word"): void {
    const isKey = this.#expected === "key" || this.#expected === "key or end";
    const isValue = this.#expected === "value" || this.#expected === "value or end";
    if (!isValue && !(isKey && kind === "text")) {
      throw this.#malformed();
    }
    this.#begun = kind;
    this.#startLine = this.#line;
    this.#escaped = false;
    this.#kept = [];
    this.#keptBytes = 0;
    this.#tooLong = false;
  }

  /** Returns where the text goes on, or what follows it. */
  #scanText(chunk: Buffer, start: number): number {
    let at = start;
    while (at < chunk.length) {
      const byte = chunk[at] as number;
      if (this.#escaped) {
        this.#escaped = false;
      } else if (byte === QUOTE) {
        this.#keep(chunk.subarray(start, at));
        this.#begun = undefined;
        return at + 1;
      } else if (byte === BACKSLASH) {
        this.#escaped = true;
      } else if (byte === LINE_FEED) {
        // Somebody's quotation mark is missing; the lines behind it would be read as one text.
        throw this.#malformed();
      }
      at += 1;
    }
    this.#keep(chunk.subarray(start));
    return at;
  }

  #scanWord(chunk: Buffer, start: number): number {
    let at = start;
    while (at < chunk.length && isOfWord(chunk[at] as number)) {
      at += 1;
    }
    this.#keep(chunk.subarray(start, at));
    if (at === start && this.#keptBytes === 0) {
      throw this.#malformed();
    }
    if (at < chunk.length) {
      this.#begun = undefined;
    }
    return at;
  }

  #keep(bytes: Buffer): void {
    const room = MAX_TEXT_BYTES - this.#keptBytes;
    this.#tooLong ||= bytes.length > room;
    const part = bytes.subarray(0, room);
    if (part.length > 0) {
      this.#kept.push(part);
      this.#keptBytes += part.length;
    }
  }

  #take(): JsonToken {
    const isKey = this.#expected === "key" || this.#expected === "key or end";
    return this.#token(isKey ? "key" : "text", isKey ? "colon" : "comma or end");
  }

  #takeWord(): JsonToken {
    const word = this.#tooLong ? "" : Buffer.concat(this.#kept).toString("latin1");
    const isLiteral = LITERALS.has(word);
    if (!isLiteral && !NUMBER.test(word)) {
      throw this.#malformed();
    }
    return this.#token(isLiteral ? "literal" : "number", "comma or end");
  }

  #token(kind: JsonTokenKind, expected: Expected): JsonToken {
    const [only] = this.#kept;
    const bytes = this.#kept.length === 1 && only !== undefined ? only : Buffer.concat(this.#kept);
    this.#kept = [];
    this.#expect(expected);
    return { kind, bytes, tooLong: this.#tooLong, line: this.#startLine };
  }

  #openContainer(byte: number): JsonToken {
    if (this.#expected !== "value" && this.#expected !== "value or end") {
      throw this.#malformed();
    }
    if (this.#open.length === MAX_DEPTH) {
      throw unreadableFile(`The JSON is nested deeper than ${MAX_DEPTH} levels.`, this.#line);
    }
    this.#open.push(byte);
    this.#expected = byte === OPEN_OBJECT ? "key or end" : "value or end";
    return this.#mark(byte === OPEN_OBJECT ? "{" : "[");
  }

  #closeContainer(byte: number): JsonToken {
    const isObject = byte === CLOSE_OBJECT;
    const mayEnd = isObject ? "key or end" : "value or end";
    const opened = this.#open.pop();
    if (
      (this.#expected !== "comma or end" && this.#expected !== mayEnd) ||
      opened !== (isObject ? OPEN_OBJECT : OPEN_ARRAY)
    ) {
      throw this.#malformed();
    }
    this.#expect("comma or end");
    return this.#mark(isObject ? "}" : "]");
  }

  #separate(byte: number): void {
    if (byte === COLON && this.#expected === "colon") {
      this.#expected = "value";
    } else if (byte === COMMA && this.#expected === "comma or end") {
      this.#expected = this.#open.at(-1) === OPEN_OBJECT ? "key" : "value";
    } else {
      throw this.#malformed();
    }
  }

  /** Outside of everything, the next value follows without a comma. */
  #expect(expected: Expected): void {
    const isOutside = this.#open.length === 0 && expected === "comma or end";
    this.#expected = isOutside ? "value" : expected;
  }

  #mark(kind: JsonTokenKind): JsonToken {
    return { kind, bytes: NOTHING, tooLong: false, line: this.#line };
  }

  #malformed(): Error {
    return unreadableFile("This is not JSON as it should be.", this.#line);
  }
}

/** The text of a key or a text; of one that is too long its beginning. */
export function textOf({ bytes }: JsonToken): string {
  const text = decodeText(bytes);
  return text.includes("\\") ? text.replace(/\\(?:u([0-9A-Fa-f]{4})|(.))/gs, unescaped) : text;
}

const ESCAPES: Readonly<Record<string, string>> = { n: "\n", r: "\r", t: "\t", b: "\b", f: "\f" };

function unescaped(_: string, code: string | undefined, character = ""): string {
  return code === undefined
    ? (ESCAPES[character] ?? character)
    : String.fromCharCode(Number.parseInt(code, 16));
}

/** Digits, letters and the signs of a number. */
function isOfWord(byte: number): boolean {
  return (
    (byte >= 0x30 && byte <= 0x39) ||
    (byte >= 0x61 && byte <= 0x7a) ||
    (byte >= 0x41 && byte <= 0x5a) ||
    byte === 0x2b ||
    byte === 0x2d ||
    byte === 0x2e
  );
}

import { TextDecoder } from "node:util";
import { asBuffer, assertByteStream, type ByteStream } from "./byte-stream.ts";
import { LineFeeds } from "./line-feeds.ts";

// A reader holds what one piece gives until it is consumed: a source that hands over a whole file
// at once must not make it hold the file a second time.
const PIECE_BYTES = 64 * 1024;

/** So many bytes show whether a text is UTF-16; a shorter one is looked at as a whole. */
const START_BYTES = 512;

/** Of the bytes of a text in UTF-16; of a NUL by a program's fault there are one or two. */
const MANY_ZEROS = 0.1;

const BYTE_ORDER_MARK = Buffer.from("\uFEFF");

/**
 * The same text as UTF-8 (or, as many exports are, in a one-byte encoding, which passes through),
 * without a byte order mark, its lines ending with LF, in pieces of at most 64 KB and never empty.
 */
export async function* textBytes(source: ByteStream): AsyncGenerator<Buffer, void, undefined> {
  const lineFeeds = new LineFeeds();
  for await (const bytes of utf8Bytes(source)) {
    for (let at = 0; at < bytes.length; at += PIECE_BYTES) {
      yield* lineFeeds.convert(bytes.subarray(at, at + PIECE_BYTES));
    }
  }
  yield* lineFeeds.end();
}

async function* utf8Bytes(source: ByteStream): AsyncGenerator<Buffer, void, undefined> {
  let start: Buffer | undefined = Buffer.alloc(0);
  let decoder: TextDecoder | undefined;
  for await (const chunk of assertByteStream(source)) {
    let bytes = asBuffer(chunk);
    if (start !== undefined) {
      // What the encoding is recognised by may come in several chunks.
      bytes = start.length === 0 ? bytes : Buffer.concat([start, bytes]);
      start = bytes.length < START_BYTES ? bytes : undefined;
      if (start !== undefined) {
        continue;
      }
      decoder = utf16Decoder(bytes);
      bytes = withoutMark(bytes);
    }
    yield decoder ? Buffer.from(decoder.decode(bytes, { stream: true })) : bytes;
  }
  if (start !== undefined) {
    yield Buffer.from(utf16Decoder(start)?.decode(start) ?? withoutMark(start));
  } else if (decoder) {
    yield Buffer.from(decoder.decode());
  }
}

function withoutMark(bytes: Buffer): Buffer {
  const marked = bytes.subarray(0, BYTE_ORDER_MARK.length).equals(BYTE_ORDER_MARK);
  return marked ? bytes.subarray(BYTE_ORDER_MARK.length) : bytes;
}

/**
 * By the mark, or by the zero bytes: digits, delimiters and line ends have one each, in the same
 * place, whatever the language of the words between them.
 */
function utf16Decoder(start: Buffer): TextDecoder | undefined {
  const [first, second] = start;
  if (first === 0xff && second === 0xfe) {
    return new TextDecoder("utf-16le");
  }
  if (first === 0xfe && second === 0xff) {
    return new TextDecoder("utf-16be");
  }
  const head = start.subarray(0, START_BYTES);
  const zeros: [even: number, odd: number] = [0, 0];
  for (const [at, byte] of head.entries()) {
    if (byte === 0) {
      zeros[at % 2 === 0 ? 0 : 1] += 1;
    }
  }
  const [even, odd] = zeros;
  const many = Math.max(2, head.length * MANY_ZEROS);
  if (odd >= many && even * 10 <= odd) {
    return new TextDecoder("utf-16le");
  }
  if (even >= many && odd * 10 <= even) {
    return new TextDecoder("utf-16be");
  }
  return undefined;
}

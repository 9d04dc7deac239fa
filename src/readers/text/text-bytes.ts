import { TextDecoder } from "node:util";
import { asBuffer, assertByteStream, type ByteStream } from "./byte-stream.ts";
import { LineFeeds } from "./line-feeds.ts";

// A reader holds what one piece gives until it is consumed: a source that hands over a whole file
// at once must not make it hold the file a second time.
const PIECE_BYTES = 64 * 1024;

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
      start = bytes.length < 4 ? bytes : undefined;
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

/** By the mark or, as all our formats begin with ASCII, by the zero bytes. */
function utf16Decoder(start: Buffer): TextDecoder | undefined {
  const [first, second, third, fourth] = start;
  if ((first === 0xff && second === 0xfe) || (first && second === 0 && third && fourth === 0)) {
    return new TextDecoder("utf-16le");
  }
  if ((first === 0xfe && second === 0xff) || (first === 0 && second && third === 0 && fourth)) {
    return new TextDecoder("utf-16be");
  }
  return undefined;
}

import { invalid } from "../../input/arguments.ts";

/** A file, standard input or a response body: a Node `Readable` is one, too. */
export type ByteStream = AsyncIterable<Uint8Array>;

/**
 * The source, if it can be one: a path, a text or a buffer can be walked through as well, a letter
 * or a byte at a time.
 *
 * @throws ContactSyncError `INVALID_ARGUMENT`
 */
export function assertByteStream(source: ByteStream): ByteStream {
  const isStream =
    typeof source === "object" &&
    source !== null &&
    !ArrayBuffer.isView(source) &&
    (Symbol.asyncIterator in source || Symbol.iterator in source);
  if (isStream) return source;
  throw invalid(
    'the source must be a stream of bytes, such as createReadStream("contacts.vcf"), and not a path, a text or a buffer; a buffer goes as Readable.from([buffer])',
  );
}

/**
 * The same memory as a Node buffer.
 *
 * @throws ContactSyncError `INVALID_ARGUMENT` for what a stream gives that are no bytes
 */
export function asBuffer(bytes: Uint8Array): Buffer {
  if (Buffer.isBuffer(bytes)) return bytes;
  if (bytes instanceof Uint8Array) {
    return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }
  throw invalid(
    "the stream must give bytes (Uint8Array), and not texts or objects: leave its encoding out",
  );
}

/** A file, standard input or a response body: a Node `Readable` is one, too. */
export type ByteStream = AsyncIterable<Uint8Array>;

/** The same memory as a Node buffer. */
export function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.isBuffer(bytes)
    ? bytes
    : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

import { asBuffer, assertByteStream, type ByteStream } from "./byte-stream.ts";

/** The stream's beginning and the whole of it again. */
export interface PeekedStream {
  /** The bytes asked for, or fewer where the stream is shorter: no more, for it outlives them. */
  readonly head: Buffer;
  /** All bytes, the head included; can be read once. */
  readonly stream: AsyncIterable<Buffer>;
  /** Releases the source; needed only where `stream` is not read. */
  close(): Promise<void>;
}

/**
 * Looks at the first `length` bytes of a stream without consuming them.
 *
 * @throws ContactSyncError `INVALID_ARGUMENT` for what is no stream of bytes
 */
export async function peek(source: ByteStream, length: number): Promise<PeekedStream> {
  const iterator = chunksOf(assertByteStream(source));
  const close = async () => {
    await iterator.return?.();
  };
  const taken: Buffer[] = [];
  let size = 0;
  let ended = false;
  while (size < length && !ended) {
    const next = await iterator.next();
    ended = next.done === true;
    if (!next.done) {
      taken.push(asBuffer(next.value));
      size += next.value.length;
    }
  }
  async function* stream() {
    try {
      yield* taken.splice(0);
      while (!ended) {
        const next = await iterator.next();
        ended = next.done === true;
        if (!next.done) {
          yield asBuffer(next.value);
        }
      }
    } finally {
      await close();
    }
  }
  return { head: Buffer.concat(taken, Math.min(size, length)), stream: stream(), close };
}

/** Also of what is walked through without waiting, as an array of buffers. */
async function* chunksOf(source: ByteStream): AsyncGenerator<Uint8Array, void, undefined> {
  yield* source;
}

import { once } from "node:events";
import { Readable, type Transform } from "node:stream";
import { createBrotliDecompress, createGunzip, createInflate, createInflateRaw } from "node:zlib";
import { ContactSyncError, MAX_REQUEST_BYTES } from "@contact-sync/client";
import type { RequestPayload } from "fastify";
import fastifyPlugin from "fastify-plugin";

type Decoder = (packed: Readable) => Transform | Promise<Transform>;

const DECODERS: Record<string, Decoder> = {
  gzip: () => createGunzip(),
  "x-gzip": () => createGunzip(),
  deflate: createAnyInflate,
  br: () => createBrotliDecompress(),
};
const ENCODINGS = "gzip, deflate, br";

// A stream is bounded by what it has packed: contacts hold 16 random bytes each, so that even the
// wordiest pack to a tenth.
const MOST_TIMES_PACKED = 25;

/**
 * Unpacks bodies that come with a Content-Encoding. The limits hold for what is unpacked, which is
 * given up as soon as it exceeds them; no more than a few KB of it are held at a time.
 */
export const compressedBodies = fastifyPlugin<{ streamedTypes: readonly string[] }>(
  async (app, { streamedTypes }) => {
    app.addHook("preParsing", async (request, reply, payload) => {
      const encoding = request.headers["content-encoding"]?.trim().toLowerCase() ?? "identity";
      if (encoding === "identity" || encoding === "") return payload;
      if (request.is404) throw new ContactSyncError("NOT_FOUND", "there is no such endpoint");
      const decoder = DECODERS[encoding];
      if (decoder === undefined) {
        // RFC 9110, 12.5.3: which encodings would have been taken.
        reply.header("accept-encoding", ENCODINGS);
        throw new ContactSyncError(
          "UNSUPPORTED_MEDIA_TYPE",
          `the body's encoding is none of ${ENCODINGS}`,
        );
      }
      const isStreamed = streamedTypes.includes(request.mediaType ?? "");
      const packed = payload as Readable;
      const counted = { bytes: 0 };
      const limit = () =>
        isStreamed ? MAX_REQUEST_BYTES + MOST_TIMES_PACKED * counted.bytes : MAX_REQUEST_BYTES;
      const unpacked = Readable.from(unpack(packed, decoder, counted, limit), {
        objectMode: false,
      });
      // It may fail when nobody reads it any more.
      unpacked.on("error", () => {});
      // Fastify compares it with Content-Length.
      return Object.defineProperty(unpacked, "receivedEncodedLength", {
        get: () => counted.bytes,
      }) as RequestPayload;
    });
  },
);

/** Begins when it is read, so that a body that nobody reads costs nothing. */
async function* unpack(
  packed: Readable,
  createDecoder: Decoder,
  counted: { bytes: number },
  limit: () => number,
): AsyncGenerator<Buffer> {
  const count = (chunk: Buffer) => {
    counted.bytes += chunk.length;
  };
  let decoder: Transform | undefined;
  const cut = () => {
    if (!packed.readableEnded) decoder?.destroy(new Error("the request broke off"));
  };
  try {
    decoder = await createDecoder(packed);
    packed.on("data", count).once("error", cut).once("close", cut).pipe(decoder);
    let bytes = 0;
    for await (const chunk of decoder) {
      bytes += chunk.length;
      if (bytes > limit()) throw tooLarge();
      yield chunk;
    }
  } catch (error) {
    if (error instanceof ContactSyncError) throw error;
    throw new ContactSyncError("INVALID_REQUEST", "the body cannot be unpacked");
  } finally {
    packed.off("data", count).off("error", cut).off("close", cut);
    if (decoder !== undefined) packed.unpipe(decoder);
    decoder?.destroy();
    // What is left is let go by, so that the client reads the answer.
    packed.resume();
  }
}

/** "deflate" is zlib's format, but some clients send what is in it without its head. */
async function createAnyInflate(packed: Readable): Promise<Transform> {
  if (packed.readableLength < 2 && !packed.readableEnded) await once(packed, "readable");
  const start: Buffer | null = packed.read();
  if (start === null) return createInflate();
  packed.unshift(start);
  const [first = 0, second = 0] = start;
  const isZlib = (first & 0x0f) === 8 && ((first << 8) | second) % 31 === 0;
  return isZlib ? createInflate() : createInflateRaw();
}

function tooLarge(): ContactSyncError {
  return new ContactSyncError(
    "PAYLOAD_TOO_LARGE",
    `a request body may have ${MAX_REQUEST_BYTES} bytes, unpacked; a stream ${MOST_TIMES_PACKED} times what it has packed`,
    { details: { limit: MAX_REQUEST_BYTES } },
  );
}

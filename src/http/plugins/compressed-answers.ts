import { promisify } from "node:util";
import { brotliCompress, constants, deflate, gzip } from "node:zlib";
import { negotiate } from "@fastify/accept-negotiator";
import type { FastifyReply, FastifyRequest } from "fastify";
import fastifyPlugin from "fastify-plugin";

type Encoder = (text: string) => Promise<Buffer>;

// Brotli at its own default, 11, takes seconds for a megabyte; at 4 it is as fast as gzip.
const BROTLI = { params: { [constants.BROTLI_PARAM_QUALITY]: 4 } };
const ENCODERS: Record<string, Encoder> = {
  br: async (text) => promisify(brotliCompress)(text, BROTLI),
  gzip: async (text) => promisify(gzip)(text),
  deflate: async (text) => promisify(deflate)(text),
};
const ENCODINGS = Object.keys(ENCODERS);

// Less fits into one packet anyway.
const LEAST_CHARACTERS = 1_024;
const MOST_HEADER_CHARACTERS = 256;

/**
 * Compresses answers in one piece, as Accept-Encoding asks; not streams, whose lines are told as
 * they come.
 *
 * BREACH, which guesses a secret from the length of answers that hold it beside a guess, finds
 * nothing: no answer holds a token, none repeats what was sent, and no cookie lets somebody else's
 * page ask.
 */
export const compressedAnswers = fastifyPlugin(async (app) => {
  // As a route's own hook it comes after all others: what is kept for a repeated request is plain.
  app.addHook("onRoute", (route) => {
    route.onSend = [...[route.onSend ?? []].flat(), compress];
  });
});

async function compress(
  request: FastifyRequest,
  reply: FastifyReply,
  payload: unknown,
): Promise<unknown> {
  if (typeof payload !== "string" || payload.length < LEAST_CHARACTERS) return payload;
  if (reply.hasHeader("content-encoding") || reply.hasHeader("content-range")) return payload;
  vary(reply);
  const encoding = encodingFor(request.headers["accept-encoding"]) ?? "";
  const encode = ENCODERS[encoding];
  if (encode === undefined) return payload;
  const compressed = await encode(payload);
  reply.header("content-encoding", encoding);
  reply.header("content-length", compressed.length);
  return compressed;
}

function encodingFor(header: string | string[] | undefined): string | null {
  const accepted = header === undefined ? "" : String(header).toLowerCase();
  if (accepted === "" || accepted.length > MOST_HEADER_CHARACTERS) return null;
  return negotiate(accepted.replaceAll("x-gzip", "gzip"), [...ENCODINGS, "identity"]);
}

/** A cache between must not give one client's form to another. */
function vary(reply: FastifyReply): void {
  const before = reply.getHeader("vary");
  reply.header("vary", before === undefined ? "accept-encoding" : `${before}, accept-encoding`);
}

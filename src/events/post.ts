import type { ClientRequest, IncomingMessage } from "node:http";
import { request as requestPlain } from "node:http";
import { request as requestSecure } from "node:https";
import { isIP } from "node:net";
import { isPublicAddress } from "./public-address.ts";
import { publicLookup, REFUSED_ADDRESS, type Resolve, refusedAddress } from "./public-lookup.ts";
import { signedHeaders } from "./signature.ts";
import { hostOf, type Webhook } from "./webhook.ts";

/** A message as it travels. */
export interface Envelope {
  /** The same each time it is sent. */
  readonly id: string;
  /** JSON. */
  readonly body: string;
}

/** What came of one attempt. */
export interface Outcome {
  readonly status: number | null;
  /** Null where it was delivered; else the status, or why there is none. */
  readonly failure: string | null;
  /** How long the receiver asks to be left alone. */
  readonly retryAfterSeconds: number | null;
}

/** Of a message about somebody whose id the database does not have: it can't be told. */
export const UNKNOWN_USER: Outcome = {
  status: null,
  failure: "unknown_user",
  retryAfterSeconds: null,
};

export interface PostOptions {
  /** Milliseconds for everything together; default ten seconds. */
  readonly patienceMs?: number | undefined;
  /** Default the system's. */
  readonly resolve?: Resolve | undefined;
}

const PATIENCE_MS = 10_000;
// Of a body nobody reads: so much of it is let pass, for a receiver that would stumble over a
// connection that ends before it has answered.
const BODY_BYTES = 65_536;
const BODY_MS = 1_000;

/**
 * Sends a message once. Only 2xx is success; a redirect is not followed; what is answered is not
 * read. Never rejects.
 */
export function post(
  webhook: Webhook,
  envelope: Envelope,
  { patienceMs = PATIENCE_MS, resolve }: PostOptions = {},
): Promise<Outcome> {
  return new Promise((settle) => {
    const fail = (failure: string) => settle({ status: null, failure, retryAfterSeconds: null });
    let request: ClientRequest;
    try {
      request = open(webhook, envelope, resolve);
    } catch (error) {
      fail(wordFor(error));
      return;
    }
    const late = setTimeout(() => {
      fail("timeout");
      request.destroy();
    }, patienceMs);
    request.on("response", (response) => {
      settle(outcomeOf(response));
      discard(response, request);
    });
    request.on("error", (error) => fail(wordFor(error)));
    request.on("close", () => {
      clearTimeout(late);
      fail("no_answer"); // unless it is known better by now
    });
    request.end(envelope.body);
  });
}

function open({ url, secrets, allowsPrivate }: Webhook, { id, body }: Envelope, resolve?: Resolve) {
  const host = hostOf(url);
  const isLiteral = isIP(host) !== 0; // for which nothing is looked up
  if (!allowsPrivate && isLiteral && !isPublicAddress(host)) throw refusedAddress();
  const timestamp = Math.floor(Date.now() / 1000);
  const request = url.protocol === "http:" ? requestPlain : requestSecure;
  return request(url, {
    method: "POST",
    // A connection of its own, which is looked at when it is made, and no proxy of the environment.
    agent: false,
    ...(allowsPrivate ? {} : { lookup: publicLookup(resolve) }),
    headers: {
      "content-type": "application/json",
      "content-length": Buffer.byteLength(body),
      "user-agent": "contact-sync",
      ...signedHeaders(secrets, { id, timestamp, body }),
    },
  });
}

function outcomeOf({ statusCode = 0, headers }: IncomingMessage): Outcome {
  const isDelivered = statusCode >= 200 && statusCode < 300;
  return {
    status: statusCode,
    failure: isDelivered ? null : String(statusCode),
    retryAfterSeconds: isDelivered ? null : retryAfter(headers["retry-after"]),
  };
}

function discard(response: IncomingMessage, request: ClientRequest): void {
  let received = 0;
  const end = setTimeout(() => request.destroy(), BODY_MS);
  response.on("data", (chunk: Buffer) => {
    received += chunk.length;
    if (received > BODY_BYTES) request.destroy();
  });
  response.on("error", () => {}); // the status was what counts
  response.on("close", () => clearTimeout(end));
}

/** Of `Retry-After: 120`, or of a date. */
function retryAfter(text: string | undefined): number | null {
  if (text === undefined) return null;
  if (/^\d{1,9}$/.test(text)) return Number(text);
  const seconds = Math.ceil((Date.parse(text) - Date.now()) / 1000);
  return seconds > 0 ? Math.min(seconds, 999_999_999) : null;
}

/** Why there was no answer, in a word that tells nothing of the network. */
function wordFor(error: unknown): string {
  const { code = "" } = error as NodeJS.ErrnoException;
  if (code === REFUSED_ADDRESS) return "refused_address";
  if (code === "ENOTFOUND" || code.startsWith("EAI_")) return "unknown_host";
  if (/CERT|SIGNATURE|ERR_TLS|ERR_SSL|EPROTO/.test(code)) return "certificate";
  if (code === "ECONNRESET" || code === "EPIPE" || code.startsWith("HPE_")) return "no_answer";
  return "unreachable";
}

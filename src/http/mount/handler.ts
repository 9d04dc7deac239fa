import { Readable } from "node:stream";
import { buffer } from "node:stream/consumers";
import type { ReadableStream as WebStream } from "node:stream/web";
import { ContactSyncError } from "@contact-sync/client";
import inject from "light-my-request";
import type { ContactsWithAccounts } from "../../library/contacts-with-accounts.ts";
import type { MountOptions } from "./mount-options.ts";
import { mount } from "./mounted.ts";

/** Answers requests as the web platform has them. */
export interface Handler {
  (request: Request): Promise<Response>;
  /** Turns new requests away, and ends when those under way are answered. */
  close(): Promise<void>;
}

// Of statuses whose answers have no body (Fetch, 2.2.3).
const WITHOUT_BODY = [101, 204, 205, 304];
// Of one connection: what the runtime says of its own is not ours to say.
const HOP_BY_HOP = ["connection", "keep-alive", "transfer-encoding"];
// As nginx has it, for its log: nobody reads it.
const CLIENT_GONE = 499;

/**
 * Makes the REST service of an open engine a function from a request to its answer, for Next.js, Hono,
 * Deno, Bun and whatever else speaks the web platform's. Nothing is started before the first request;
 * links that have to wait, pruning and webhooks are `contactSync.startUpkeep()`'s.
 *
 * @param contactSync what `createContactSync` resolves to; its `close()` closes this as well
 * @param options who asks (`authenticate` or `tokens`), and `basePath`, `limits`, `addressOf`,
 *   `requestSeconds`, `ownerConnections`, `corsOrigins`, `documentation`, `metrics`, `logger`
 * @throws ContactSyncError `INVALID_ARGUMENT`
 * @example
 * const handler = createHandler(contactSync, {
 *   basePath: "/api/contacts",
 *   authenticate: async (request) => {
 *     const session = await readSession(request);
 *     return session && { userId: session.userId };
 *   },
 * });
 * const answer = await handler(new Request("https://app.example/api/contacts/healthz"));
 */
export function createHandler(
  contactSync: ContactsWithAccounts,
  options: MountOptions<Request>,
): Handler {
  const mounted = mount(contactSync, options);
  const handle = async (request: Request): Promise<Response> => {
    const { pathname, search } = new URL(request.url);
    // Before it is read here, which some runtimes count at once.
    const refusal = refusalOf(request);
    // Nobody would listen to the fault of a signal that was given before; nor is there time for one
    // in between: what is injected begins with the call of its then().
    if (request.signal.aborted) return new Response(null, { status: CLIENT_GONE });
    try {
      const answer = await inject(
        (raw, response) => {
          mounted.answer(raw as never, response as never, request, refusal).catch((fault) => {
            (response as unknown as { destroy(fault: Error): void }).destroy(fault);
          });
        },
        {
          method: request.method as "GET",
          url: `${pathname}${search}`,
          headers: headersOf(request),
          ...(request.body === null || refusal !== undefined
            ? {}
            : { payload: Readable.fromWeb(request.body as WebStream) }),
          signal: request.signal,
          payloadAsStream: true,
          validate: false,
        } as Parameters<typeof inject>[1],
      ).then((injected) => injected);
      return await responseOf(request, answer);
    } catch (fault) {
      if (request.signal.aborted) return new Response(null, { status: CLIENT_GONE });
      throw fault;
    }
  };
  return Object.assign(handle, { close: mounted.close });
}

/** A body that somebody has read before, or is reading, is not there any more. */
function refusalOf(request: Request): ContactSyncError | undefined {
  if (!(request.bodyUsed || request.body?.locked)) return undefined;
  return new ContactSyncError(
    "INVALID_CONFIGURATION",
    "the app has read the request's body before contact-sync got it",
  );
}

function headersOf(request: Request): Record<string, string> {
  const headers = Object.fromEntries(request.headers);
  // Without either, HTTP/1.1 knows no body.
  if (request.body !== null && headers["content-length"] === undefined) {
    headers["transfer-encoding"] = "chunked";
  }
  return headers;
}

async function responseOf(request: Request, answer: inject.Response): Promise<Response> {
  const headers = new Headers();
  for (const [name, value] of Object.entries(answer.headers)) {
    if (value === undefined || HOP_BY_HOP.includes(name)) continue;
    for (const one of [value].flat()) headers.append(name, String(one));
  }
  const { statusCode: status } = answer;
  const stream = answer.stream();
  if (request.method === "HEAD" || WITHOUT_BODY.includes(status)) {
    stream.resume();
    return new Response(null, { status, headers });
  }
  // What has a length is there in one piece.
  const body = headers.has("content-length")
    ? await buffer(stream)
    : (Readable.toWeb(stream) as ReadableStream<Uint8Array>);
  return new Response(body, { status, headers });
}

import type { IncomingMessage, ServerResponse } from "node:http";
import { ContactSyncError } from "@contact-sync/client";
import type { ContactsWithAccounts } from "../../library/contacts-with-accounts.ts";
import type { MountOptions } from "./mount-options.ts";
import { mount } from "./mounted.ts";

/** Answers requests as Node has them, and as Express and its kin hand them on. */
export interface Listener {
  (request: IncomingMessage, response: ServerResponse, next?: (fault?: unknown) => void): void;
  /** Turns new requests away, and ends when those under way are answered. */
  close(): Promise<void>;
}

/**
 * Makes the REST service of an open engine a listener of `node:http`, which is also middleware of
 * Express, Connect and their kin. Mount it before whatever reads bodies, such as `express.json()`.
 *
 * @param contactSync what `createContactSync` resolves to; its `close()` closes this as well
 * @param options as of `createHandler`; `authenticate` and `addressOf` get Node's request, with what
 *   the app's own middleware has put there
 * @throws ContactSyncError `INVALID_ARGUMENT`
 * @example
 * app.use("/contact-sync", createListener(contactSync, {
 *   authenticate: (request) => request.session?.userId && { userId: request.session.userId },
 * }));
 */
export function createListener<Incoming extends IncomingMessage = IncomingMessage>(
  contactSync: ContactsWithAccounts,
  options: MountOptions<Incoming>,
): Listener {
  const mounted = mount(contactSync, options);
  const listen = (
    request: IncomingMessage,
    response: ServerResponse,
    next?: (fault?: unknown) => void,
  ): void => {
    if (next !== undefined && mounted.within(request.url ?? "/") === undefined) {
      next();
      return;
    }
    mounted.answer(request, response, request as Incoming, refusalOf(request)).catch((fault) => {
      if (next === undefined) response.destroy(fault);
      else next(fault);
    });
  };
  return Object.assign(listen, { close: mounted.close });
}

/** Of a body that somebody has read before, nothing is to come, and whoever waits for it waits on. */
export function refusalOf(request: IncomingMessage): ContactSyncError | undefined {
  const { "content-length": length = "0", "transfer-encoding": chunked } = request.headers;
  const hasBody = chunked !== undefined || length !== "0";
  if (!hasBody || !(request.readableDidRead || request.readableEnded)) return undefined;
  return new ContactSyncError(
    "INVALID_CONFIGURATION",
    "the app has read the request's body before contact-sync got it: mount it before whatever reads bodies, such as express.json()",
  );
}

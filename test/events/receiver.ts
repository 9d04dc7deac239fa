import { once } from "node:events";
import {
  createServer,
  type IncomingMessage,
  type RequestListener,
  type ServerResponse,
} from "node:http";
import type { AddressInfo } from "node:net";
import { Webhook as Verifier } from "standardwebhooks";
import { afterEach } from "vitest";

export const SECRET = `whsec_${Buffer.alloc(32, 7).toString("base64")}`;

/** A message that came in, and was signed as it should be. */
export interface Received {
  readonly id: string;
  readonly type: string;
  readonly timestamp: string;
  readonly data: {
    readonly user_id: string;
    readonly phone_hash: string;
    readonly silent: boolean;
    readonly owners: readonly string[];
  };
}

export interface Receiver {
  readonly url: string;
  readonly port: number;
  /** All that came, those that were sent again too. */
  readonly received: Received[];
  /** Whatever could not be verified, or read. */
  readonly faults: unknown[];
  /** How it answers from now on. */
  answer(how: Answer): void;
  close(): Promise<void>;
}

export type Answer = (response: ServerResponse, request: IncomingMessage) => void;

export const status =
  (code: number, headers: Record<string, string> = {}): Answer =>
  (response) =>
    response.writeHead(code, headers).end();
export const hang: Answer = () => {};
export const hangUp: Answer = (response) => response.socket?.destroy();

const opened: Receiver[] = [];
/** Closes all of a test's receivers after it; call it once a file. */
export function useReceivers(): (how?: Answer) => Promise<Receiver> {
  afterEach(() => Promise.all(opened.splice(0).map((receiver) => receiver.close())));
  return async (how = status(204)) => {
    const receiver = await listen(how);
    opened.push(receiver);
    return receiver;
  };
}

async function listen(how: Answer): Promise<Receiver> {
  let answer = how;
  const received: Received[] = [];
  const faults: unknown[] = [];
  const verifier = new Verifier(SECRET);
  const onRequest: RequestListener = async (request, response) => {
    let body = "";
    for await (const chunk of request.setEncoding("utf8")) body += chunk;
    try {
      const headers = request.headers as Record<string, string>;
      const message = verifier.verify(body, headers) as Omit<Received, "id">;
      received.push({ id: String(headers["webhook-id"]), ...message });
    } catch (error) {
      faults.push(error);
    }
    answer(response, request);
  };
  const server = createServer((request, response) => {
    Promise.resolve(onRequest(request, response)).catch((error) => faults.push(error));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/hook`,
    port,
    received,
    faults,
    answer(next) {
      answer = next;
    },
    async close() {
      server.closeAllConnections();
      if (server.listening) await new Promise((resolve) => server.close(resolve));
    },
  };
}

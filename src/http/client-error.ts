import { randomUUID } from "node:crypto";
import { type ServerResponse, STATUS_CODES } from "node:http";
import type { Socket } from "node:net";
import { ContactSyncError } from "@contact-sync/client";
import type { FastifyBaseLogger } from "fastify";
import { problemBody } from "./problem.ts";

/** Of what Node's parser refuses, by its code; anything else is no HTTP at all. */
const STATUS_OF: Record<string, readonly [status: number, what: string]> = {
  ERR_HTTP_REQUEST_TIMEOUT: [408, "the request did not arrive in time"],
  HPE_HEADER_OVERFLOW: [431, "the request's headers are too long"],
};

/**
 * Answers what is no HTTP request, and ends its connection. The log gets the parser's code and
 * nothing else: the error holds the packet as it came, with token and numbers.
 */
export function answerClientError(fault: Error, socket: Socket, log: FastifyBaseLogger): void {
  const { code } = fault as { code?: string };
  // Nobody is left to read an answer.
  if (code === "ECONNRESET" || socket.destroyed) return;
  const requestId = randomUUID();
  log.debug({ request_id: requestId, code }, "not an HTTP request");
  // An answer that has begun, of a streamed body that breaks off, is not written into.
  const begun = (socket as { _httpMessage?: ServerResponse | null })._httpMessage?.headersSent;
  if (socket.writable && begun !== true) {
    const [status, what] = STATUS_OF[code ?? ""] ?? [400, "the request is not HTTP"];
    const problem = problemBody(new ContactSyncError("INVALID_REQUEST", what), requestId);
    const body = JSON.stringify({ ...problem, status });
    socket.write(
      `HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\n` +
        `content-type: application/problem+json; charset=utf-8\r\n` +
        `content-length: ${Buffer.byteLength(body)}\r\n` +
        `cache-control: no-store\r\nx-request-id: ${requestId}\r\nconnection: close\r\n\r\n${body}`,
    );
  }
  // Without the error: whoever listened for it would get the packet.
  socket.destroy();
}

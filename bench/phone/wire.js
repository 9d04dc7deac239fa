// What fetch sends and receives, counted at its connections: nothing stands between a subject and
// the service.
import { subscribe, unsubscribe } from "node:diagnostics_channel";

/**
 * Bytes of requests and of answers; the bodies are as long as their headers say.
 *
 * @typedef {object} Travelled
 * @property {number} requests
 * @property {number} sentBody
 * @property {number} receivedBody
 * @property {number} headers of requests and of answers together
 */

/**
 * Counts all that fetch of this process sends while the work goes on.
 *
 * @template Result
 * @param {() => Promise<Result>} work awaits each body to its end
 * @returns {Promise<Travelled & { result: Result }>}
 */
export async function countTravelled(work) {
  forgetClosed();
  const before = bytesOfSockets();
  const bodies = { requests: 0, sentBody: 0, receivedBody: 0 };
  const onRequest = (/** @type {any} */ { request, socket }) => {
    sockets.add(socket);
    bodies.requests += 1;
    bodies.sentBody += request.contentLength ?? 0;
  };
  const onAnswer = (/** @type {any} */ { response }) => {
    const lines = [];
    for (let at = 0; at < response.headers.length; at += 2) {
      lines.push(`${response.headers[at]}: ${response.headers[at + 1]}`);
    }
    bodies.receivedBody += lengthIn(lines.join("\r\n"));
  };
  subscribe("undici:client:sendHeaders", onRequest);
  subscribe("undici:request:headers", onAnswer);
  try {
    const result = await work();
    const headers = bytesOfSockets() - before - bodies.sentBody - bodies.receivedBody;
    return { ...bodies, headers, result };
  } finally {
    unsubscribe("undici:client:sendHeaders", onRequest);
    unsubscribe("undici:request:headers", onAnswer);
  }
}

/** @type {Set<import("node:net").Socket>} */
const sockets = new Set();
subscribe("undici:client:connected", (/** @type {any} */ { socket }) => {
  sockets.add(socket);
});

function forgetClosed() {
  for (const socket of sockets) if (socket.destroyed) sockets.delete(socket);
}

function bytesOfSockets() {
  let bytes = 0;
  for (const { bytesWritten, bytesRead } of sockets) bytes += bytesWritten + bytesRead;
  return bytes;
}

/** @param {string} headers */
function lengthIn(headers) {
  const length = /^content-length: *(\d+) *$/im.exec(headers)?.[1];
  return length === undefined ? 0 : Number(length);
}

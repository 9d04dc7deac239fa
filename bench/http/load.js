/** @import { IncomingMessage } from "node:http" */
import { once } from "node:events";
import { Agent, request } from "node:http";

/**
 * @typedef {{ token: string, body?: Buffer, method?: string, path?: string }} ServiceRequest `method`
 *   and `path`: default those of a sync
 *
 * @typedef {object} Answer
 * @property {number} ms from the first byte sent to the last received
 * @property {string} timing its Server-Timing
 * @property {Buffer} body
 * @property {number} sentBytes headers and body, as they went over the connection
 * @property {number} receivedBytes
 * @property {number} sentBodyBytes
 *
 * @typedef {(request: ServiceRequest) => Promise<Answer>} Sender
 */

/**
 * Sends requests from so many clients at once, each over a connection of its own that it keeps, and
 * each the next request when it has its answer whole. Nothing is parsed meanwhile.
 *
 * @param {string} address
 * @param {readonly ServiceRequest[]} requests
 * @param {number} clients
 * @returns {Promise<{ answers: Answer[], seconds: number }>} the answers in the order of the requests
 */
export async function load(address, requests, clients) {
  /** @type {Answer[]} */
  const answers = [];
  const left = requests.entries();
  return withSender(address, clients, async (send) => {
    const startedAt = performance.now();
    const client = async () => {
      for (const [place, next] of left) answers[place] = await send(next);
    };
    await Promise.all(Array.from({ length: clients }, client));
    return { answers, seconds: (performance.now() - startedAt) / 1000 };
  });
}

/**
 * Gives the work what sends a request over one of so many connections that are kept.
 *
 * @template Result
 * @param {string} address
 * @param {number} connections
 * @param {(send: Sender) => Promise<Result>} work
 * @returns {Promise<Result>}
 */
export async function withSender(address, connections, work) {
  const agent = new Agent({ keepAlive: true, maxSockets: connections });
  const { hostname, port } = new URL(address);
  try {
    return await work((next) => send({ agent, hostname, port }, next));
  } finally {
    agent.destroy();
  }
}

/**
 * @param {{ agent: Agent, hostname: string, port: string }} target
 * @param {ServiceRequest} request
 * @returns {Promise<Answer>}
 */
async function send(target, { token, body, method = "POST", path = "/api/v1/contacts/sync" }) {
  const startedAt = performance.now();
  const sent = request({
    ...target,
    method,
    path,
    headers: {
      authorization: `Bearer ${token}`,
      ...(body && { "content-type": "application/json", "content-length": body.length }),
    },
  });
  let before = { written: 0, read: 0 };
  // Before anything of the request is written.
  sent.once("socket", (socket) => {
    before = countsOf(socket);
  });
  sent.end(body);
  const [response] = /** @type {[IncomingMessage]} */ (await once(sent, "response"));
  // Given back to the agent at the response's end.
  const connection = response.socket;
  /** @type {Buffer[]} */
  const chunks = [];
  response.on("data", (chunk) => chunks.push(chunk));
  await once(response, "end");
  const ms = performance.now() - startedAt;
  const answer = Buffer.concat(chunks);
  if (response.statusCode !== 200) {
    throw new Error(`${method} ${path} was answered ${response.statusCode}: ${answer}`);
  }
  const after = countsOf(connection);
  return {
    ms,
    timing: String(response.headers["server-timing"]),
    body: answer,
    sentBytes: after.written - before.written,
    receivedBytes: after.read - before.read,
    sentBodyBytes: body?.length ?? 0,
  };
}

/** @param {import("node:net").Socket} socket */
function countsOf(socket) {
  return { written: socket.bytesWritten, read: socket.bytesRead };
}

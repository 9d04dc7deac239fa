/** @import { IncomingMessage } from "node:http" */
import { once } from "node:events";
import { Agent, request } from "node:http";

/**
 * @typedef {{ token: string, body: Buffer }} SyncRequest
 * @typedef {{ ms: number, timing: string, body: Buffer }} Answer `timing`: its Server-Timing
 */

/**
 * Sends requests from so many clients at once, each over a connection of its own that it keeps, and
 * each the next request when it has its answer whole. Nothing is parsed meanwhile.
 *
 * @param {string} address
 * @param {readonly SyncRequest[]} requests
 * @param {number} clients
 * @returns {Promise<{ answers: Answer[], seconds: number }>} `ms` from the first byte sent to the last received
 */
export async function load(address, requests, clients) {
  const agent = new Agent({ keepAlive: true, maxSockets: clients });
  const { hostname, port } = new URL(address);
  /** @type {Answer[]} */
  const answers = [];
  const left = requests.values();
  const startedAt = performance.now();
  const client = async () => {
    for (const next of left) answers.push(await send({ agent, hostname, port }, next));
  };
  try {
    await Promise.all(Array.from({ length: clients }, client));
    return { answers, seconds: (performance.now() - startedAt) / 1000 };
  } finally {
    agent.destroy();
  }
}

/**
 * @param {{ agent: Agent, hostname: string, port: string }} target
 * @param {SyncRequest} request
 * @returns {Promise<Answer>}
 */
async function send(target, { token, body }) {
  const startedAt = performance.now();
  const sent = request({
    ...target,
    method: "POST",
    path: "/api/v1/contacts/sync",
    headers: {
      authorization: `Bearer ${token}`,
      "content-type": "application/json",
      "content-length": body.length,
    },
  });
  sent.end(body);
  const [response] = /** @type {[IncomingMessage]} */ (await once(sent, "response"));
  /** @type {Buffer[]} */
  const chunks = [];
  response.on("data", (chunk) => chunks.push(chunk));
  await once(response, "end");
  const ms = performance.now() - startedAt;
  const answer = Buffer.concat(chunks);
  if (response.statusCode !== 200) {
    throw new Error(`a sync was answered ${response.statusCode}: ${answer}`);
  }
  return { ms, timing: String(response.headers["server-timing"]), body: answer };
}

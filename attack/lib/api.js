// Speaks to the service as an attacker does: from as many addresses as it takes, and patiently.

/** @import { IncomingMessage } from "node:http" */
import { once } from "node:events";
import { Agent, request as httpRequest } from "node:http";
import { request as httpsRequest, Agent as SecureAgent } from "node:https";
import { setTimeout as sleep } from "node:timers/promises";

/**
 * @typedef {object} Asked
 * @property {string} token
 * @property {string} method
 * @property {string} path below /api/v1
 * @property {unknown} [body]
 * @property {string} [from] the address that it comes from, where the service believes it
 *
 * @typedef {object} Answer
 * @property {number} status
 * @property {string | undefined} code of an error
 * @property {any} data of a success
 * @property {any} details of an error
 * @property {number} ms from the request's first byte to the answer's last
 * @property {import("node:http").IncomingHttpHeaders} headers
 */

const CONNECTIONS = 8;

export class Api {
  #agent;
  #request;

  /**
   * @param {string} address such as http://127.0.0.1:3000
   * @param {(line: string) => void} tell
   */
  constructor(address, tell) {
    this.address = address.replace(/\/+$/, "");
    this.tell = tell;
    const options = { keepAlive: true, maxSockets: CONNECTIONS };
    const isSecure = this.address.startsWith("https:");
    this.#request = isSecure ? httpsRequest : httpRequest;
    this.#agent = isSecure ? new SecureAgent(options) : new Agent(options);
  }

  /**
   * Asks, and where there were too many requests in a minute, waits and asks again: a limit a minute
   * keeps nobody from a day's work.
   *
   * @param {Asked} asked
   * @returns {Promise<Answer>}
   */
  async ask(asked) {
    for (;;) {
      const answer = await this.#send(asked);
      if (answer.code !== "RATE_LIMITED") return answer;
      const seconds = Number(answer.headers["retry-after"] ?? 1);
      this.tell(`Too many requests in a minute: waiting ${seconds} s.`);
      await sleep(seconds * 1_000 + 100);
    }
  }

  /**
   * Likewise, where anything but success is a fault of the play.
   *
   * @param {Asked} asked
   * @returns {Promise<any>} its data
   */
  async must(asked) {
    const answer = await this.ask(asked);
    if (answer.status !== 200) {
      throw new Error(
        `${asked.method} ${asked.path.replaceAll(/[0-9a-f-]{32,36}/g, "…")} was answered ${answer.status} ${answer.code}`,
      );
    }
    return answer.data;
  }

  close() {
    this.#agent.destroy();
  }

  /**
   * @param {Asked} asked
   * @returns {Promise<Answer>}
   */
  async #send({ token, method, path, body, from }) {
    const content = body === undefined ? undefined : Buffer.from(JSON.stringify(body));
    const startedAt = performance.now();
    const sent = this.#request(`${this.address}/api/v1${path}`, {
      agent: this.#agent,
      method,
      headers: {
        authorization: `Bearer ${token}`,
        ...(from && { "x-forwarded-for": from }),
        ...(content && { "content-type": "application/json", "content-length": content.length }),
      },
    });
    sent.end(content);
    const [response] = /** @type {[IncomingMessage]} */ (await once(sent, "response"));
    /** @type {Buffer[]} */
    const chunks = [];
    response.on("data", (chunk) => chunks.push(chunk));
    await once(response, "end");
    const ms = performance.now() - startedAt;
    const text = Buffer.concat(chunks).toString();
    const { code, data, details } = text.startsWith("{") ? JSON.parse(text) : {};
    return { status: response.statusCode ?? 0, code, data, details, ms, headers: response.headers };
  }
}

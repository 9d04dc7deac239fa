/** @import { Answer, Api } from "./api.js" */
import { randomUUID } from "node:crypto";
import { signToken } from "../../dist/security/sign-token.js";

const TOKEN_SECONDS = 36_000;

/** A user of the app, who may have verified a number or not. */
export class Account {
  #api;
  #token;
  #from;

  /**
   * @param {Api} api
   * @param {string} secret that the app signs its tokens with
   */
  static async make(api, secret) {
    const userId = randomUUID();
    const token = await signToken(secret, {
      role: "authenticated",
      userId,
      expiresInSeconds: TOKEN_SECONDS,
    });
    return new Account(api, userId, token);
  }

  /**
   * @param {Api} api
   * @param {string} userId
   * @param {string} token
   */
  constructor(api, userId, token) {
    this.userId = userId;
    this.#api = api;
    this.#token = token;
    // An address of its own, of those that belong to nobody.
    const [a, b, c] = Buffer.from(userId.slice(0, 6), "hex");
    this.#from = `10.${a}.${b}.${c}`;
  }

  /**
   * @param {string} method
   * @param {string} path below /api/v1
   * @param {unknown} [body]
   * @returns {Promise<Answer>}
   */
  ask(method, path, body) {
    return this.#api.ask(this.#asked(method, path, body));
  }

  /**
   * Likewise, where anything but success is a fault of the play.
   *
   * @param {string} method
   * @param {string} path
   * @param {unknown} [body]
   */
  must(method, path, body) {
    return this.#api.must(this.#asked(method, path, body));
  }

  /**
   * @param {readonly string[]} phoneHashes
   * @param {Record<string, unknown>} [settings] `mode`, `deviceId`, `confirmRemoval`
   */
  sync(phoneHashes, settings = {}) {
    const body = { phoneHashes, deviceContactsCount: phoneHashes.length, ...settings };
    return this.ask("POST", "/contacts/sync", body);
  }

  /** Deletes the whole book. */
  clear() {
    return this.must("DELETE", "/contacts");
  }

  /**
   * @param {string} method
   * @param {string} path
   * @param {unknown} body
   */
  #asked(method, path, body) {
    return { token: this.#token, method, path, body, from: this.#from };
  }
}

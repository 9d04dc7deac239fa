// A device that syncs over HTTP, as a phone does: hashes, a token, a digest.

/**
 * @import { Answer, Sender, ServiceRequest } from "../http/load.js"
 */
import { applyToDigest, digestOf, hashPhoneNumbers } from "@contact-sync/client";
import { signToken } from "../../dist/security/sign-token.js";
import { addressBook, userId } from "../lib/address-books.js";
import { ADDED, CALL, REMOVED } from "./cases.js";

const DEVICE = "0f8fad5b-d9cb-469f-a165-70867728950e";

export class HttpDevice {
  /**
   * @param {{ owner: number, contacts: number, directorySize: number, secret: string }} of
   * @returns {Promise<HttpDevice>}
   */
  static async make({ owner, contacts, directorySize, secret }) {
    const token = await signToken(secret, {
      role: "authenticated",
      userId: userId(owner),
      expiresInSeconds: 36_000,
    });
    // More than the book has: those that come later.
    const numbers = addressBook(owner, 2 * contacts, directorySize);
    return new HttpDevice(token, hashPhoneNumbers(numbers).hashes, contacts);
  }

  /**
   * @param {string} token the user's
   * @param {string[]} hashes
   * @param {number} contacts
   */
  constructor(token, hashes, contacts) {
    this.token = token;
    this.set = hashes.slice(0, contacts);
    this.spare = hashes.slice(contacts);
    this.digest = digestOf(this.set);
    this.syncToken = "";
  }

  /** What the device sends that has nothing to tell. @returns {ServiceRequest} */
  nothing() {
    return this.#delta(this.digest, [], []);
  }

  /** The cheapest route that asks who calls and reads a row. @returns {ServiceRequest} */
  status() {
    return { token: this.token, method: "GET", path: "/api/v1/contacts/sync/status" };
  }

  /** Some numbers come and some go. @returns {ServiceRequest} */
  changed() {
    return this.#change(ADDED, REMOVED);
  }

  /** Lets go of what `changed` has left too many, so that the book stays as large as it was. */
  trim() {
    return this.#change(0, ADDED - REMOVED);
  }

  /**
   * Those that go come again one day.
   *
   * @param {number} coming
   * @param {number} going
   */
  #change(coming, going) {
    const added = this.spare.splice(0, coming);
    const removed = this.set.splice(0, going);
    this.set.push(...added);
    this.spare.push(...removed);
    this.digest = applyToDigest(this.digest, { added, removed });
    return this.#delta(this.digest, added, removed);
  }

  /** The whole snapshot, of a book that one request takes. @returns {ServiceRequest} */
  full() {
    return this.#post("", {
      phoneHashes: this.set,
      deviceContactsCount: this.set.length,
      mode: "replace",
      deviceId: DEVICE,
    });
  }

  /**
   * The whole snapshot of any book, in as many requests as it takes.
   *
   * @param {Sender} send
   * @returns {Promise<Answer[]>}
   */
  async fullAnswers(send) {
    if (this.set.length <= CALL) return [this.took(await send(this.full()))];
    const answers = [
      await send(
        this.#post("/sessions", {
          deviceId: DEVICE,
          mode: "replace",
          deviceContactsCount: this.set.length,
        }),
      ),
    ];
    const { session_id: id } = dataOf(answers[0]);
    const parts = Math.ceil(this.set.length / CALL);
    for (let part = 0; part < parts; part += 1) {
      const phoneHashes = this.set.slice(part * CALL, (part + 1) * CALL);
      answers.push(
        await send({
          ...this.#post(`/sessions/${id}/parts/${part}`, { phoneHashes }),
          method: "PUT",
        }),
      );
    }
    const commit = { parts, digest: this.digest };
    answers.push(this.took(await send(this.#post(`/sessions/${id}/commit`, commit))));
    return answers;
  }

  /**
   * Keeps what the answer gives for the next sync.
   *
   * @param {Answer} answer
   */
  took(answer) {
    this.syncToken = dataOf(answer).sync_token;
    return answer;
  }

  /**
   * @param {string} digest
   * @param {string[]} added
   * @param {string[]} removed
   */
  #delta(digest, added, removed) {
    return this.#post("/delta", { syncToken: this.syncToken, digest, added, removed });
  }

  /**
   * @param {string} path below the sync's
   * @param {object} body
   * @returns {ServiceRequest}
   */
  #post(path, body) {
    return {
      token: this.token,
      method: "POST",
      path: `/api/v1/contacts/sync${path}`,
      body: Buffer.from(JSON.stringify(body)),
    };
  }
}

/** @param {Answer | undefined} answer */
export function dataOf(answer) {
  return JSON.parse(String(answer?.body)).data;
}

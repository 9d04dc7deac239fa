/** @import { Api } from "./api.js" */
import { hash, randomInt, randomUUID } from "node:crypto";
import { signToken } from "../../dist/security/sign-token.js";

const TOKEN_SECONDS = 36_000;
const AT_ONCE = 8;
/** The numbers that were given out, of which some have accounts: the first of the plan. */
const ISSUED = 100_000;

/** The numbering plan: so many numbers behind the prefix. */
export const PLAN = 1_000_000;

/**
 * A made-up numbering plan, and a directory whose truth is known: what an attacker says is held
 * against it. Every run has a plan of its own, so that it may be played on one service again.
 */
export class World {
  #api;
  #service;
  #prefix;
  /** Who has the number, by its hash; everybody else of the plan has no account. @type {Map<string, string>} */
  #registered = new Map();

  /**
   * @param {Api} api
   * @param {{ secret: string, registered: number, prefix?: string }} how
   */
  static async make(api, { secret, registered, prefix = `+2010${randomInt(10, 100)}` }) {
    const service = await signToken(secret, {
      role: "service_role",
      expiresInSeconds: TOKEN_SECONDS,
    });
    const world = new World(api, service, prefix);
    const places = new Set();
    while (places.size < registered) places.add(randomInt(ISSUED));
    await inTurns([...places], async (place) => {
      await world.register(place, randomUUID());
    });
    return world;
  }

  /**
   * @param {Api} api
   * @param {string} service the back end's token
   * @param {string} prefix
   */
  constructor(api, service, prefix) {
    this.#api = api;
    this.#service = service;
    this.#prefix = prefix;
  }

  /** The number in E.164 at a place of the plan. @param {number} place */
  number(place) {
    return this.#prefix + String(place).padStart(String(PLAN - 1).length, "0");
  }

  /** Its phone hash. @param {number} place */
  hash(place) {
    return hash("sha256", this.number(place)).slice(0, 32);
  }

  /**
   * The hashes of so many numbers in a row.
   *
   * @param {number} first
   * @param {number} count
   */
  range(first, count) {
    return Array.from({ length: count }, (_, index) => this.hash((first + index) % PLAN));
  }

  /** A place beyond all that were given out: never the same twice. */
  spare() {
    this.#spare += 1;
    return PLAN - this.#spare;
  }
  #spare = 0;

  /**
   * The app's back end links the number to a user.
   *
   * @param {number} place
   * @param {string} userId
   */
  async register(place, userId) {
    await this.#api.must({
      token: this.#service,
      method: "PUT",
      path: `/users/${userId}/phones`,
      body: { phoneNumber: this.number(place) },
      from: `10.${place % 251}.0.1`,
    });
    this.#registered.set(this.hash(place), userId);
  }

  /**
   * The app's back end takes the number from its user again.
   *
   * @param {number} place
   */
  async leave(place) {
    const hash = this.hash(place);
    await this.#api.must({
      token: this.#service,
      method: "DELETE",
      path: `/users/${this.#registered.get(hash)}/phones`,
      body: { phoneNumber: this.number(place) },
    });
    this.#registered.delete(hash);
  }

  /**
   * How many of these numbers have accounts, in truth.
   *
   * @param {readonly string[]} hashes
   */
  registeredAmong(hashes) {
    return hashes.reduce((sum, one) => sum + (this.#registered.has(one) ? 1 : 0), 0);
  }

  /**
   * How many of these matches are true.
   *
   * @param {readonly { phone_hash: string, user_id: string }[]} matches
   */
  confirmed(matches) {
    return matches.filter((match) => this.#registered.get(match.phone_hash) === match.user_id)
      .length;
  }
}

/**
 * Some at once, as a back end does.
 *
 * @template Item
 * @param {readonly Item[]} items
 * @param {(item: Item) => Promise<void>} work
 */
export async function inTurns(items, work) {
  const left = items.values();
  const worker = async () => {
    for (const item of left) await work(item);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
}

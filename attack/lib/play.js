/**
 * @import { Account } from "./account.js"
 * @import { Allowance } from "./allowance.js"
 * @import { Answer, Api } from "./api.js"
 * @import { Stolen } from "./dump.js"
 */
import { CALL, Meter } from "./allowance.js";

/**
 * @typedef {object} Target a running service
 * @property {string} address
 * @property {string} secret that its tokens are signed with
 * @property {Stolen | undefined} stolen its database, for what is done with a dump
 *
 * @typedef {"quick" | "full"} Size
 *
 * @typedef {object} Stage what an attack is played on
 * @property {Api} api
 * @property {import("./world.js").World} world
 * @property {() => Promise<Account>} newAccount
 * @property {Stolen | undefined} stolen
 * @property {Size} size
 *
 * @typedef {object} Outcome
 * @property {"played" | "not offered" | "left out"} state
 * @property {"nothing" | "bounded" | "open"} gain `nothing`: the attack learns nothing; `bounded`: so
 *   much and no more; `open`: what it is after lies open
 * @property {string} verdict a sentence for somebody who has read nothing else
 * @property {number} [accounts] that it took
 * @property {number} [asked] numbers that were sent
 * @property {number} [learned] of those, whose answer was true: has an account, or has none
 * @property {number} [found] of those, who have an account
 * @property {string | null} [refusedBy] the code that ended it
 * @property {Allowance} [allowance] of one account
 * @property {Record<string, unknown>} [figures] whatever else was measured
 *
 * @typedef {object} Attack
 * @property {string} id
 * @property {string} name
 * @property {(stage: Stage) => Promise<Outcome>} play
 */

/** An attacker who meets no end of it stops here. */
const ENOUGH = 60_000;

/** How many numbers an attack came to, and by what it was ended. */
export class Tally {
  asked = 0;
  learned = 0;
  found = 0;
  /** @type {string | null} */
  refusedBy = null;
  meter = new Meter();

  /**
   * Counts an answer. Where not all who have an account were named, silence says nothing, and only
   * those who were named are learned.
   *
   * @param {Stage["world"]} world
   * @param {readonly string[]} hashes that were asked
   * @param {Answer} answer
   */
  count(world, hashes, answer) {
    this.meter.read(answer);
    this.asked += hashes.length;
    if (answer.status !== 200) {
      this.refusedBy ??= answer.code ?? String(answer.status);
      return;
    }
    const found = world.confirmed(answer.data.matches);
    this.found += found;
    this.learned += found === world.registeredAmong(hashes) ? hashes.length : found;
  }
}

/**
 * Sends ever more numbers until the service refuses, then once more as many as it has room for.
 *
 * @param {Stage} stage
 * @param {(first: number, count: number) => string[]} numbers the hashes of numbers never asked before,
 *   no more than `count`
 * @param {(hashes: string[]) => Promise<Answer>} send
 * @param {Tally} [tally]
 */
export async function askUntilRefused({ world }, numbers, send, tally = new Tally()) {
  let isLast = false;
  for (let next = 0, count = CALL; next < ENOUGH; ) {
    const hashes = numbers(next, count);
    const answer = await send(hashes);
    tally.count(world, hashes, answer);
    if (answer.status === 200) {
      if (isLast) break;
      next += hashes.length;
      continue;
    }
    if (answer.code !== "NEW_NUMBER_BUDGET_EXCEEDED") break;
    count = Math.min(CALL, answer.details.remaining);
    if (isLast || count < 1) break;
    isLast = true;
  }
  return tally;
}

/**
 * What such an attack comes to.
 *
 * @param {Tally} tally
 * @param {{ accounts?: number, verdict: (allowance: Allowance) => string, figures?: Record<string, unknown> }} rest
 * @returns {Outcome}
 */
export function asked(
  { asked, learned, found, refusedBy, meter },
  { accounts = 1, verdict, figures },
) {
  const allowance = meter.allowance();
  return {
    state: "played",
    gain: learned === 0 ? "nothing" : allowance.bound === "budget" ? "bounded" : "open",
    verdict: verdict(allowance),
    accounts,
    asked,
    learned,
    found,
    refusedBy,
    allowance,
    ...(figures && { figures }),
  };
}

/** @param {number} value */
export const inWords = (value) => Math.round(value).toLocaleString("en-US");

/** @param {Allowance} allowance */
export const aDay = ({ bound, firstDay, eachDayAfter }) =>
  bound === "budget"
    ? `An account learns at most ${inWords(firstDay)} numbers on its first day and ${inWords(eachDayAfter)} on each one after`
    : `Nothing but ${bound === "requests" ? "the limit of requests" : "the service's speed"} ends it: ${inWords(firstDay)} numbers a day and account`;

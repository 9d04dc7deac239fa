/** @import { Answer } from "./api.js" */

// What an account may ask in a day, as the service itself says: its budget and how fast that
// refills, or, where it has none, its limit of requests. Nothing is known beforehand.

const DAY = 86_400;
/** Numbers a request. */
export const CALL = 10_000;

/**
 * @typedef {object} Allowance
 * @property {"budget" | "requests" | "speed"} bound what ends it
 * @property {number} firstDay numbers an account may ask on its first day
 * @property {number} eachDayAfter and on each one after
 * @property {number | null} limit of the budget
 */

export class Meter {
  /** @type {{ limit: number, remaining: number, reset: number } | null} */
  #budget = null;
  #requests = 0;
  #perRequest = 0;
  #seconds = 0;
  #requestsADay = Number.POSITIVE_INFINITY;

  /** @param {Answer} answer of a sync, granted or refused */
  read({ data, code, details, headers, ms }) {
    const budget = code === "NEW_NUMBER_BUDGET_EXCEEDED" ? details : data?.budget;
    // Told best when most is spent: seconds are whole ones.
    if (budget && budget.reset >= (this.#budget?.reset ?? 0)) this.#budget = budget;
    const limit = Number(headers["ratelimit-limit"]);
    const reset = Number(headers["ratelimit-reset"]);
    // The first answer of a window tells how long one is.
    if (this.#requests === 0 && limit > 0 && reset > 0) this.#requestsADay = (limit / reset) * DAY;
    if (data?.total_processed > 0) {
      this.#perRequest = Math.max(this.#perRequest, data.total_processed);
      this.#requests += 1;
      this.#seconds += ms / 1_000;
    }
  }

  /** @returns {Allowance} */
  allowance() {
    const budget = this.#budget;
    if (budget !== null && budget.reset > 0) {
      const eachDayAfter = Math.round(((budget.limit - budget.remaining) / budget.reset) * DAY);
      return {
        bound: "budget",
        firstDay: budget.limit + eachDayAfter,
        eachDayAfter,
        limit: budget.limit,
      };
    }
    const byRequests = this.#requestsADay * this.#perRequest;
    const bySpeed = (this.#requests * this.#perRequest * DAY) / Math.max(this.#seconds, 1e-3);
    const aDay = Math.round(Math.min(byRequests, bySpeed));
    const bound = byRequests <= bySpeed ? "requests" : "speed";
    return { bound, firstDay: aDay, eachDayAfter: aDay, limit: null };
  }
}

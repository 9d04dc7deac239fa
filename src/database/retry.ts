import { setTimeout as delay } from "node:timers/promises";

// Serialisation failure and deadlock: PostgreSQL chose this transaction to give way, and the same
// work done again succeeds.
const GIVES_WAY = new Set(["40001", "40P01"]);
const ATTEMPTS = 5;
const FIRST_DELAY_MS = 10;

/** Does work again while PostgreSQL makes it give way to others: up to five times, ever later. */
export async function withRetry<Result>(work: () => Promise<Result>): Promise<Result> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await work();
    } catch (error) {
      const { code } = error as { code?: unknown };
      if (attempt === ATTEMPTS || typeof code !== "string" || !GIVES_WAY.has(code)) throw error;
      // Some chance in it, or two that collided collide again.
      await delay(FIRST_DELAY_MS * 2 ** attempt * (0.5 + Math.random()));
    }
  }
}

import { setTimeout as delay } from "node:timers/promises";

// For a test that would never end. No test waits for it, however loaded its machine is.
const LIMIT_MS = 120_000;

/** Waits until a condition holds, or gives something, and hands that on. */
export async function until<Value>(
  what: string,
  condition: () => Value | Promise<Value>,
): Promise<NonNullable<Exclude<Value, false | "" | 0>>> {
  const deadline = performance.now() + LIMIT_MS;
  for (;;) {
    const value = await condition();
    if (value) return value as NonNullable<Exclude<Value, false | "" | 0>>;
    if (performance.now() > deadline) throw new Error(`It never came about that ${what}.`);
    await delay(5);
  }
}

import { setTimeout as delay, setImmediate as turn } from "node:timers/promises";

// For what will never come; nothing that comes is too late for it, however loaded the machine is.
const LIMIT_MS = 120_000;

/** Waits until a condition holds, or gives something, and hands that on. */
export async function until<Value>(
  what: string,
  condition: () => Value | Promise<Value>,
): Promise<Exclude<Value, false | 0 | "" | null | undefined>> {
  const deadline = performance.now() + LIMIT_MS;
  for (;;) {
    const value = await condition();
    if (value) return value as Exclude<Value, false | 0 | "" | null | undefined>;
    if (performance.now() > deadline) throw new Error(`It never came about that ${what}`);
    await delay(5);
  }
}

/** Lets all that goes on in this process, and waits for nothing outside of it, come to rest. */
export async function untilAtRest(): Promise<void> {
  for (let turns = 0; turns < 300; turns += 1) await turn();
}

import type { TextStorage } from "../../src/storage/storage.ts";

/** What happens at a call, counted from 0. Behind a crash every call fails, until `restart`. */
export interface Fault {
  readonly at: number;
  /**
   * `before`: nothing was written. `torn`: so many characters were. `after`: all of it, and nobody
   * is told. `lost`: nothing was written, and all is said to be well.
   */
  readonly how: "before" | "after" | "lost" | "quota" | { readonly torn: number };
}

export class Crash extends Error {}

/** A storage in memory that fails as it is told to. */
export function faultyStorage() {
  const entries = new Map<string, string>();
  let faults: readonly Fault[] = [];
  let calls = 0;
  let isDown = false;
  let largest = 0;
  const log: string[] = [];

  async function call(what: string, effect: (fault?: { torn: number }) => void): Promise<void> {
    await undefined;
    if (isDown) throw new Crash("the process is gone");
    const fault = faults.find(({ at }) => at === calls);
    calls += 1;
    log.push(what);
    const how = fault?.how;
    if (how === undefined) return effect();
    if (how === "lost") return;
    if (how === "quota") throw new DOMException("full", "QuotaExceededError");
    isDown = true;
    if (how === "after") effect();
    else if (how !== "before") effect(how);
    throw new Crash("the process is gone");
  }

  const storage: TextStorage = {
    async getItem(name) {
      let text: string | null = null;
      await call(`get ${name}`, () => {
        text = entries.get(name) ?? null;
      });
      return text;
    },
    async setItem(name, text) {
      largest = Math.max(largest, text.length);
      await call(`set ${name}`, (fault) => entries.set(name, text.slice(0, fault?.torn)));
    },
    async removeItem(name) {
      await call(`remove ${name}`, () => entries.delete(name));
    },
  };
  return {
    storage,
    entries,
    /** Each call so far. */
    log,
    largest: () => largest,
    calls: () => calls,
    /** From the next call on, which is number 0. */
    fail(next: readonly Fault[]) {
      faults = next;
      calls = 0;
      log.length = 0;
    },
    restart() {
      isDown = false;
      faults = [];
      calls = 0;
      log.length = 0;
    },
  };
}

import { throwIfAborted } from "../slices/slices.ts";

/** What the friend finder takes from around it; tests give their own. */
export interface Platform {
  readonly fetch: typeof globalThis.fetch;
  /** The wall clock, in milliseconds, which people set as they like. */
  now(): number;
  /**
   * Resolves when the time is over.
   *
   * @throws ContactSyncError `ABORTED`
   */
  sleep(milliseconds: number, signal?: AbortSignal | undefined): Promise<void>;
  /** From 0 to 1, 1 excluded. */
  random(): number;
  /** Lets one piece of work of a name go on at a time, in all tabs where the platform can. */
  exclusively<Result>(name: string, work: () => Promise<Result>): Promise<Result>;
}

/** What not every platform has. */
interface Surroundings {
  readonly crypto?: { getRandomValues?(into: Uint32Array): Uint32Array };
  readonly navigator?: {
    readonly locks?: {
      request<Result>(name: string, work: () => Promise<Result>): Promise<Result>;
    };
  };
}

/** That of the browser, of React Native or of Node. */
export function defaultPlatform(fetch: typeof globalThis.fetch | undefined): Platform {
  return {
    // Some platforms' fetch insists on being called as a function of the global object.
    fetch: fetch ?? ((...request) => globalThis.fetch(...request)),
    now: () => Date.now(),
    sleep,
    random,
    exclusively: (name, work) => {
      const { navigator } = globalThis as Surroundings;
      const locks = navigator?.locks;
      const alone = () => inTurn(name, work);
      // Also within the page, where a lock of another partition may not be seen.
      return locks === undefined ? alone() : locks.request(name, alone);
    },
  };
}

/** Of a generator that nobody can foretell, where the platform has one. */
function random(): number {
  const { crypto } = globalThis as Surroundings;
  if (crypto?.getRandomValues === undefined) return Math.random();
  return (crypto.getRandomValues(new Uint32Array(1))[0] as number) / 2 ** 32;
}

function sleep(milliseconds: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const end = () => {
      clearTimeout(timer);
      signal?.removeEventListener("abort", end);
      try {
        throwIfAborted(signal);
        resolve();
      } catch (error) {
        reject(error);
      }
    };
    const timer = setTimeout(end, milliseconds);
    signal?.addEventListener("abort", end);
    if (signal?.aborted) end();
  });
}

const turns = new Map<string, Promise<unknown>>();

/** One after another within this run of the app. */
export async function inTurn<Result>(name: string, work: () => Promise<Result>): Promise<Result> {
  const before = turns.get(name);
  const mine = (before ?? Promise.resolve()).then(work, work);
  turns.set(name, mine);
  try {
    return await mine;
  } finally {
    if (turns.get(name) === mine) turns.delete(name);
  }
}

/** As many random hexadecimal characters. */
export function randomHex({ random }: Platform, length: number): string {
  let text = "";
  while (text.length < length) text += Math.floor(random() * 16).toString(16);
  return text;
}

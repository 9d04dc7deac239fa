import type { Foreground, FriendChanges, SubscribeOptions } from "./friend-finder.ts";
import type { Platform } from "./platform.ts";

/** Between two questions, while nothing is new; at most, and at first. */
const SHORTEST_MS = 60_000;
const LONGEST_MS = 15 * 60_000;

type Listener = (changes: FriendChanges) => void;

/** Who is told of joiners and leavers, and the timer that asks for them. */
export class Subscriptions {
  readonly #platform: Platform;
  readonly #foreground: Foreground;
  readonly #listeners = new Set<Listener>();

  constructor(platform: Platform, foreground: Foreground) {
    this.#platform = platform;
    this.#foreground = foreground;
  }

  /**
   * @param ask asks the service, and tells whoever has subscribed
   * @returns how to stop
   */
  add(listener: Listener, ask: () => Promise<unknown>, onError: SubscribeOptions["onError"]) {
    let news = false;
    let wake = () => {};
    const own: Listener = (changes) => {
      news = true;
      listener(changes);
    };
    this.#listeners.add(own);
    const ending = new AbortController();
    const stopWatching = this.#foreground.onChange(() => wake());
    const run = async () => {
      let waitMs = SHORTEST_MS;
      while (!ending.signal.aborted) {
        if (this.#foreground.isActive()) {
          news = false;
          await ask().catch((error) => called(() => onError?.(error)));
          waitMs = news ? SHORTEST_MS : Math.min(waitMs * 2, LONGEST_MS);
        }
        const nap = new AbortController();
        const end = () => nap.abort();
        wake = () => {
          waitMs = SHORTEST_MS;
          end();
        };
        ending.signal.addEventListener("abort", end);
        if (ending.signal.aborted) end();
        // Ended early is no fault.
        await this.#platform
          .sleep(waitMs * (0.75 + this.#platform.random() / 2), nap.signal)
          .catch(() => {});
        ending.signal.removeEventListener("abort", end);
      }
    };
    void run();
    return () => {
      this.#listeners.delete(own);
      stopWatching();
      ending.abort();
    };
  }

  /** Tells everybody, if there is something to tell. */
  tell(changes: FriendChanges): void {
    if (changes.joined.length + changes.left.length === 0) return;
    for (const listener of [...this.#listeners]) {
      // Another one may have stopped it.
      if (this.#listeners.has(listener)) called(() => listener(changes));
    }
  }

  /** Whether anybody would be told. */
  isAnybodyThere(): boolean {
    return this.#listeners.size > 0;
  }
}

/** A fault of a function of the app's is the app's, and ends neither a sync nor a subscription. */
function called(ofTheApp: () => void): void {
  try {
    ofTheApp();
  } catch (error) {
    setTimeout(() => {
      throw error;
    });
  }
}

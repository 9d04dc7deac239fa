// What the page shows is asked again by and by: while it is seen, unless it is paused. A question
// that fails keeps the last answer.
import { computed, effect, type ReadonlySignal, signal } from "@preact/signals";
import { useEffect, useMemo } from "preact/hooks";
import { type Answer, askWith, type Question } from "./ask.ts";
import type { Failure } from "./failure.ts";
import { isRefused, key, signOut } from "./session.ts";

export const INTERVALS = [10, 30, 60, 300] as const;

export const isPaused = signal(false);
export const intervalSeconds = signal<number>(30);
const isHidden = signal(document.hidden);
/** Each time at which the page asks again is another; by itself, it waits as long as it was told to. */
const round = signal({ count: 0, waits: true });

export interface Known<Data> {
  readonly data: Data | undefined;
  /** When the data was asked for. */
  readonly at: number | undefined;
  readonly failure: Failure | undefined;
  readonly isAsking: boolean;
}

const NOTHING: Known<never> = {
  data: undefined,
  at: undefined,
  failure: undefined,
  isAsking: true,
};

const shown = signal<readonly ReadonlySignal<Known<unknown>>[]>([]);

/** How the whole page stands: since when what it shows is as it is, and what is in the way. */
export const standing = computed(() => {
  const all = shown.value.map((known) => known.value);
  const times = all.flatMap(({ at }) => at ?? []);
  return {
    at: times.length > 0 ? Math.min(...times) : undefined,
    failure: all.find(({ failure }) => failure !== undefined)?.failure,
    isAsking: all.some(({ isAsking }) => isAsking),
  };
});

document.addEventListener("visibilitychange", () => {
  isHidden.value = document.hidden;
});
addEventListener("online", () => askAgain());

/** Now: also while it is paused, and what the service has asked to wait with. */
export function askAgain(): void {
  round.value = { count: round.value.count + 1, waits: false };
}

function askInTurn(): void {
  round.value = { count: round.value.count + 1, waits: true };
}

// Seen again, the page asks at once: what it shows may be hours old.
let wasHidden = isHidden.value;
effect(() => {
  const isSeenAgain = wasHidden && !isHidden.value;
  wasHidden = isHidden.value;
  if (isPaused.value || isHidden.value || key.value === undefined) return undefined;
  if (isSeenAgain) queueMicrotask(askAgain);
  const timer = setInterval(askInTurn, intervalSeconds.value * 1000);
  return () => clearInterval(timer);
});

/** Asks as whoever is signed in; who is refused has to sign in again. */
export async function ask<Data>(path: string, question?: Question): Promise<Answer<Data>> {
  const asked = key.value ?? "";
  const answer = await askWith<Data>(asked, path, question);
  // Not where somebody else has signed in meanwhile.
  if (answer.failure !== undefined && isRefused(answer.failure) && key.value === asked) {
    signOut(answer.failure);
  }
  return answer;
}

interface LiveQuestion<Data> {
  readonly known: ReadonlySignal<Known<Data>>;
  /** Asks until it is told to stop. */
  start(): () => void;
  ask(): Promise<void>;
}

/**
 * The answer to a question for as long as the component is there. With `once`, it is asked again
 * only where somebody says so: what costs the database much.
 */
export function useLive<Data>(path: string, { once = false } = {}) {
  const live = useMemo(() => liveQuestion<Data>(path, once), [path, once]);
  useEffect(() => live.start(), [live]);
  return { ...live.known.value, askAgain: live.ask };
}

function liveQuestion<Data>(path: string, once: boolean): LiveQuestion<Data> {
  const known = signal<Known<Data>>(NOTHING);
  let controller = new AbortController();
  let notBefore = 0;

  const askNow = async () => {
    controller.abort();
    controller = new AbortController();
    const { signal } = controller;
    known.value = { ...known.value, isAsking: true };
    const at = Date.now();
    const { data, failure } = await ask<Data>(path, { signal });
    if (signal.aborted) return;
    if (failure === undefined) known.value = { data, at, failure, isAsking: false };
    else known.value = { ...known.value, failure, isAsking: false };
    notBefore = Date.now() + (failure?.retryAfterSeconds ?? 0) * 1000;
  };

  const start = () => {
    let first = true;
    shown.value = [...shown.peek(), known];
    const stop = effect(() => {
      const mayAsk = !round.value.waits || (!once && Date.now() >= notBefore);
      // The first time it only begins to listen.
      if (!first && mayAsk && !known.peek().isAsking) queueMicrotask(askNow);
      first = false;
    });
    queueMicrotask(askNow);
    return () => {
      stop();
      controller.abort();
      shown.value = shown.peek().filter((other) => other !== known);
    };
  };
  return { known, start, ask: askNow };
}

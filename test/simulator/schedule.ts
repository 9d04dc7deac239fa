import { setTimeout as delay, setImmediate as turn } from "node:timers/promises";
import type { Random } from "./random.ts";

/** Something that cannot go on by itself: a request, a write, a wait. The schedule lets it go on. */
export interface Pending {
  /** Whose it is; undefined for what is under way in the network alone. */
  readonly process: Process | undefined;
  readonly kind: "request" | "storage" | "sleep" | "network";
  /** Not before, by the schedule's clock. */
  readonly due: number;
  /** Lets it go on. Not asked again. */
  release(): Promise<void> | void;
}

export const BEGINNING = Date.UTC(2027, 0, 1);
/** How long what computes may take until it counts as stuck: nobody will bring what it waits for. */
const STUCK_MS = 60_000;
/** Real time in which what waits for nothing but time shows whether it has more to do. */
const IDLE_ROUNDS = 3;
const IDLE_ROUND_MS = 1;

/**
 * Decides, by the seed, which of all that is pending goes on next, and has a clock of its own, which
 * goes on where nothing else does. Real time decides nothing: what computes is waited for.
 */
export class Schedule {
  readonly #random: Random;
  readonly #pending = new Set<Pending>();
  readonly #processes = new Set<Process>();
  /** Milliseconds since 1970 of a day in the simulated world. */
  now = BEGINNING;
  #started = 0;

  constructor(random: Random) {
    this.#random = random;
  }

  get isEmpty(): boolean {
    return this.#pending.size === 0;
  }

  /** @param random all that is decided for it: processes that compute at once do so in any order */
  startProcess(name: string, random: Random): Process {
    this.#started += 1;
    const process = new Process(name, this, random, this.#started);
    this.#processes.add(process);
    return process;
  }

  endProcess(process: Process): void {
    this.#processes.delete(process);
    for (const one of this.#pending) if (one.process === process) this.#pending.delete(one);
  }

  /** @returns takes it back */
  add(pending: Pending): () => void {
    this.#pending.add(pending);
    return () => this.#pending.delete(pending);
  }

  pendingOf(process: Process): Pending[] {
    return [...this.#pending].filter((one) => one.process === process);
  }

  /** Lets one thing go on. False: nothing is pending. */
  async step(): Promise<boolean> {
    await this.settled();
    const all = [...this.#pending].sort((one, other) => placeOf(one) - placeOf(other));
    if (all.length === 0) return false;
    // Waits end when nothing else goes on, and now and then before.
    const isHasty = this.#random.chance(0.02);
    const ready = all.filter(({ kind, due }) => due <= this.now && (kind !== "sleep" || isHasty));
    let next: Pending;
    if (ready.length > 0 && !isHasty) next = this.#random.one(ready);
    else {
      next = all.reduce((first, one) => (one.due < first.due ? one : first));
      this.now = Math.max(this.now, next.due);
    }
    this.#pending.delete(next);
    await next.release();
    return true;
  }

  /** Until whatever was begun is done, or waits for something that is pending. */
  async settled(): Promise<void> {
    const beganAt = performance.now();
    for (let idle = 0; ; ) {
      await turn();
      await turn();
      const states = [...this.#processes].map((process) => process.state());
      if (states.every((state) => state === "at rest")) return;
      if (states.includes("computing")) {
        idle = 0;
        if (performance.now() - beganAt > STUCK_MS) {
          const stuck = [...this.#processes].find((process) => process.state() === "computing");
          throw new Error(`${stuck?.name} waits for what nobody will bring`);
        }
      } else if (idle >= IDLE_ROUNDS) return;
      idle += 1;
      await delay(IDLE_ROUND_MS);
    }
  }
}

/** What one process waits for is in its own order; which process was quicker is nobody's choice. */
function placeOf({ process }: Pending): number {
  return process?.place ?? 0;
}

/** A run of the app on a phone, or a tab of it. It ends by itself or is killed. */
export class Process {
  readonly name: string;
  readonly random: Random;
  readonly place: number;
  readonly #schedule: Schedule;
  #calls = 0;
  #waitsForLock = 0;
  isDead = false;
  #die = () => {};
  /** Resolves when it is killed. */
  readonly death = new Promise<void>((resolve) => {
    this.#die = resolve;
  });

  constructor(name: string, schedule: Schedule, random: Random, place: number) {
    this.name = name;
    this.#schedule = schedule;
    this.random = random;
    this.place = place;
  }

  get isBusy(): boolean {
    return this.#calls > 0;
  }

  /** Counts as work of this process until it ends. */
  async during<Result>(work: () => Promise<Result>): Promise<Result> {
    this.#calls += 1;
    try {
      return await work();
    } finally {
      this.#calls -= 1;
    }
  }

  /** Waits for its turn behind another one's work. */
  async behind(others: Promise<unknown>): Promise<void> {
    this.#waitsForLock += 1;
    try {
      await others;
    } finally {
      this.#waitsForLock -= 1;
    }
  }

  /** What is begun now never ends, and nothing of it goes on. */
  kill(): void {
    this.isDead = true;
    this.#die();
    this.#schedule.endProcess(this);
  }

  state(): "at rest" | "waiting" | "computing" {
    if (!this.isBusy) return "at rest";
    const pending = this.#schedule.pendingOf(this);
    if (pending.some(({ kind }) => kind !== "sleep")) return "at rest";
    if (this.#calls <= this.#waitsForLock) return "at rest";
    // One of its calls may wait for another that is behind a lock.
    return pending.length > 0 || this.#waitsForLock > 0 ? "waiting" : "computing";
  }
}

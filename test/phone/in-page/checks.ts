// Runs in a browser, bundled by the test: the client as a page has it. What it measures is how long
// it keeps others from running: a message that the page sends to itself, over and over, arrives
// whenever the thread is free.
import {
  createFriendFinder,
  type DeviceContact,
  indexedDbStorage,
  normalizePhoneNumber,
  phoneHash,
  type SyncPhase,
  type SyncPlan,
} from "@contact-sync/client";

export interface Vector {
  readonly about: string;
  readonly input: string;
  readonly region: string | null;
  readonly phone_hash?: string;
  readonly reason?: string;
}

/** What the vectors should give, and give not here. */
export function wrongVectors(vectors: readonly Vector[]): string[] {
  return vectors.flatMap(({ about, input, region, phone_hash, reason }) => {
    const read = normalizePhoneNumber(input, region === null ? {} : { defaultRegion: region });
    const given = read.ok ? phoneHash(read.e164) : read.reason;
    return given === (reason ?? phone_hash) ? [] : [`${about}: ${input}: ${given}`];
  });
}

export interface SyncRequest {
  readonly url: string;
  readonly token: string;
  readonly cards: readonly DeviceContact[];
}

export interface SyncFigures {
  readonly plan: SyncPlan;
  readonly friends: number;
  readonly milliseconds: number;
  /** The longest time that nothing else could run, in each phase. */
  readonly longestBlockingMs: Readonly<Partial<Record<SyncPhase | "begin", number>>>;
  /** The same while the page does nothing: what the machine itself takes. */
  readonly idleBlockingMs: number;
  /** How often others could run. */
  readonly turns: number;
}

/** A sync of these cards, with the state in IndexedDB. */
export async function measuredSync({ url, token, cards }: SyncRequest): Promise<SyncFigures> {
  const finder = createFriendFinder({
    url,
    getToken: () => token,
    storage: indexedDbStorage(),
    region: "EG",
  });
  const idle = watchThread("begin");
  await new Promise((resolve) => setTimeout(resolve, IDLE_MS));
  const idleBlockingMs = idle.stop().longestBlockingMs.begin ?? 0;
  const monitor = watchThread("begin");
  const { plan, friends } = await finder.sync(cards, {
    onProgress: ({ phase }) => monitor.enter(phase),
  });
  return { plan, friends: friends.length, idleBlockingMs, ...monitor.stop() };
}

const IDLE_MS = 500;

function watchThread(first: SyncPhase | "begin") {
  const channel = new MessageChannel();
  // Of Node's types, which the rest of the tests has, and the page's.
  const port = channel.port2 as unknown as { onmessage: (() => void) | null };
  const beganAt = performance.now();
  const longestBlockingMs: Partial<Record<SyncPhase | "begin", number>> = {};
  let phase = first;
  let last = beganAt;
  let turns = 0;
  const note = () => {
    const now = performance.now();
    longestBlockingMs[phase] = Math.max(longestBlockingMs[phase] ?? 0, now - last);
    last = now;
    return now;
  };
  port.onmessage = () => {
    note();
    turns += 1;
    channel.port1.postMessage(null);
  };
  channel.port1.postMessage(null);
  return {
    enter(next: SyncPhase) {
      if (next === phase) return;
      note();
      phase = next;
    },
    stop() {
      port.onmessage = null;
      channel.port1.close();
      return { milliseconds: note() - beganAt, longestBlockingMs, turns };
    },
  };
}

Object.assign(globalThis, { checks: { wrongVectors, measuredSync } });

import { ContactSyncError } from "../protocol/errors.ts";

/**
 * How long work may hold the JavaScript thread before it lets others in, in milliseconds: half of
 * what a screen of 60 frames a second can miss without being seen to (8 of 16.7), since the last
 * step of a slice takes time, too.
 */
const SLICE_MS = 4;

/** Work that lets others in: frames, touches, timers. */
export interface Slices {
  /**
   * To be called between any two small steps. Undefined while the slice lasts; otherwise to be
   * awaited, which ends it: `const turn = slices.turn(); if (turn) await turn;`
   *
   * @throws ContactSyncError `ABORTED`, once the signal says so
   */
  turn(): Promise<void> | undefined;
}

/** Slices of work of which a part is not to be ended in its middle. */
export interface WorkSlices extends Slices {
  /** By the same clock, whatever the signal says. */
  readonly undisturbed: Slices;
}

/** Begins to work in slices. */
export function createSlices(signal?: AbortSignal | undefined): WorkSlices {
  let beganAt = now();
  const turn = (ending: AbortSignal | undefined) => {
    throwIfAborted(ending);
    if (now() - beganAt < SLICE_MS) return undefined;
    return nextTask().then(() => {
      beganAt = now();
      throwIfAborted(ending);
    });
  };
  return { turn: () => turn(signal), undisturbed: { turn: () => turn(undefined) } };
}

/** @throws ContactSyncError `ABORTED` */
export function throwIfAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted) {
    throw new ContactSyncError("ABORTED", "the signal ended it", { cause: signal.reason });
  }
}

/**
 * What the promise gives, unless the signal says before that nobody waits for it any more: whatever
 * an app or a system is slow with may never end.
 *
 * @throws ContactSyncError `ABORTED`; what the promise is rejected with
 */
export function untilAborted<Value>(
  promise: Promise<Value>,
  signal: AbortSignal | undefined,
): Promise<Value> {
  if (signal === undefined) return promise;
  return new Promise((resolve, reject) => {
    const end = () => {
      try {
        throwIfAborted(signal);
      } catch (error) {
        reject(error);
      }
    };
    signal.addEventListener("abort", end);
    end();
    promise.then(resolve, reject).finally(() => signal.removeEventListener("abort", end));
  });
}

function now(): number {
  return globalThis.performance?.now() ?? Date.now();
}

/**
 * Goes on when others have had their turn, as soon as that.
 *
 * Browsers hold nested timers back for 4 ms, and those of a hidden page for a second, but no
 * messages; an open channel keeps Node from ending, which has `setImmediate`; and in React Native
 * that is no turn of others, but `setTimeout` is one, which waits for no frame.
 */
function nextTask(): Promise<void> {
  const { setImmediate, MessageChannel, navigator } = globalThis as unknown as Platform;
  if (MessageChannel === undefined || navigator?.product === "ReactNative") {
    return new Promise((resolve) => setTimeout(resolve, 0));
  }
  if (setImmediate !== undefined) return new Promise((resolve) => setImmediate(resolve));
  return nextMessage(MessageChannel);
}

/** What one platform has, and another has not. */
interface Platform {
  readonly setImmediate?: (callback: () => void) => unknown;
  readonly MessageChannel?: new () => { readonly port1: Port; readonly port2: Port };
  readonly navigator?: { readonly product?: string };
}

interface Port {
  onmessage: (() => void) | null;
  postMessage(message: unknown): void;
}

const waiting: (() => void)[] = [];
let send: Port | undefined;

function nextMessage(Channel: NonNullable<Platform["MessageChannel"]>): Promise<void> {
  if (send === undefined) {
    const { port1, port2 } = new Channel();
    port1.onmessage = () => waiting.shift()?.();
    send = port2;
  }
  const port = send;
  return new Promise((resolve) => {
    waiting.push(resolve);
    port.postMessage(undefined);
  });
}

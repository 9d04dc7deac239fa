// How long a piece of work holds the thread of JavaScript at a time.
import { openSync, readSync } from "node:fs";
import { LONGEST_TURN_MS } from "./cases.js";

/** What is shorter counts as no turn: the thread had nothing to do but to look at the clock. */
const IDLE_MS = 0.5;

/**
 * Turns of the thread, in milliseconds. A turn is one of the event loop: from the moment at which
 * anybody else could have gone on to the next.
 *
 * @typedef {object} Turns
 * @property {number} count of those in which there was something to do
 * @property {number} over of these, how many held the thread longer than it may be held
 * @property {number} longest what held it longest: the processor's time of this thread, since a
 *   machine that does other things takes the processor away in the middle
 * @property {number} longestByClock
 */

/**
 * Watches while the work goes on. It keeps the loop turning, so time is not measured meanwhile.
 *
 * @template Result
 * @param {() => Promise<Result>} work
 * @returns {Promise<Turns & { result: Result }>}
 */
export async function watchTurns(work) {
  const turns = { count: 0, over: 0, longest: 0, longestByClock: 0 };
  let isOver = false;
  let beganAt = performance.now();
  let usedBefore = usedByThreadMs();
  const look = () => {
    const at = performance.now();
    const used = usedByThreadMs();
    const byClock = at - beganAt;
    const held = Math.min(byClock, used - usedBefore);
    if (held >= IDLE_MS) turns.count += 1;
    if (held > LONGEST_TURN_MS) turns.over += 1;
    turns.longest = Math.max(turns.longest, held);
    turns.longestByClock = Math.max(turns.longestByClock, byClock);
    beganAt = at;
    usedBefore = used;
  };
  const watch = () => {
    if (isOver) return;
    look();
    setImmediate(watch);
  };
  setImmediate(watch);
  try {
    const result = await work();
    look();
    return { ...turns, result };
  } finally {
    isOver = true;
  }
}

const counter = openCounter();
const text = Buffer.alloc(64);

/** Where Linux counts the nanoseconds of the main thread; undefined elsewhere. */
function openCounter() {
  try {
    return openSync(`/proc/self/task/${process.pid}/schedstat`, "r");
  } catch {
    return undefined;
  }
}

/** The processor's time of this thread; where nobody counts that, of the process: no less. */
function usedByThreadMs() {
  // Asking for this brings the other count up to date, which would lag behind by milliseconds.
  const { user, system } = process.cpuUsage();
  if (counter === undefined) return (user + system) / 1_000;
  const length = readSync(counter, text, 0, text.length, 0);
  return Number(text.toString("latin1", 0, length).split(" ")[0]) / 1e6;
}

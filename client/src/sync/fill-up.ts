import { digestInSlices } from "../hashing/digest.ts";
import { type ContactSyncError, isContactSyncError } from "../protocol/errors.ts";
import { MAX_CONTACTS_PER_CALL } from "../protocol/limits.ts";
import type { SyncResponse } from "../protocol/wire.ts";
import { chosenInSlices, eachInSlices, setInSlices } from "../slices/each-in-slices.ts";
import { sendDelta } from "./delta.ts";
import { type Exchange, isCode, Links, noteBudget, sendHashes } from "./exchange.ts";
import { randomHex } from "./platform.ts";
import { isOwn, type KnownBudget, withoutToken } from "./state.ts";

/** Of an error that says that the budget has no room. */
export function noteRefusal({ state, platform }: Exchange, error: unknown): void {
  const { details = {} } = error as ContactSyncError;
  const [limit, remaining, reset] = ["limit", "remaining", "reset"].map((name) =>
    Number(details[name] ?? 0),
  ) as [number, number, number];
  state.budget = { limit, remaining, reset, at: platform.now() };
}

/** How many new numbers there is room for by now. */
export function roomOf({ state, platform }: Exchange): number {
  const { budget } = state;
  if (budget === null) return Number.POSITIVE_INFINITY;
  const seconds = (platform.now() - budget.at) / 1000;
  // The clock was set back: when it was said, nobody knows, so the service is asked.
  if (seconds < 0) return budget.limit;
  return Math.floor(Math.min(budget.limit, budget.remaining + seconds * rateOf(budget)));
}

/** Numbers a second by which it refills. */
function rateOf({ limit, remaining, reset }: KnownBudget): number {
  return reset > 0 ? (limit - remaining) / reset : 0;
}

/** Notes that some wait, until they fit, or until the budget is full. */
export function noteWaiting({ state, platform, course }: Exchange, numbers: number): void {
  const { budget } = state;
  if (numbers === 0) {
    state.waitsUntil = null;
    return;
  }
  const now = platform.now();
  // The service has none any more: the rest can follow at once, and is no news then, either.
  if (budget === null) {
    state.waitsUntil = now;
    course.waiting = { numbers, until: now };
    return;
  }
  const rate = rateOf(budget);
  const seconds =
    rate > 0 ? Math.max(0, Math.min(numbers, budget.limit) - budget.remaining) / rate : 3600;
  // From when the service said so, which a clock that was set back must not take for the future.
  const wait = Math.ceil(seconds) * 1000;
  const until = Math.max(now + 1000, Math.min(budget.at, now) + wait);
  state.waitsUntil = until;
  course.waiting = { numbers, until };
}

/**
 * What there is room for of a book that has too many new numbers. A full sync would remove what is
 * left out, so a device that the service does not know takes its place, and the one before is
 * forgotten when all is in.
 */
export async function fillUp(
  exchange: Exchange,
  hashes: readonly string[],
  error: unknown,
): Promise<void> {
  const { state, platform, slices } = exchange;
  noteRefusal(exchange, error);
  const room = Math.min(roomOf(exchange), MAX_CONTACTS_PER_CALL);
  // Whom the device knows to have an account goes first.
  const inOrder = await chosenInSlices(hashes, slices, (hash) => state.links.has(hash));
  await eachInSlices(hashes, slices, (hash) => {
    if (!state.links.has(hash)) inOrder.push(hash);
  });
  const first = inOrder.slice(0, Math.max(0, room));
  if (first.length === 0) {
    noteWaiting(exchange, hashes.length);
    await exchange.save();
    return;
  }
  state.formerDevices = [...state.formerDevices, state.deviceId];
  state.deviceId = randomHex(platform, 32);
  Object.assign(state, withoutToken(state));
  await exchange.save();
  let answer: SyncResponse;
  try {
    answer = await sendHashes(exchange, first, {
      deviceContactsCount: hashes.length,
      mode: "merge",
      deviceId: state.deviceId,
    });
  } catch (refusal) {
    if (!isCode(refusal, "NEW_NUMBER_BUDGET_EXCEEDED")) throw refusal;
    // Another device of the owner's was quicker.
    noteRefusal(exchange, refusal);
    noteWaiting(exchange, hashes.length);
    await exchange.save();
    return;
  }
  const links = new Links(state);
  await eachInSlices(answer.matches, slices, (match) => links.put(match, state.told !== null));
  links.keep();
  state.set = await setInSlices(slices, first);
  state.digest = await digestInSlices(first, slices);
  state.token = answer.sync_token;
  noteBudget(exchange, answer.budget);
  const rest = inOrder.slice(first.length);
  // Also where the app ends in the midst of it: what goes in later is no news.
  if (rest.length > 0) state.waitsUntil = platform.now();
  await exchange.save();
  await grow(exchange, rest);
}

/** Adds what there is room for, as long as there is some. */
async function grow(exchange: Exchange, missing: readonly string[]): Promise<void> {
  const { state } = exchange;
  let rest = missing;
  while (rest.length > 0) {
    const room = Math.min(roomOf(exchange), MAX_CONTACTS_PER_CALL);
    if (room < 1 || state.token === null) break;
    const end = await sendDelta(exchange, rest.slice(0, room), [], false);
    if (isContactSyncError(end)) {
      noteRefusal(exchange, end);
      break;
    }
    if (end !== "taken") break;
    rest = rest.slice(room);
  }
  noteWaiting(exchange, rest.length);
  if (rest.length === 0) await stopFollowing(exchange);
  await exchange.save();
}

/** Once the device's set is all of the book, it tells of all there is to tell. */
export async function stopFollowing({ state, slices }: Exchange): Promise<void> {
  if (state.followed.size === 0) return;
  state.followed = new Set();
  const links = new Links(state);
  await links.keepOnly(slices, (phoneHash) => isOwn(state, phoneHash));
  links.keep();
}

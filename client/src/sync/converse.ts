import { isContactSyncError } from "../protocol/errors.ts";
import { MAX_HASHES_PER_DELTA } from "../protocol/limits.ts";
import { chosenInSlices } from "../slices/each-in-slices.ts";
import type { ContactAccess } from "../sources/source.ts";
import { finishDelta, sendDelta } from "./delta.ts";
import type { Exchange } from "./exchange.ts";
import { noteRefusal, noteWaiting, roomOf, stopFollowing } from "./fill-up.ts";
import { sendFull } from "./full.ts";
import {
  deleteGone,
  finishMerging,
  followPartial,
  forgetFormerDevices,
  forgetOnService,
  sendPartial,
} from "./partial.ts";

/**
 * Says to the service what is to be said, and hears what is new: docs/protocol.md, "When to send
 * what".
 *
 * @param hashes what the app may read of the book; null where that is nothing
 */
export async function converse(
  exchange: Exchange,
  hashes: readonly string[] | null,
  access: ContactAccess,
): Promise<void> {
  const { state, course } = exchange;
  if (state.isForgetting) {
    await forgetOnService(exchange);
    state.isForgetting = false;
  }
  // What was under way when the app ended comes first.
  if (state.merging.size > 0) await finishMerging(exchange);
  if (state.underWay !== null) {
    // Of a removal that it would make, nobody is asked: what is so by now is about to be said.
    await finishDelta({ ...exchange, confirmRemoval: false });
    course.removal = null;
  }
  if (access === "full" && hashes !== null) {
    await bringInStep(exchange, hashes);
  } else {
    if (state.token !== null) {
      course.plan = "nothing";
      await sendDelta(exchange, [], [], true);
    }
    if (hashes !== null) await sendPartial(exchange, hashes);
  }
  const { cursor } = state;
  await followPartial(exchange);
  if (course.plan === "none" && state.cursor !== cursor) course.plan = "nothing";
  if (state.token === null) return;
  if (access === "full" && course.removal === null) await deleteGone(exchange);
  if (state.waitsUntil === null) await forgetFormerDevices(exchange);
}

async function bringInStep(exchange: Exchange, hashes: readonly string[]): Promise<void> {
  const { state, slices } = exchange;
  if (state.token === null) return sendFull(exchange, hashes);
  const now = new Set<string>();
  const added = await chosenInSlices(hashes, slices, (hash) => {
    now.add(hash);
    return !state.set.has(hash);
  });
  const removed = await chosenInSlices(state.set, slices, (hash) => !now.has(hash));
  if (added.length + removed.length > MAX_HASHES_PER_DELTA) return sendFull(exchange, hashes);
  return sendChanges(exchange, hashes, added, removed);
}

async function sendChanges(
  exchange: Exchange,
  hashes: readonly string[],
  added: readonly string[],
  removed: readonly string[],
): Promise<void> {
  const { state, course } = exchange;
  course.plan = added.length + removed.length === 0 ? "nothing" : "delta";
  // What did not fit before is no news when it does.
  const isNews = state.waitsUntil === null;
  let fitting = isNews ? added : added.slice(0, Math.max(0, roomOf(exchange)));
  let leaving = removed;
  for (;;) {
    const end = await sendDelta(exchange, fitting, leaving, isNews);
    if (end === "taken") break;
    if (end === "expired") return sendFull(exchange, hashes);
    if (end === "refused") {
      leaving = [];
    } else if (isContactSyncError(end)) {
      noteRefusal(exchange, end);
      const room = Math.min(roomOf(exchange), fitting.length - 1);
      fitting = fitting.slice(0, Math.max(0, room));
    }
  }
  noteWaiting(exchange, added.length - fitting.length);
  if (fitting.length === added.length) await stopFollowing(exchange);
  await exchange.save();
}

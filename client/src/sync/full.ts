import { digestInSlices } from "../hashing/digest.ts";
import { MAX_CONTACTS_PER_CALL } from "../protocol/limits.ts";
import type { SyncResponse, SyncResult } from "../protocol/wire.ts";
import { eachInSlices, setInSlices } from "../slices/each-in-slices.ts";
import {
  type Exchange,
  isCode,
  isRemovalMeant,
  Links,
  noteBudget,
  sendHashes,
} from "./exchange.ts";
import { fillUp } from "./fill-up.ts";
import { sendSession } from "./session.ts";

/** Tells the service all that the device has. */
export async function sendFull(exchange: Exchange, hashes: readonly string[]): Promise<void> {
  const { state, course } = exchange;
  state.isDeviceUsed = true;
  await exchange.save();
  const isSession = hashes.length > MAX_CONTACTS_PER_CALL;
  course.plan = isSession ? "session" : "full";
  try {
    const send = isSession ? sendSession : sendReplace;
    const answer = await send(exchange, hashes);
    if (answer !== null) await takeWhole(exchange, hashes, answer);
  } catch (error) {
    if (!isCode(error, "NEW_NUMBER_BUDGET_EXCEEDED")) throw error;
    await fillUp(exchange, hashes, error);
  }
}

/** Null where it would remove more than is meant. */
async function sendReplace(
  exchange: Exchange,
  hashes: readonly string[],
): Promise<SyncResponse | null> {
  const { deviceId } = exchange.state;
  const deviceContactsCount = hashes.length;
  for (let confirmRemoval = false; ; confirmRemoval = true) {
    const fields = { deviceContactsCount, mode: "replace", deviceId, confirmRemoval } as const;
    try {
      return await sendHashes(exchange, hashes, fields);
    } catch (error) {
      if (!isCode(error, "REPLACE_NEEDS_CONFIRMATION") || confirmRemoval) throw error;
      if (!(await isRemovalMeant(exchange, error))) return null;
    }
  }
}

/** The device's set is now this, and its matches say all there is to say about it. */
async function takeWhole(
  exchange: Exchange,
  hashes: readonly string[],
  answer: Pick<SyncResult, "matches" | "sync_token" | "budget">,
): Promise<void> {
  const { state, slices } = exchange;
  const set = await setInSlices(slices, hashes);
  const links = new Links(state);
  await links.keepOnly(slices, (hash) => state.partial.has(hash) && !set.has(hash));
  // At the very first time nobody has come since the last.
  await eachInSlices(answer.matches, slices, (match) => links.put(match, state.told !== null));
  links.keep();
  state.set = set;
  state.followed = new Set();
  state.digest = await digestInSlices(hashes, slices);
  state.token = answer.sync_token;
  Object.assign(state, { underWay: null, session: null, listed: null, waitsUntil: null });
  noteBudget(exchange, answer.budget);
  await exchange.save();
}

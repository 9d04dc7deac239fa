import { MAX_CONTACTS_PER_CALL, MAX_CONTACTS_PER_PAGE } from "../protocol/limits.ts";
import type { ChangesPage, ContactPage, SyncResponse } from "../protocol/wire.ts";
import { chosenInSlices, eachInSlices, setInSlices } from "../slices/each-in-slices.ts";
import { type Exchange, isCode, jsonOf, Links, noteBudget, sendHashes } from "./exchange.ts";
import { noteRefusal, noteWaiting, roomOf } from "./fill-up.ts";
import { isOwn } from "./state.ts";

/** Adds what the app may see to the book, without a device: nothing is removed by it. */
export async function sendPartial(exchange: Exchange, hashes: readonly string[]): Promise<void> {
  const { state, course, slices } = exchange;
  const isSent = (hash: string) => state.partial.has(hash) && !state.isPartialInDoubt;
  const isNew = (hash: string) => !state.set.has(hash) && !isSent(hash);
  const news = await chosenInSlices(hashes, slices, isNew);
  if (news.length === 0) return;
  course.plan = "merge";
  if (state.cursor === null) await beginFollowing(exchange);
  let rest: readonly string[] = news;
  let room = state.waitsUntil === null ? MAX_CONTACTS_PER_CALL : roomOf(exchange);
  while (rest.length > 0 && room >= 1) {
    const part = rest.slice(0, Math.min(room, MAX_CONTACTS_PER_CALL));
    // Written down before, so that nothing is sent that nobody remembers.
    state.merging = await setInSlices(slices, part);
    await exchange.save();
    if (await finishMerging(exchange)) rest = rest.slice(part.length);
    else room = Math.min(roomOf(exchange), part.length - 1);
  }
  if (rest.length === 0) state.isPartialInDoubt = false;
  noteWaiting(exchange, rest.length);
  await exchange.save();
}

/** Sends what is written down, for the first time or again. False where the budget has no room. */
export async function finishMerging(exchange: Exchange): Promise<boolean> {
  const { state, slices } = exchange;
  const { merging } = state;
  let answer: SyncResponse;
  try {
    answer = await sendHashes(exchange, merging, {
      deviceContactsCount: merging.size,
      mode: "merge",
    });
  } catch (error) {
    if (!isCode(error, "NEW_NUMBER_BUDGET_EXCEEDED")) throw error;
    noteRefusal(exchange, error);
    state.merging = new Set();
    await exchange.save();
    return false;
  }
  const links = new Links(state);
  await eachInSlices(answer.matches, slices, (match) => links.put(match, state.told !== null));
  const partial = await setInSlices(slices, state.partial, merging);
  links.keep();
  state.partial = partial;
  state.merging = new Set();
  noteBudget(exchange, answer.budget);
  await exchange.save();
  return true;
}

/** What has changed of those that no device holds. */
export async function followPartial(exchange: Exchange): Promise<void> {
  const { state, slices } = exchange;
  // Of those that the device holds by a good token, its deltas have told.
  const isOther = (hash: string) => !state.set.has(hash);
  const sent = await chosenInSlices(state.partial, slices, isOther);
  const followed = await chosenInSlices(state.followed, slices, isOther);
  if (sent.length + followed.length === 0) return;
  if (state.cursor === null) return beginFollowing(exchange);
  for (;;) {
    let page: ChangesPage;
    try {
      page = await changesSince(exchange, state.cursor as string);
    } catch (error) {
      if (!isCode(error, "INVALID_ARGUMENT")) throw error;
      // No cursor of this user's any more.
      Object.assign(state, { cursor: null, partialListed: null, isPartialInDoubt: true });
      return beginFollowing(exchange);
    }
    await apply(exchange, page);
    await exchange.save();
    if (!page.has_more) return;
  }
}

function changesSince({ service }: Exchange, cursor: string | null): Promise<ChangesPage> {
  const query = cursor === null ? "" : `?since=${encodeURIComponent(cursor)}`;
  return service.ask({ method: "GET", path: `/contacts/changes${query}` });
}

async function apply({ state, slices }: Exchange, page: ChangesPage): Promise<void> {
  const links = new Links(state);
  const listed = page.reset
    ? new Set<string>()
    : state.partialListed && (await setInSlices(slices, state.partialListed));
  await eachInSlices(page.changes, slices, (change) => {
    listed?.add(change.phone_hash);
    if (isOwn(state, change.phone_hash)) links.put(change, listed === null);
  });
  if (page.reset) state.isPartialInDoubt = true;
  const isOver = listed !== null && !page.has_more;
  if (isOver) await links.keepOnly(slices, (hash) => listed.has(hash));
  links.keep();
  state.partialListed = isOver ? null : listed;
  state.cursor = page.cursor;
}

/** A place among the changes, and who of the partial list has an account there. */
async function beginFollowing(exchange: Exchange): Promise<void> {
  const { state, service, slices } = exchange;
  const { cursor } = await changesSince(exchange, null);
  if (state.partial.size + state.followed.size > 0) {
    const links = new Links(state);
    const listed = new Set<string>();
    let next: string | null = null;
    do {
      const query: string = next === null ? "" : `&cursor=${encodeURIComponent(next)}`;
      const page: ContactPage = await service.ask({
        method: "GET",
        path: `/contacts?linked=true&limit=${MAX_CONTACTS_PER_PAGE}${query}`,
      });
      await eachInSlices(page.contacts, slices, ({ phone_hash, linked_user_id: user_id }) => {
        listed.add(phone_hash);
        if (!isOwn(state, phone_hash) || user_id === null) return;
        links.put({ phone_hash, user_id, silent: false }, false);
      });
      next = page.next_cursor;
    } while (next !== null);
    await links.keepOnly(slices, (hash) => listed.has(hash));
    links.keep();
  }
  Object.assign(state, { cursor, partialListed: null });
  await exchange.save();
}

/**
 * Once a device holds the book, what was sent under partial access and is not in it is gone from the
 * phone, and nobody else would ever take it out.
 */
export async function deleteGone(exchange: Exchange): Promise<void> {
  const { state, service, slices } = exchange;
  const gone = await chosenInSlices(state.partial, slices, (hash) => !state.set.has(hash));
  for (let from = 0; from < gone.length; from += MAX_CONTACTS_PER_CALL) {
    const phoneHashes = gone.slice(from, from + MAX_CONTACTS_PER_CALL);
    const body = `{"phoneHashes":${await jsonOf(phoneHashes, slices)}}`;
    await service.ask({ method: "POST", path: "/contacts/delete", body });
    const deleted = await setInSlices(slices, phoneHashes);
    const isLeft = (hash: string) => !deleted.has(hash);
    const links = new Links(state);
    await links.keepOnly(slices, isLeft);
    const left = await chosenInSlices(state.partial, slices, isLeft);
    const partial = await setInSlices(slices, left);
    links.keep();
    state.partial = partial;
    await exchange.save();
  }
}

/** Devices that this app had before go with what only they hold. */
export async function forgetFormerDevices(exchange: Exchange): Promise<void> {
  const { state, service } = exchange;
  for (const device of state.formerDevices) {
    try {
      await service.ask({ method: "DELETE", path: `/contacts/devices/${device}` });
    } catch (error) {
      if (!isCode(error, "DEVICE_NOT_FOUND")) throw error;
    }
    state.formerDevices = state.formerDevices.filter((other) => other !== device);
    await exchange.save();
  }
}

/** All that the app has brought to the service, and that no other device holds, is to go. */
export async function forgetOnService(exchange: Exchange): Promise<void> {
  await forgetFormerDevices(exchange);
  await deleteGone(exchange);
}

import { ContactSyncError } from "../protocol/errors.ts";
import type { DeltaResponse } from "../protocol/wire.ts";
import { eachInSlices, setInSlices } from "../slices/each-in-slices.ts";
import {
  digestAfter,
  type Exchange,
  isCode,
  isRemovalMeant,
  jsonOf,
  Links,
  noteBudget,
} from "./exchange.ts";
import { isOwn, type UnderWay, withoutToken } from "./state.ts";

/**
 * What came of a delta: `expired` where only a full sync helps; `refused` where more than half of
 * the book would go; or the error that says that the budget has no room.
 */
export type DeltaEnd = "taken" | "expired" | "refused" | ContactSyncError;

/** Tells the service what has come and gone, and applies what it answers. */
export async function sendDelta(
  exchange: Exchange,
  added: readonly string[],
  removed: readonly string[],
  isNews: boolean,
): Promise<DeltaEnd> {
  const { state, slices } = exchange;
  state.underWay = {
    token: state.token as string,
    digest: await digestAfter(state.digest, added, removed, slices),
    added,
    removed,
    confirmRemoval: false,
    isNews,
  };
  // One of nothing need not be repeated as it was.
  if (added.length + removed.length > 0) await exchange.save();
  return finishDelta(exchange);
}

/** Sends what is under way, for the first time or again, until nothing more is to be told. */
export async function finishDelta(exchange: Exchange): Promise<DeltaEnd> {
  for (;;) {
    const { state } = exchange;
    const underWay = state.underWay as UnderWay;
    let answer: DeltaResponse;
    try {
      answer = await ask(exchange, underWay);
    } catch (error) {
      // After an error of the service nothing was changed, so it is not repeated.
      if (!(error instanceof ContactSyncError) || isCode(error, "ABORTED", "UNAUTHENTICATED")) {
        throw error;
      }
      if (isCode(error, "REPLACE_NEEDS_CONFIRMATION") && !underWay.confirmRemoval) {
        if (await isRemovalMeant(exchange, error)) {
          state.underWay = { ...underWay, confirmRemoval: true };
          await exchange.save();
          continue;
        }
      }
      state.underWay = null;
      const isExpired = isCode(error, "SYNC_TOKEN_EXPIRED", "SYNC_DIGEST_MISMATCH");
      if (isExpired) Object.assign(state, withoutToken(state));
      await exchange.save();
      if (isExpired) return "expired";
      if (isCode(error, "REPLACE_NEEDS_CONFIRMATION")) return "refused";
      if (isCode(error, "NEW_NUMBER_BUDGET_EXCEEDED")) return error;
      throw error;
    }
    await apply(exchange, underWay, answer);
    // One of nothing says nothing of it.
    if (underWay.added.length + underWay.removed.length > 0) noteBudget(exchange, answer.budget);
    await exchange.save();
    if (!answer.has_more_changes) return "taken";
    const { digest } = state;
    const token = answer.sync_token;
    state.underWay = { token, digest, added: [], removed: [], confirmRemoval: false, isNews: true };
  }
}

async function ask({ service, slices }: Exchange, underWay: UnderWay): Promise<DeltaResponse> {
  const { token, digest, added, removed, confirmRemoval } = underWay;
  const rest = JSON.stringify({ syncToken: token, digest, confirmRemoval }).slice(1);
  const [more, fewer] = [await jsonOf(added, slices), await jsonOf(removed, slices)];
  const body = `{"added":${more},"removed":${fewer},${rest}`;
  return service.ask({ method: "POST", path: "/contacts/sync/delta", body });
}

/** In the order of docs/protocol.md, "Applying an answer". */
async function apply(
  { state, slices }: Exchange,
  { added, removed, digest, isNews }: UnderWay,
  answer: DeltaResponse,
): Promise<void> {
  const set = added.length + removed.length === 0 ? state.set : await changedSet();
  const own = { set, partial: state.partial, followed: state.followed };
  const links = new Links(state);
  const listed = answer.changes_reset
    ? new Set<string>()
    : state.listed && (await setInSlices(slices, state.listed));
  await eachInSlices(answer.changes, slices, (change) => {
    listed?.add(change.phone_hash);
    // A reset is no news.
    if (isOwn(own, change.phone_hash)) links.put(change, listed === null);
  });
  await eachInSlices(answer.matches, slices, (match) => {
    listed?.add(match.phone_hash);
    links.put(match, listed === null && isNews);
  });
  const isOver = listed !== null && !answer.has_more_changes;
  await links.keepOnly(slices, (hash) => isOwn(own, hash) && (!isOver || listed.has(hash)));
  links.keep();
  state.set = set;
  state.digest = digest;
  state.token = answer.sync_token;
  state.listed = isOver ? null : listed;
  state.underWay = null;

  async function changedSet(): Promise<ReadonlySet<string>> {
    const changed = await setInSlices(slices, state.set, added);
    await eachInSlices(removed, slices, (hash) => changed.delete(hash));
    return changed;
  }
}

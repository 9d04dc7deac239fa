import { applyToDigest } from "../hashing/digest.ts";
import { type ContactSyncError, isContactSyncError } from "../protocol/errors.ts";
import type {
  Change,
  Match,
  NewNumberBudget,
  SyncRequest,
  SyncResponse,
} from "../protocol/wire.ts";
import { chosenInSlices, eachInSlices, joinedInSlices } from "../slices/each-in-slices.ts";
import { type Slices, untilAborted } from "../slices/slices.ts";
import type { Removal, SyncOptions, SyncPlan, SyncProgress } from "./friend-finder.ts";
import type { Platform } from "./platform.ts";
import type { Service } from "./service.ts";
import type { State } from "./state.ts";

/** Hashes between two looks at the clock. */
const STEP = 200;

/** What came of it beside the state. */
export interface Course {
  plan: SyncPlan;
  removal: Removal | null;
  waiting: { numbers: number; until: number } | null;
}

/** One conversation with the service about a state, which nobody else has meanwhile. */
export interface Exchange {
  readonly state: State;
  readonly service: Service;
  readonly platform: Platform;
  readonly slices: Slices;
  readonly course: Course;
  readonly confirmRemoval: SyncOptions["confirmRemoval"];
  readonly signal: AbortSignal | undefined;
  /** Writes the state down. */
  save(): Promise<void>;
  tell(progress: SyncProgress): void;
}

/** Whether the error is one of these. */
export function isCode(error: unknown, ...codes: ContactSyncError["code"][]): boolean {
  return isContactSyncError(error) && codes.includes(error.code);
}

/** Asks whether a removal is meant that the service has not made without. */
export async function isRemovalMeant(exchange: Exchange, error: unknown): Promise<boolean> {
  const { details } = error as ContactSyncError;
  const removal = {
    wouldRemove: Number(details?.["would_remove"] ?? 0),
    contactsCount: Number(details?.["contacts_count"] ?? 0),
  };
  const { confirmRemoval = false, signal } = exchange;
  const isMeant =
    typeof confirmRemoval === "function"
      ? await untilAborted(Promise.resolve(confirmRemoval(removal)), signal)
      : confirmRemoval;
  if (isMeant !== true) exchange.course.removal = removal;
  return isMeant === true;
}

/** A list of hashes as JSON, which takes a while in one go. */
export async function jsonOf(hashes: Iterable<string>, slices: Slices): Promise<string> {
  const joined = await joinedInSlices(hashes, '","', slices);
  return joined === "" ? "[]" : `["${joined}"]`;
}

/** Sends phone hashes, all that there are or some, in one request. */
export async function sendHashes(
  { service, slices }: Exchange,
  hashes: Iterable<string>,
  fields: Omit<SyncRequest, "phoneHashes" | "phoneNumbers">,
): Promise<SyncResponse> {
  const body = `{"phoneHashes":${await jsonOf(hashes, slices)},${JSON.stringify(fields).slice(1)}`;
  return service.ask({ method: "POST", path: "/contacts/sync", body });
}

/** The digest after hashes have come and gone. */
export async function digestAfter(
  digest: string,
  added: readonly string[],
  removed: readonly string[],
  slices: Slices,
): Promise<string> {
  let after = digest;
  for (const [hashes, what] of [
    [added, "added"],
    [removed, "removed"],
  ] as const) {
    for (let at = 0; at < hashes.length; at += STEP) {
      after = applyToDigest(after, { [what]: hashes.slice(at, at + STEP) });
      const turn = slices.turn();
      if (turn) await turn;
    }
  }
  return after;
}

/** Notes what the service says of the budget; null: it has none. */
export function noteBudget({ state, platform }: Exchange, budget: NewNumberBudget | null): void {
  state.budget = budget && { ...budget, at: platform.now() };
}

/** Who is who, while an answer is applied to it. */
export class Links {
  readonly #state: State;
  readonly #quiet: Set<string>;
  /** Null as long as they are those of the state. */
  #links: Map<string, string> | null = null;

  constructor(state: State) {
    this.#state = state;
    this.#quiet = new Set(state.quiet);
  }

  /** @param isNews whether somebody who was not there is worth telling of */
  put({ phone_hash, user_id, silent }: Match | Change, isNews: boolean): void {
    if (user_id === null) {
      this.#changed().delete(phone_hash);
      return;
    }
    this.#changed().set(phone_hash, user_id);
    if (isNews && !silent) this.#quiet.delete(user_id);
    else if (this.#state.told?.has(user_id) !== true) this.#quiet.add(user_id);
  }

  /** Nobody has these any more, as far as the book goes. */
  async keepOnly(slices: Slices, isKept: (phoneHash: string) => boolean): Promise<void> {
    const links = this.#links ?? this.#state.links;
    const gone = await chosenInSlices(links.keys(), slices, (phoneHash) => !isKept(phoneHash));
    await eachInSlices(gone, slices, (phoneHash) => this.#changed().delete(phoneHash));
  }

  /** Into the state. */
  keep(): void {
    this.#state.links = this.#links ?? this.#state.links;
    this.#state.quiet = this.#quiet;
  }

  #changed(): Map<string, string> {
    this.#links ??= new Map(this.#state.links);
    return this.#links;
  }
}

import { EMPTY_DIGEST } from "../hashing/digest.ts";
import { type Platform, randomHex } from "./platform.ts";

/** A delta that was sent, or was about to be. It is repeated as it was until it is answered. */
export interface UnderWay {
  readonly token: string;
  readonly digest: string;
  readonly added: readonly string[];
  readonly removed: readonly string[];
  readonly confirmRemoval: boolean;
  /** Whether matches of what was added are worth telling of. */
  readonly isNews: boolean;
}

/** A session that was begun, of which parts were sent. */
export interface OpenSession {
  readonly id: string;
  /** Of all hashes in it. */
  readonly digest: string;
  readonly parts: number;
}

/** What is left of the budget, as the service said it last. */
export interface KnownBudget {
  readonly limit: number;
  readonly remaining: number;
  /** Seconds until it is full. */
  readonly reset: number;
  /** When it was said, by the device's clock. */
  readonly at: number;
}

// A set and a map are never changed, but exchanged for others: what is written once is known then.

/**
 * What a device remembers of its book and of what the service says about it. Names and numbers are
 * not in it.
 */
export interface State {
  /** Whose it is. */
  readonly user: string;
  deviceId: string;
  /** Whether the service may have heard of `deviceId`. */
  isDeviceUsed: boolean;
  /** Stands for `set`, whose digest is `digest`. */
  token: string | null;
  digest: string;
  set: ReadonlySet<string>;
  /** Who is who: phone hash → user id, of the device's set and of the partial list. */
  links: ReadonlyMap<string, string>;
  underWay: UnderWay | null;
  session: OpenSession | null;
  /** Hashes that a reset has listed so far; null: none is under way. */
  listed: ReadonlySet<string> | null;
  /**
   * The set of a token that is of no use any more. Its links are followed like those of the partial
   * list, until a full sync says what is so.
   */
  followed: ReadonlySet<string>;
  /** What was sent under partial access, and is held by no device. */
  partial: ReadonlySet<string>;
  /** A reset came: the service may be of a backup in which that is not, so it is sent again. */
  isPartialInDoubt: boolean;
  /** What is about to be sent so, or was sent without an answer. */
  merging: ReadonlySet<string>;
  /** Where the changes of these are followed. */
  cursor: string | null;
  partialListed: ReadonlySet<string> | null;
  /** Devices of this app that the service is to forget. */
  formerDevices: readonly string[];
  /** Who was told of: the users of the last answer; null before the first. */
  told: ReadonlySet<string> | null;
  /** Users who came since, of whom no news is made. */
  quiet: ReadonlySet<string>;
  budget: KnownBudget | null;
  /** When what did not fit is to be tried again, by the device's clock; null: all went in. */
  waitsUntil: number | null;
  /** When all was in step last, by the device's clock. */
  finishedAt: number | null;
  /** Fingerprints of numbers → their hashes or why they have none, by `rule`. */
  known: ReadonlyMap<string, string>;
  /** The version of the rule, and the region. */
  rule: string;
  salt: string;
  /** What is left was to be forgotten, and the service does not know yet. */
  isForgetting: boolean;
}

const NO_TOKEN = {
  token: null,
  digest: EMPTY_DIGEST,
  set: new Set<string>(),
  underWay: null,
  session: null,
  listed: null,
};

export function newState(user: string, platform: Platform, salt: string): State {
  return {
    user,
    deviceId: randomHex(platform, 32),
    isDeviceUsed: false,
    ...NO_TOKEN,
    links: new Map(),
    followed: new Set(),
    partial: new Set(),
    isPartialInDoubt: false,
    merging: new Set(),
    cursor: null,
    partialListed: null,
    formerDevices: [],
    told: null,
    quiet: new Set(),
    budget: null,
    waitsUntil: null,
    finishedAt: null,
    known: new Map(),
    rule: "",
    salt,
    isForgetting: false,
  };
}

/** What goes with a token that is of no use any more. */
export function withoutToken({ set, followed }: Pick<State, "set" | "followed">) {
  return {
    followed: set.size > 0 ? set : followed,
    ...NO_TOKEN,
  };
}

/** Whether a hash is of the book, as far as this device knows it. */
export function isOwn(
  { set, partial, followed }: Pick<State, "set" | "partial" | "followed">,
  phoneHash: string,
): boolean {
  return set.has(phoneHash) || partial.has(phoneHash) || followed.has(phoneHash);
}

// What the screen shows, and what changes it. No React, no phone, no clock: a state, events, and the
// function that makes the next state of them. The page of examples/browser runs on the same one.
import type {
  ContactAccess,
  DeviceContact,
  Friend,
  FriendChanges,
  RejectedNumber,
  Removal,
  SyncOutcome,
  SyncProgress,
} from "@contact-sync/client";

/** What is known of an error: enough to say what to do, and nothing of the address book. */
export interface Fault {
  readonly code: string;
  /** By which the service's people find it in their log. */
  readonly requestId?: string | undefined;
}

export interface Screen {
  /**
   * `explaining`: why contacts are wanted, before anybody is asked for them. `finding`: a sync is
   * under way, and what was there is still to be seen.
   */
  readonly step: "starting" | "explaining" | "finding" | "showing" | "forgotten";
  readonly progress: SyncProgress | null;
  /** Null before the first sync of this run. */
  readonly access: ContactAccess | null;
  readonly canAskAgain: boolean;
  /** The reading broke off: what was read is a part of the book, though all of it is shared. */
  readonly isInterrupted: boolean;
  readonly friends: readonly Friend[];
  /** The cards that were read in this run, for invitations. They are in memory only. */
  readonly cards: readonly DeviceContact[];
  /** Of whom "X is here now" is to be said, the newest first. */
  readonly news: readonly Friend[];
  readonly rejected: readonly RejectedNumber[];
  readonly offline: boolean;
  readonly waiting: SyncOutcome["waiting"];
  /** A removal that somebody has to confirm. */
  readonly removal: Removal | null;
  readonly fault: Fault | null;
  /** After signing out: whether the service has forgotten the book as well. */
  readonly forgottenOnService: boolean;
}

export type ScreenEvent =
  /** What the storage knows from last time. */
  | { readonly type: "known"; readonly friends: readonly Friend[] }
  /** Access was never asked for. */
  | { readonly type: "explain" }
  | { readonly type: "find" }
  | { readonly type: "progress"; readonly progress: SyncProgress }
  | {
      readonly type: "found";
      readonly outcome: SyncOutcome;
      readonly cards: readonly DeviceContact[];
    }
  | { readonly type: "changes"; readonly changes: FriendChanges }
  | { readonly type: "failed"; readonly error: unknown }
  /** Somebody has seen the sentence about these users. */
  | { readonly type: "seen"; readonly userIds: readonly string[] }
  | { readonly type: "keep" }
  | { readonly type: "forgotten"; readonly onService: boolean };

export const FIRST: Screen = {
  step: "starting",
  progress: null,
  access: null,
  canAskAgain: false,
  isInterrupted: false,
  friends: [],
  cards: [],
  news: [],
  rejected: [],
  offline: false,
  waiting: null,
  removal: null,
  fault: null,
  forgottenOnService: false,
};

/** The screen after an event. The one before stays as it was. */
export function next(screen: Screen, event: ScreenEvent): Screen {
  switch (event.type) {
    case "known":
      return { ...screen, friends: event.friends };
    case "explain":
      return { ...screen, step: "explaining" };
    case "find":
      return { ...screen, step: "finding", progress: null, fault: null };
    case "progress":
      return screen.step === "finding" ? { ...screen, progress: event.progress } : screen;
    case "found":
      return found(screen, event.outcome, event.cards);
    case "changes":
      // What was under way when somebody signed out is of no interest any more.
      if (screen.step === "forgotten") return screen;
      return {
        ...screen,
        friends: event.changes.friends,
        news: newsAfter(screen, event.changes),
        offline: event.changes.offline,
        fault: null,
      };
    case "failed":
      return failed(screen, event.error);
    case "seen":
      return {
        ...screen,
        news: screen.news.filter(({ userId }) => !event.userIds.includes(userId)),
      };
    case "keep":
      return { ...screen, removal: null };
    case "forgotten":
      return { ...FIRST, step: "forgotten", forgottenOnService: event.onService };
  }
}

function found(screen: Screen, outcome: SyncOutcome, cards: readonly DeviceContact[]): Screen {
  if (screen.step === "forgotten") return screen;
  return {
    ...screen,
    step: "showing",
    progress: null,
    access: outcome.access,
    canAskAgain: outcome.canAskAgain,
    isInterrupted: outcome.interrupted !== undefined,
    friends: outcome.friends,
    cards,
    news: newsAfter(screen, outcome),
    rejected: outcome.rejected,
    offline: outcome.offline,
    waiting: outcome.waiting,
    removal: outcome.removal,
    fault: null,
  };
}

/**
 * A sync and a subscription may tell of the same person, who has left is no news, and somebody
 * without a name may get one when the book is read.
 */
function newsAfter(
  screen: Screen,
  { joined, left, friends }: Pick<FriendChanges, "joined" | "left" | "friends">,
): readonly Friend[] {
  const added = new Set(joined.map(({ userId }) => userId));
  const gone = new Set(left);
  const now = new Map(friends.map((friend) => [friend.userId, friend]));
  return [...joined, ...screen.news.filter(({ userId }) => !added.has(userId))]
    .filter(({ userId }) => !gone.has(userId))
    .map((friend) => now.get(friend.userId) ?? friend);
}

function failed(screen: Screen, error: unknown): Screen {
  if (screen.step === "forgotten") return screen;
  const fault = faultOf(error);
  const step = screen.step === "finding" ? backFrom(screen) : screen.step;
  // Whoever has ended it knows.
  return { ...screen, step, progress: null, fault: fault.code === "ABORTED" ? null : fault };
}

/** Where there is something to see, it is shown; otherwise the explanation is where one begins. */
function backFrom({ access, friends }: Screen): Screen["step"] {
  return access === null && friends.length === 0 ? "explaining" : "showing";
}

/** Errors of the client have a code, whichever copy of the package they are of. */
function faultOf(error: unknown): Fault {
  const { code, details } = (error ?? {}) as { code?: unknown; details?: { request_id?: unknown } };
  const requestId = details?.request_id;
  return {
    code: typeof code === "string" ? code : "UNKNOWN",
    ...(typeof requestId === "string" ? { requestId } : {}),
  };
}

import type { FoundContact, RejectedNumber } from "../hashing/book-hasher.ts";
import type { NewNumberBudget } from "../protocol/wire.ts";
import type { ContactAccess, ContactSource, Contacts } from "../sources/source.ts";
import type { TextStorage } from "../storage/storage.ts";

export interface FriendFinderOptions {
  /** Where the service is, such as `https://contacts.example.com`. */
  readonly url: string;
  /**
   * The signed-in user's bearer token. Asked for once a call and kept while it works; `refresh` is
   * true where the service has refused the last one.
   */
  readonly getToken: (options: { readonly refresh: boolean }) => string | Promise<string>;
  /** Where the state is kept between starts of the app. */
  readonly storage: TextStorage;
  /** Where national numbers are dialled, two letters such as `EG`; without one they are refused. */
  readonly region?: string | undefined;
  /**
   * Who is signed in. Default: issuer and subject (`iss`, `sub`) of the token, which is read, not
   * verified, only to keep users' states apart. Give it where tokens are no JWTs.
   */
  readonly userId?: string | ((token: string) => string) | undefined;
  /** Begins the names in the storage. Default `contact-sync`. */
  readonly storageName?: string | undefined;
  /** Default: `fetch` of the platform. */
  readonly fetch?: typeof globalThis.fetch | undefined;
  /** When the app is in the foreground, for `subscribe`. Default: what `document` says, or always. */
  readonly foreground?: Foreground | undefined;
}

/** Whether the app is in front; `fromAppState(AppState)` is one of React Native. */
export interface Foreground {
  isActive(): boolean;
  /** Calls back on every change; answers how to stop. */
  onChange(listener: () => void): () => void;
}

/** Somebody who has an account. */
export interface Friend {
  readonly userId: string;
  /**
   * Each card and number that leads to them. Empty until the book was read in this run of the app.
   */
  readonly contacts: readonly FoundContact[];
}

export type SyncPhase = "reading" | "hashing" | "sending" | "saving";

export interface SyncProgress {
  readonly phase: SyncPhase;
  readonly done: number;
  /** Null while it is not known, as of contacts that are being read. */
  readonly total: number | null;
}

/** How much would be removed from the stored book. */
export interface Removal {
  readonly wouldRemove: number;
  readonly contactsCount: number;
}

export interface SyncOptions {
  readonly onProgress?: ((progress: SyncProgress) => void) | undefined;
  /** Ends it; the state stays that of before, or of the last step that was complete. */
  readonly signal?: AbortSignal | undefined;
  /**
   * Asked where more than half of the stored book would be removed. Default: no, and `removal` of
   * the answer says so.
   */
  readonly confirmRemoval?:
    | boolean
    | ((removal: Removal) => boolean | Promise<boolean>)
    | undefined;
}

/**
 * `none`: not at all. `nothing`: what has changed elsewhere, since nothing has here. `delta`: with
 * what has come and gone. `full`: with the whole book, or in parts, a `session`. `merge`: with what
 * the app may see of it.
 */
export type SyncPlan = "none" | "nothing" | "delta" | "full" | "session" | "merge";

export interface SyncOutcome {
  /** Whose numbers are in the book. */
  readonly friends: readonly Friend[];
  /** Those of them who were not there last time, without those who joined silently. */
  readonly joined: readonly Friend[];
  /** Those who were there last time and are not any more: by their user ids. */
  readonly left: readonly string[];
  /** Numbers that can't be read, and why. */
  readonly rejected: readonly RejectedNumber[];
  readonly access: ContactAccess;
  /** Whether the system would ask for access again. */
  readonly canAskAgain: boolean;
  /** What broke the reading off, so that it gave a part of the book only; undefined: nothing. */
  readonly interrupted: unknown;
  /** What the service was asked. */
  readonly plan: SyncPlan;
  /**
   * The service could not be reached, or not to the end: `friends` are those of last time with what
   * it has still said, and the next call goes on.
   */
  readonly offline: boolean;
  /** Numbers that the budget had no room for, and when to call again; null: all went in. */
  readonly waiting: { readonly numbers: number; readonly until: Date } | null;
  /** A removal that was not confirmed: nothing was removed. */
  readonly removal: Removal | null;
  readonly budget: NewNumberBudget | null;
}

export interface FriendChanges {
  readonly joined: readonly Friend[];
  readonly left: readonly string[];
  /** All who are there now. */
  readonly friends: readonly Friend[];
  /** The service could not be reached, or not to the end. */
  readonly offline: boolean;
}

export interface SubscribeOptions {
  /** Read once, unless the book was read in this run of the app, or was forgotten. */
  readonly source?: Contacts | undefined;
  /** Told of what went wrong; the subscription goes on. */
  readonly onError?: ((error: unknown) => void) | undefined;
}

export interface RefreshOptions {
  /** Ends it; whom it has not told of is told of next time. */
  readonly signal?: AbortSignal | undefined;
}

export interface FriendFinder {
  /** Brings the service's copy of the book up to date, and answers who of it has an account. */
  sync(source: Contacts, options?: SyncOptions): Promise<SyncOutcome>;
  /** Who had an account at the last sync: what the storage knows, without asking the service. */
  friends(): Promise<readonly Friend[]>;
  /** Tells of joiners and leavers from now on. Answers how to stop. */
  subscribe(listener: (changes: FriendChanges) => void, options?: SubscribeOptions): () => void;
  /** Asks now what has changed, as when a push message has come; tells the subscribers. */
  refresh(options?: RefreshOptions): Promise<FriendChanges>;
  /** Forgets this device's book, here and on the service. */
  forget(): Promise<{ readonly onService: boolean }>;
}

export type { ContactSource, FoundContact, RejectedNumber };

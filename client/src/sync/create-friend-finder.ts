import { HASH_RULE, type HashedBook, hashBook } from "../hashing/book-hasher.ts";
import { assertRegion } from "../numbers/regions.ts";
import { ContactSyncError } from "../protocol/errors.ts";
import { type OptionNames, readOptions } from "../protocol/options.ts";
import { chosenInSlices, mergedInSlices } from "../slices/each-in-slices.ts";
import { createSlices, throwIfAborted, untilAborted, type WorkSlices } from "../slices/slices.ts";
import { toSource } from "../sources/from-contacts.ts";
import type { ContactAccess, ContactSource, Contacts } from "../sources/source.ts";
import { openStateStore } from "../storage/state-store.ts";
import { type ContactsOf, friendsOf, takeNews } from "./answers.ts";
import { Bearer } from "./bearer.ts";
import { converse } from "./converse.ts";
import { type Course, type Exchange, isCode } from "./exchange.ts";
import { pageForeground } from "./foreground.ts";
import type {
  Foreground,
  FriendChanges,
  FriendFinder,
  FriendFinderOptions,
  RefreshOptions,
  SubscribeOptions,
  SyncOptions,
  SyncOutcome,
  SyncProgress,
} from "./friend-finder.ts";
import { KeptState } from "./kept-state.ts";
import { forgetOnService } from "./partial.ts";
import { defaultPlatform, type Platform, randomHex } from "./platform.ts";
import { Service, Unreachable } from "./service.ts";
import { newState, type State } from "./state.ts";
import { Subscriptions } from "./subscriptions.ts";

const OPTIONS: OptionNames<FriendFinderOptions> = {
  url: true,
  getToken: true,
  storage: true,
  region: true,
  userId: true,
  storageName: true,
  fetch: true,
  foreground: true,
};
const SYNC_OPTIONS: OptionNames<SyncOptions> = {
  onProgress: true,
  signal: true,
  confirmRemoval: true,
};
const REFRESH_OPTIONS: OptionNames<RefreshOptions> = { signal: true };
const SUBSCRIBE_OPTIONS: OptionNames<SubscribeOptions> = { source: true, onError: true };

/**
 * Finds who of the device's contacts has an account, and who joins later. One for each app, made
 * once: it keeps what it knows in the app's storage, and talks to a contact-sync service.
 *
 * @throws ContactSyncError `INVALID_ARGUMENT`, `INVALID_REGION`
 */
export function createFriendFinder(options: FriendFinderOptions): FriendFinder {
  return createFriendFinderWith(options, defaultPlatform(options?.fetch));
}

/** The same on another platform; for tests. */
export function createFriendFinderWith(
  options: FriendFinderOptions,
  platform: Platform,
): FriendFinder {
  return new Finder(readFinderOptions(options), platform);
}

function readFinderOptions(given: FriendFinderOptions): FriendFinderOptions {
  const options = readOptions(given, OPTIONS);
  const { url, getToken, storage, region, fetch, foreground } = options;
  // No user in it and no blank, which fetch refuses as if nothing were there.
  if (typeof url !== "string" || !/^\s*https?:\/\/[^\s/?#@]+(\/[^\s?#]*)?\s*$/.test(url)) {
    throw new ContactSyncError(
      "INVALID_ARGUMENT",
      "options.url must be the service's address alone, such as https://contacts.example.com",
    );
  }
  if (typeof getToken !== "function") {
    throw new ContactSyncError("INVALID_ARGUMENT", "options.getToken must be a function");
  }
  for (const name of ["getItem", "setItem", "removeItem"] as const) {
    if (typeof storage?.[name] !== "function") {
      throw new ContactSyncError("INVALID_ARGUMENT", `options.storage has no ${name}`);
    }
  }
  if (region !== undefined) assertRegion(region);
  // As another way to write "none", null is let pass of these two.
  mustBe("fetch must be a function", fetch ?? undefined, isFunction);
  mustBe("foreground must be as of fromAppState(AppState)", foreground ?? undefined, isForeground);
  return {
    ...options,
    url: url
      .trim()
      .replace(/\/+$/, "")
      .replace(/\/api\/v1$/, ""),
  };
}

/** Refuses an option that is there and is something else, before anything is done with it. */
function mustBe(what: string, given: unknown, isSo: (given: unknown) => boolean): void {
  if (given !== undefined && !isSo(given)) {
    throw new ContactSyncError("INVALID_ARGUMENT", `options.${what}`);
  }
}

const isFunction = (given: unknown) => typeof given === "function";
const isForeground = (given: unknown) => isFunction((given as Foreground).onChange);
const isSignal = (given: unknown) => isFunction((given as AbortSignal | null)?.addEventListener);

/** A sync that is under way. */
interface Run {
  /** How often all was to be forgotten by then: what was asked before must not bring it back. */
  readonly forgotten: number;
  readonly contacts: Contacts;
  readonly source: ContactSource;
  readonly onProgress: Set<(progress: SyncProgress) => void>;
  readonly confirmRemoval: SyncOptions["confirmRemoval"];
  /** Whether the app awaits its answer; not where only a subscription has asked. */
  isAwaited: boolean;
  /** Once it reads the book, a change of it may be missed. */
  canBeJoined: boolean;
  readonly outcome: Promise<SyncOutcome>;
}

class Finder implements FriendFinder {
  readonly #options: FriendFinderOptions;
  readonly #platform: Platform;
  readonly #name: string;
  readonly #kept: KeptState;
  readonly #subscriptions: Subscriptions;
  #run: Run | undefined;
  #refreshing: Promise<FriendChanges> | undefined;
  /** Whether the app awaits its answer; not where only subscriptions have asked. */
  #isRefreshAwaited = false;
  /** The cards that were read in this run of the app. */
  #contactsOf: ContactsOf | undefined;
  /** The book was read in this run of the app, or was to be forgotten: no subscription reads it. */
  #isReadingOver = false;
  /** How often all was to be forgotten. */
  #forgotten = 0;

  constructor(options: FriendFinderOptions, platform: Platform) {
    this.#options = options;
    this.#platform = platform;
    this.#name = options.storageName ?? "contact-sync";
    this.#kept = new KeptState(openStateStore(options.storage, { name: this.#name }));
    const foreground = options.foreground ?? pageForeground();
    this.#subscriptions = new Subscriptions(platform, foreground);
  }

  async sync(contacts: Contacts, givenOptions?: SyncOptions): Promise<SyncOutcome> {
    return this.#syncOrJoin(contacts, readOptions(givenOptions, SYNC_OPTIONS), true);
  }

  async #syncOrJoin(
    contacts: Contacts,
    options: SyncOptions,
    isAwaited: boolean,
  ): Promise<SyncOutcome> {
    mustBe("signal must be an AbortSignal", options.signal, isSignal);
    mustBe("onProgress must be a function", options.onProgress, isFunction);
    throwIfAborted(options.signal);
    const source = toSource(contacts);
    const running = this.#run;
    if (
      running?.canBeJoined === true &&
      running.forgotten === this.#forgotten &&
      isSame(running, contacts, source, options)
    ) {
      if (isAwaited) running.isAwaited = true;
      return this.#join(running, contacts, options, isAwaited);
    }
    const onProgress = new Set(options.onProgress === undefined ? [] : [options.onProgress]);
    let begin = () => {};
    const begun = new Promise<void>((resolve) => {
      begin = resolve;
    });
    const run: Run = {
      forgotten: this.#forgotten,
      contacts,
      source,
      onProgress,
      confirmRemoval: options.confirmRemoval,
      isAwaited,
      canBeJoined: true,
      outcome: begun.then(() => this.#sync(run, options)),
    };
    this.#run = run;
    begin();
    try {
      return await run.outcome;
    } finally {
      if (this.#run === run) this.#run = undefined;
    }
  }

  async friends() {
    const { user } = await Bearer.ask(this.#options);
    const slices = createSlices();
    const state = await this.#kept.read(user, slices);
    return state === null ? [] : friendsOf(state, this.#contactsOf ?? new Map(), slices);
  }

  subscribe(listener: (changes: FriendChanges) => void, givenOptions?: SubscribeOptions) {
    if (typeof listener !== "function") {
      throw new ContactSyncError("INVALID_ARGUMENT", "the listener must be a function");
    }
    const { source, onError } = readOptions(givenOptions, SUBSCRIBE_OPTIONS);
    mustBe("onError must be a function", onError, isFunction);
    const ask = () =>
      source !== undefined && !this.#isReadingOver
        ? this.#syncOrJoin(source, {}, false)
        : this.#refreshTogether(false);
    return this.#subscriptions.add(listener, ask, onError);
  }

  async refresh(givenOptions?: RefreshOptions) {
    const { signal } = readOptions(givenOptions, REFRESH_OPTIONS);
    mustBe("signal must be an AbortSignal", signal, isSignal);
    throwIfAborted(signal);
    // One that may be ended is nobody else's.
    return signal === undefined ? this.#refreshTogether(true) : this.#refresh(signal, () => true);
  }

  async #refreshTogether(isAwaited: boolean): Promise<FriendChanges> {
    if (isAwaited) this.#isRefreshAwaited = true;
    this.#refreshing ??= this.#refresh(undefined, () => this.#isRefreshAwaited).finally(() => {
      this.#refreshing = undefined;
      this.#isRefreshAwaited = false;
    });
    return this.#refreshing;
  }

  async forget() {
    this.#forgotten += 1;
    this.#contactsOf = undefined;
    this.#isReadingOver = true;
    const slices = createSlices();
    return this.#platform.exclusively(this.#name, async () => {
      let bearer: Bearer;
      try {
        bearer = await Bearer.ask(this.#options);
      } catch {
        // Nobody is signed in any more: what is here goes all the same.
        await this.#kept.clear();
        return { onService: false };
      }
      const state = await this.#kept.read(bearer.user, slices);
      if (state === null) {
        await this.#kept.clear();
        return { onService: true };
      }
      const left = forgetting(state, this.#platform);
      // Twice, so that neither of the storage's two places has the book any more.
      await this.#kept.write(left, slices);
      await this.#kept.write(left, slices);
      try {
        await forgetOnService(this.#exchange(left, bearer, slices, {}));
      } catch (error) {
        if (!(error instanceof Unreachable)) throw error;
        return { onService: false };
      }
      await this.#kept.clear();
      return { onService: true };
    });
  }

  async #join(
    run: Run,
    contacts: Contacts,
    options: SyncOptions,
    isAwaited: boolean,
  ): Promise<SyncOutcome> {
    const { onProgress, signal } = options;
    if (onProgress !== undefined) run.onProgress.add(onProgress);
    try {
      return await untilAborted(run.outcome, signal);
    } catch (error) {
      // The other's signal ended it.
      const isOthers = isCode(error, "ABORTED") && !signal?.aborted;
      if (!isOthers || this.#forgotten !== run.forgotten) throw error;
    }
    return this.#syncOrJoin(contacts, options, isAwaited);
  }

  async #sync(run: Run, options: SyncOptions): Promise<SyncOutcome> {
    const { signal, confirmRemoval } = options;
    const startedAt = this.#platform.now();
    const slices = createSlices(signal);
    const tell = (progress: SyncProgress) => {
      for (const listener of run.onProgress) listener(progress);
    };
    // At once, since browsers show a picker only just after a touch.
    const reading = Promise.resolve(run.source.read({ signal }));
    // Whoever awaits it below hears of it.
    reading.catch(() => {});
    const bearer = await untilAborted(Bearer.ask(this.#options), signal);
    const known = await untilAborted(this.#kept.read(bearer.user, slices), signal);
    const salt = known?.salt ?? randomHex(this.#platform, 16);
    const { access: allowed, canAskAgain = false, pages } = await untilAborted(reading, signal);
    run.canBeJoined = false;
    const hashed =
      allowed === "none"
        ? null
        : await untilAborted(
            hashBook(pages, {
              region: this.#options.region,
              salt,
              known: known?.rule === this.#rule() ? known.known : new Map(),
              slices,
              onProgress: tell,
            }),
            signal,
          );
    // A fault of the app is none of the reading's.
    if (isCode(hashed?.broken, "INVALID_ARGUMENT")) throw hashed?.broken;
    // What was not read to its end is a part of the book.
    const access = allowed === "full" && hashed?.broken !== undefined ? "partial" : allowed;
    return this.#alone(signal, async () => {
      if (this.#forgotten !== run.forgotten) {
        throw new ContactSyncError("ABORTED", "the book was to be forgotten meanwhile");
      }
      const state =
        (await untilAborted(this.#kept.read(bearer.user, slices), signal)) ??
        newState(bearer.user, this.#platform, salt);
      const exchange = this.#exchange(state, bearer, slices, { signal, tell, confirmRemoval });
      tell({ phase: "sending", done: 0, total: null });
      const isInStep =
        access === "full" && hashed !== null && (await isFresh(exchange, hashed.hashes, startedAt));
      const isOffline = isInStep
        ? false
        : await outOfReach(() => converse(exchange, hashed?.hashes ?? null, access));
      if (hashed !== null) {
        this.#contactsOf = await this.#contactsWith(hashed.contactsOf, access, slices);
        this.#isReadingOver = true;
        if (state.salt === salt) await keepKnown(exchange, hashed, access, this.#rule());
      }
      if (!isOffline) state.finishedAt = this.#platform.now();
      tell({ phase: "saving", done: 0, total: 1 });
      const changes = await this.#answer(exchange, isOffline, () => run.isAwaited);
      tell({ phase: "saving", done: 1, total: 1 });
      const { plan, removal, waiting } = exchange.course;
      return {
        ...changes,
        rejected: hashed?.rejected ?? [],
        access,
        canAskAgain,
        interrupted: hashed?.broken,
        plan,
        waiting: waiting && { numbers: waiting.numbers, until: new Date(waiting.until) },
        removal,
        budget: state.budget && {
          limit: state.budget.limit,
          remaining: state.budget.remaining,
          reset: state.budget.reset,
        },
      };
    });
  }

  /** Of a part of the book, cards of whom it does not show stay those that were read before. */
  async #contactsWith(
    contactsOf: ContactsOf,
    access: ContactAccess,
    slices: WorkSlices,
  ): Promise<ContactsOf> {
    if (access === "full" || this.#contactsOf === undefined) return contactsOf;
    return mergedInSlices([this.#contactsOf, contactsOf], slices);
  }

  /** Does it when nobody else is at work, unless the signal ends it before. */
  async #alone<Result>(
    signal: AbortSignal | undefined,
    work: () => Promise<Result>,
  ): Promise<Result> {
    let begin = () => {};
    const begun = new Promise<void>((resolve) => {
      begin = resolve;
    });
    const outcome = this.#platform.exclusively(this.#name, async () => {
      begin();
      throwIfAborted(signal);
      return work();
    });
    await untilAborted(Promise.race([begun, outcome]), signal);
    return outcome;
  }

  async #refresh(
    signal: AbortSignal | undefined,
    isAwaited: () => boolean,
  ): Promise<FriendChanges> {
    const bearer = await untilAborted(Bearer.ask(this.#options), signal);
    const slices = createSlices(signal);
    return this.#alone(signal, async () => {
      const state = await untilAborted(this.#kept.read(bearer.user, slices), signal);
      if (state === null) return { friends: [], joined: [], left: [], offline: false };
      const exchange = this.#exchange(state, bearer, slices, { signal });
      const offline = await outOfReach(() => converse(exchange, null, "none"));
      return this.#answer(exchange, offline, isAwaited);
    });
  }

  /** What is told, once it is written down that it was. */
  async #answer(
    exchange: Exchange,
    offline: boolean,
    isAwaited: () => boolean,
  ): Promise<FriendChanges> {
    const { state, slices } = exchange;
    const friends = await friendsOf(state, this.#contactsOf ?? new Map(), slices);
    // Whoever is found at last, when nothing had gone in before, is no news.
    const { told, token, partial, followed } = state;
    const isFirst = told === null && token === null && partial.size === 0 && followed.size === 0;
    // Where the only one who asked has stopped listening, they are told next time.
    const isHeard = isAwaited() || this.#subscriptions.isAnybodyThere();
    const news =
      isFirst || !isHeard ? { joined: [], left: [] } : await takeNews(state, friends, slices);
    const changes = { friends, ...news, offline };
    await exchange.save();
    this.#subscriptions.tell(changes);
    return changes;
  }

  #exchange(
    state: State,
    bearer: Bearer,
    slices: WorkSlices,
    {
      signal,
      tell = () => {},
      confirmRemoval,
    }: {
      signal?: AbortSignal | undefined;
      tell?: (progress: SyncProgress) => void;
      confirmRemoval?: SyncOptions["confirmRemoval"];
    },
  ): Exchange {
    const course: Course = { plan: "none", removal: null, waiting: null };
    return {
      state,
      service: new Service(this.#options.url, this.#platform, bearer, signal),
      platform: this.#platform,
      slices,
      course,
      confirmRemoval,
      signal,
      save: () => this.#kept.write(state, slices),
      tell,
    };
  }

  /** What the stored hashes of numbers depend on. */
  #rule(): string {
    return `${HASH_RULE} ${this.#options.region ?? ""}`;
  }
}

/** Sources of which two read the same, and which an app makes anew for each call. */
const OF_THE_DEVICE: readonly string[] = [
  "expo-contacts",
  "react-native-contacts",
  "contact-picker",
];

function isSame(
  run: Run,
  contacts: Contacts,
  source: ContactSource,
  { confirmRemoval }: SyncOptions,
): boolean {
  // Whoever says that a removal is meant is not answered that nobody did.
  if (run.confirmRemoval !== confirmRemoval && confirmRemoval !== undefined) return false;
  if (run.contacts === contacts) return true;
  return (
    source === contacts && run.source.name === source.name && OF_THE_DEVICE.includes(source.name)
  );
}

/** Whether the service could not be asked, or only in part. */
async function outOfReach(work: () => Promise<void>): Promise<boolean> {
  try {
    await work();
    return false;
  } catch (error) {
    if (error instanceof Unreachable) return true;
    throw error;
  }
}

/** Whether another tab, or another call, has told the service the same since this one began. */
async function isFresh(
  { state, platform, slices }: Exchange,
  hashes: readonly string[],
  startedAt: number,
): Promise<boolean> {
  const { finishedAt, token, underWay, merging, listed, waitsUntil, set } = state;
  return (
    finishedAt !== null &&
    finishedAt > startedAt &&
    finishedAt <= platform.now() &&
    token !== null &&
    underWay === null &&
    merging.size === 0 &&
    listed === null &&
    waitsUntil === null &&
    set.size === hashes.length &&
    (await chosenInSlices(hashes, slices, (hash) => !set.has(hash))).length === 0
  );
}

/** Of a part of the book, what is known of the rest stays known. */
async function keepKnown(
  { state, slices }: Exchange,
  hashed: HashedBook,
  access: ContactAccess,
  rule: string,
): Promise<void> {
  const isAdded = access !== "full" && state.rule === rule;
  state.known = isAdded ? await mergedInSlices([state.known, hashed.known], slices) : hashed.known;
  state.rule = rule;
}

/** What is left to do, of a state that is to be forgotten. */
function forgetting(state: State, platform: Platform): State {
  const devices = state.isDeviceUsed ? [state.deviceId] : [];
  return {
    ...newState(state.user, platform, state.salt),
    isForgetting: true,
    formerDevices: [...state.formerDevices, ...devices],
    partial: new Set([...state.partial, ...state.merging]),
  };
}

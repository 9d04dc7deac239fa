import type { FriendChanges, SyncOutcome } from "../../client/src/sync/friend-finder.ts";
import type { ReadRequest, RequestKind } from "./requests.ts";
import type { Arrived } from "./service.ts";

/** Tokens are good for so long, unless the service says otherwise. */
const TOKEN_DAYS = 30;

const OF_DEVICE: ReadonlySet<RequestKind> = new Set([
  "full",
  "fill up",
  "delta",
  "nothing",
  "begin",
  "part",
  "commit",
]);

export interface Knowing {
  /** Whether somebody is always linked without an announcement. */
  isSilent(userId: string): boolean;
  /** Of the numbers that may be theirs. */
  hashesOf(userId: string): readonly string[];
}

/** What the simulator knows of one user on one phone. */
export class Record {
  readonly name: string;
  readonly userId: string;
  /**
   * Why the device may have to send all it has, and how many requests that would find out it had
   * sent when that came about. Empty: it is in step, and a full sync would be a waste.
   */
  readonly causes = new Map([["the first sync", 0]]);
  /** By which the service has heard of it, the latest last. */
  readonly deviceIds = new Set<string>();
  /** Of the sync tokens that it was given. */
  readonly #deviceOf = new Map<string, string>();
  /** Whom the last outcome showed; null before the first, and where the state was lost since. */
  shown: ReadonlySet<string> | null = null;
  /** Whether each change of the state since was told to us: no outcome was lost. */
  isCertain = true;
  /** Whom resets have listed since the last outcome: that they are there is no news. */
  readonly #listedByReset = new Set<string>();
  /** A reset has begun and is not at its end. */
  #isResetting = false;
  /** The service has answered something since the last outcome. */
  #hasAnswer = false;
  /** What was sent without a device, and not taken away since. */
  readonly partial = new Set<string>();
  readonly everSent = new Set<string>();
  /** Sent for the first time, or again after it was taken away, since the last outcome. */
  readonly newlySent = new Set<string>();
  /** Whether it may have had an answer that says who has an account. */
  wasSynced = false;
  #isSynced = false;
  /** Sent without a device, at any time. */
  readonly everMerged = new Set<string>();
  /** On which day of the service's the oldest token that it may have was given. */
  tokenDay = 0;
  /** The kinds of all that it has sent. */
  readonly requests: RequestKind[] = [];
  /** Of those, how many are answered by whether its token is good, or by another. */
  #ofDevice = 0;

  constructor(name: string, userId: string) {
    this.name = name;
    this.userId = userId;
  }

  get deviceId(): string | undefined {
    return [...this.deviceIds].at(-1);
  }

  mayBeFull(cause: string): void {
    this.causes.set(cause, this.#ofDevice);
  }

  /** What the phone remembered is gone, or is of another time. */
  forgotState(cause: string): void {
    this.mayBeFull(cause);
    this.shown = null;
    this.isCertain = false;
    // What is left of it may be of any time.
    this.wasSynced = true;
  }

  /** What is wrong with a request of the app's, given the day; undefined: nothing. */
  sent(request: ReadRequest, day: number): string | undefined {
    const { kind, hashes } = request;
    const deviceId = this.#deviceIn(request);
    this.requests.push(kind);
    if (OF_DEVICE.has(kind)) this.#ofDevice += 1;
    if (deviceId !== undefined && kind !== "forget device") {
      this.deviceIds.delete(deviceId);
      this.deviceIds.add(deviceId);
    }
    for (const hash of hashes) {
      // What a delta adds may have been there before, and is asked for anew.
      if (kind === "delta" || !this.everSent.has(hash)) this.newlySent.add(hash);
      this.everSent.add(hash);
    }
    for (const hash of kind === "merge" ? hashes : []) {
      this.partial.add(hash);
      this.everMerged.add(hash);
    }
    if (kind !== "full" && kind !== "begin") return undefined;
    if (this.causes.size > 0 || day - this.tokenDay > TOKEN_DAYS) return undefined;
    return `${this.name}: a full sync (${kind}) where a delta would do, after ${this.requests.slice(-8).join(", ")}`;
  }

  answered(request: ReadRequest, { status, text }: Arrived): void {
    if (status !== 200) return;
    this.#hasAnswer = true;
    const { kind } = request;
    const { data } = JSON.parse(text);
    const deviceId = this.#deviceIn(request) ?? this.deviceId;
    if (deviceId !== undefined && typeof data.sync_token === "string") {
      this.#deviceOf.set(data.sync_token, deviceId);
    }
    if (data.changes_reset || data.reset) this.#isResetting = true;
    if (this.#isResetting) {
      for (const { user_id } of data.changes ?? []) this.#listedByReset.add(user_id);
      this.#isResetting = data.has_more_changes ?? data.has_more ?? false;
    }
    if (data.matches !== undefined && kind !== "nothing") this.#isSynced = true;
  }

  /** Also where only its token says so: what is remembered may be of a device before the latest. */
  #deviceIn({ deviceId, syncToken }: ReadRequest): string | undefined {
    return deviceId ?? (syncToken === undefined ? undefined : this.#deviceOf.get(syncToken));
  }

  /** A call begins. */
  begins(): void {
    this.#listedByReset.clear();
    this.#hasAnswer = false;
    this.newlySent.clear();
    this.wasSynced ||= this.#isSynced;
  }

  /** What is wrong with an outcome. */
  told(outcome: SyncOutcome, people: Knowing, day: number): string[] {
    const faults = faultsOfChanges(outcome, (userId) => people.isSilent(userId));
    const friends = new Set(outcome.friends.map(({ userId }) => userId));
    const joined = outcome.joined.map(({ userId }) => userId);
    if (!this.wasSynced && joined.length > 0) {
      faults.push("somebody joined at the very first sync");
    }
    // Who is found by a number that was not asked for before is another matter.
    const isFound = (userId: string) =>
      people.hashesOf(userId).some((hash) => this.newlySent.has(hash));
    if (joined.some((userId) => this.#listedByReset.has(userId) && !isFound(userId))) {
      faults.push("somebody joined during a reset");
    }
    const hasNews = joined.length + outcome.left.length > 0;
    if (outcome.offline && hasNews && !this.#hasAnswer && this.isCertain) {
      faults.push("news though it is offline");
    }
    if (this.isCertain && this.shown !== null) {
      const { shown } = this;
      const again = joined.filter((userId) => shown.has(userId));
      if (again.length > 0) faults.push(`${again} joined though they were shown last time`);
      const gone = [...shown].filter((userId) => !friends.has(userId)).sort();
      if (JSON.stringify([...outcome.left].sort()) !== JSON.stringify(gone)) {
        faults.push(`left are ${outcome.left}, and not ${gone}`);
      }
    }
    this.shown = friends;
    this.wasSynced ||= this.#isSynced;
    this.isCertain = true;
    this.#listedByReset.clear();
    const isInStep = !outcome.offline && outcome.removal === null && outcome.waiting === null;
    if (isInStep && outcome.access === "full") {
      for (const [cause, sent] of this.causes) {
        if (sent < this.#ofDevice) this.causes.delete(cause);
      }
      this.tokenDay = day;
    }
    return faults.map((fault) => `${this.name}: ${fault}`);
  }
}

/** What is wrong with any news. */
export function faultsOfChanges(
  { friends, joined, left }: Pick<FriendChanges, "friends" | "joined" | "left">,
  isSilent: (userId: string) => boolean,
): string[] {
  const ids = friends.map(({ userId }) => userId);
  const shown = new Set(ids);
  const faults: string[] = [];
  if (shown.size < ids.length) faults.push("a friend is there twice");
  for (const { userId } of joined) {
    if (!shown.has(userId)) faults.push(`${userId} joined and is no friend`);
    if (isSilent(userId)) faults.push(`${userId} joined silently and is announced`);
  }
  for (const userId of left) if (shown.has(userId)) faults.push(`${userId} left and is a friend`);
  return faults;
}

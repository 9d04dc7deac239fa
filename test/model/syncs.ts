import { LARGE_DATASET_BATCH_SIZE } from "@contact-sync/client";
import type { Books } from "./books.ts";
import { type Device, markAfter } from "./holders.ts";
import type { Operation } from "./operations.ts";
import { PEOPLE } from "./world.ts";

export interface Run {
  readonly owner: number;
  readonly status: "completed" | "failed";
  readonly mode: string;
  /** How many the device has in all; of a delta, how many it has brought. */
  readonly deviceCount: number;
  readonly synced: number;
  readonly inserted: number;
  readonly updated: number;
  readonly unchanged: number;
  readonly removed: number;
  readonly matched: number;
  readonly error: string | null;
}

/** What a device was given to go on from, and what it held then. */
export interface Token {
  readonly owner: number;
  readonly device: number;
  readonly mark: string;
  /** What the device takes for its set, with numbers that were forgotten meanwhile. */
  readonly set: ReadonlySet<number>;
}

/** A delta as it is sent: what a device makes of a token it has kept. */
export interface Delta {
  /** The place of the token among all that were given. */
  readonly token: number;
  readonly added: readonly number[];
  readonly removed: readonly number[];
  readonly confirmRemoval: boolean;
}

type Of<Name> = Extract<Operation, { do: Name }>;
type Sync = Omit<Of<"sync">, "do">;

const NOTHING = { synced: 0, inserted: 0, updated: 0, unchanged: 0, removed: 0, matched: 0 };
/** Of a delta, which has none of the caller's. */
const DELTA_BATCH_SIZE = 500;

/** What comes of syncs, with devices and without. */
export class Syncs {
  readonly #books: Books;
  runs: Run[] = [];
  /** Runs of erased owners. */
  readonly folded: Run[] = [];
  /** Rows that refused streams left behind. */
  readonly staged = PEOPLE.map(() => 0);
  /** The devices whose sessions were refused, and wait to be committed. */
  readonly sessions = PEOPLE.map(() => new Set<number>());
  /** What streams that were refused have added since the last sync that was completed. */
  readonly added = PEOPLE.map((): ReadonlySet<number> => new Set());
  /** New numbers that were charged to the budget. What comes back of it meanwhile is less than one. */
  readonly spent = PEOPLE.map(() => 0);
  readonly lastSync = PEOPLE.map((): Run | null => null);
  readonly lastError = PEOPLE.map((): string | null => null);
  /** Of the last sync that said. */
  readonly deviceCount = PEOPLE.map((): number | null => null);
  /** All that were ever given, whoever has forgotten them. */
  readonly tokens: Token[] = [];
  readonly everForgotten = new Set<number>();
  /** Each device's last delta, whatever came of it. */
  readonly #sent = new Map<string, Delta>();

  constructor(books: Books) {
    this.#books = books;
  }

  sync({ owner, device, numbers, mode, confirmRemoval, streamed, batchSize }: Sync): unknown {
    const book = this.#books.of(owner);
    const holders = this.#books.holders(owner);
    const readable = numbers.filter((number) => number !== null);
    const wanted = new Set(readable);
    const deviceCount = numbers.length;
    if (streamed && device !== null) this.#beginSession(owner, device);
    // A device's stream is a session, of which nothing shows unless all of it does.
    const isAtOnce = !streamed || device !== null;

    // Of the whole book, or of what the device held. The fifteenth device has what the one that is
    // silent longest held: its snapshot is of that, and its merge begins without.
    const silent = device === null ? null : holders.silentBefore(device);
    const held = device === null ? [...book.keys()] : [...holders.setOf(silent ?? device)];
    const released =
      mode === "replace"
        ? held.filter((number) => !wanted.has(number))
        : silent === null
          ? []
          : held;
    const gone = released.filter((number) => device === null || holders.of(number).length === 1);

    // A stream's own additions are here not in the book yet.
    const coming = isAtOnce
      ? 0
      : [...wanted].filter((number) => !book.has(number) && !this.#books.isForgotten(number))
          .length;
    const isFree = mode === "merge" || confirmRemoval || silent !== null;
    const refused = !isFree && this.#isMostOfIt(owner, gone, coming);
    if (refused && isAtOnce) {
      if (streamed && device !== null) this.sessions[owner]?.add(device);
      return this.#failed({ owner, mode, deviceCount, ...NOTHING });
    }

    if (device !== null) holders.meet(device, silent);
    const remove = () => {
      if (device === null) holders.releaseAll(released);
      else holders.release(device, released);
      this.#books.remove(owner, gone);
    };
    if (!refused && isAtOnce) remove();
    const { news, updated } = this.#add(owner, device, wanted);
    // A stream knows at its end what is missing.
    if (!refused && !isAtOnce) remove();
    // A stream has added by the time it is refused.
    if (refused) {
      this.staged[owner] = (this.staged[owner] ?? 0) + wanted.size;
      this.added[owner] = new Set([...(this.added[owner] ?? []), ...news]);
      return this.#failed({ owner, mode, deviceCount, ...NOTHING });
    }

    const counts = {
      synced: wanted.size,
      inserted: news.length,
      updated,
      unchanged: wanted.size - news.length - updated,
      removed: gone.length,
    };
    this.#completed({ owner, mode, deviceCount, ...counts, matched: this.#matched(owner, wanted) });
    this.deviceCount[owner] = deviceCount;
    if (device !== null) holders.hear(device);
    return {
      ...this.#answer(owner, numbers, counts),
      batch_size: batchSize,
      rejected: numbers.flatMap((number, index) => (number === null ? [index] : [])),
      sync_token:
        device !== null &&
        this.#give(owner, device, mode === "replace" ? wanted : holders.setOf(device)),
    };
  }

  /** Of those that wait, the device's own is dropped, and the oldest where there were four. */
  #beginSession(owner: number, device: number): void {
    const waiting = [...(this.sessions[owner] ?? [])].filter((other) => other !== device);
    this.sessions[owner] = new Set(waiting.slice(-3));
  }

  /** Parts in order, as one stream; sent by their hashes. */
  session({ owner, device, parts, mode, confirmRemoval }: Of<"session">): unknown {
    return this.sync({
      owner,
      device,
      numbers: parts.flat(),
      mode,
      confirmRemoval,
      streamed: true,
      batchSize: LARGE_DATASET_BATCH_SIZE,
    });
  }

  /** What a device sends that toggles numbers of the set that it takes for its own. */
  makeDelta({ owner, device, age, numbers, mistake, confirmRemoval }: Of<"delta">): Delta | null {
    const own = this.tokens.flatMap((token, place) =>
      token.owner === owner && token.device === device ? [{ ...token, place }] : [],
    );
    const token = own.at(-1 - age);
    if (token === undefined) return null;
    const added = numbers.filter((number) => !token.set.has(number));
    const removed = numbers.filter((number) => token.set.has(number));
    // It adds what it has or removes what it has not, as one does whose memory is wrong. Not of a
    // number that was forgotten: of that, it is no mistake.
    if (mistake !== null && !numbers.includes(mistake) && !this.everForgotten.has(mistake)) {
      if (token.set.has(mistake)) added.push(mistake);
      // Of a digest that comes out as that of a set.
      else if (token.set.size + new Set(added).size > new Set(removed).size + 1) {
        removed.push(mistake);
      }
    }
    const delta = { token: token.place, added, removed, confirmRemoval };
    this.#sent.set(`${owner} ${device}`, delta);
    return delta;
  }

  lastDelta({ owner, device }: Of<"resend">): Delta | null {
    const delta = this.#sent.get(`${owner} ${device}`);
    if (delta === undefined) return null;
    const { set } = this.tokens[delta.token] as Token;
    const mistakes = [
      ...delta.added.filter((number) => set.has(number)),
      ...delta.removed.filter((number) => !set.has(number)),
    ];
    return mistakes.some((number) => this.everForgotten.has(number)) ? null : delta;
  }

  delta(delta: Delta): unknown {
    const { owner, device: id, mark, set } = this.tokens[delta.token] as Token;
    const holders = this.#books.holders(owner);
    const device = holders.devices.get(id);
    const [added, removed] = [new Set(delta.added), new Set(delta.removed)];
    if (added.size + removed.size === 0) {
      if (device?.mark !== mark) return { error: "SYNC_TOKEN_EXPIRED" };
      const answer = this.#answer(owner, [], NOTHING);
      return {
        ...answer,
        batch_size: 1,
        budget: undefined,
        sync_token: this.#give(owner, id, set),
      };
    }

    const next = markAfter(mark, added, removed);
    if (device === undefined || (device.mark !== mark && device.mark !== next)) {
      return { error: "SYNC_TOKEN_EXPIRED" };
    }
    // The answer was lost, and is given again.
    const isAgain = device.mark === next;
    if (!isAgain) {
      // A number that was forgotten is in no set, and the device need not know.
      const knows = [...removed].every(
        (number) => device.set.has(number) || this.#books.isForgotten(number),
      );
      if (!knows || [...added].some((number) => device.set.has(number))) {
        return { error: "SYNC_DIGEST_MISMATCH" };
      }
      const gone = [...removed].filter((number) => holders.of(number).length === 1);
      if (!delta.confirmRemoval && this.#isMostOfIt(owner, gone, 0)) {
        const deviceCount = set.size + added.size - removed.size;
        return this.#failed({ owner, mode: "delta", deviceCount, ...NOTHING });
      }
      holders.release(id, removed);
      this.#books.remove(owner, gone);
      const { news, updated } = this.#add(owner, id, added);
      device.did = { inserted: news.length, updated, removed: gone.length };
      device.mark = next;
      holders.hear(id);
    } else {
      this.#add(owner, id, added);
    }

    const after = new Set([...set, ...added].filter((number) => !removed.has(number)));
    const { inserted, updated } = device.did;
    const unchanged = added.size - inserted - updated;
    const counts = { synced: added.size, ...device.did, unchanged };
    if (!isAgain) {
      const matched = this.#matched(owner, added);
      this.#completed({ owner, mode: "delta", deviceCount: added.size, ...counts, matched });
    }
    return {
      ...this.#answer(owner, delta.added, counts),
      batch_size: DELTA_BATCH_SIZE,
      sync_token: this.#give(owner, id, after, next),
    };
  }

  /** What it held, and nobody else does, leaves the book. */
  forgetDevice({ owner, device }: Of<"forgetDevice">): unknown {
    const holders = this.#books.holders(owner);
    if (!holders.devices.has(device)) return { error: "DEVICE_NOT_FOUND" };
    const gone = [...holders.setOf(device)].filter((number) => holders.of(number).length === 1);
    this.#books.remove(owner, gone);
    holders.devices.delete(device);
    this.sessions[owner]?.delete(device);
    return { contacts_removed: gone.length };
  }

  /** @returns how many runs there were */
  erase(owner: number): number {
    const folded = this.runs.filter((run) => run.owner === owner);
    this.folded.push(...folded);
    this.runs = this.runs.filter((run) => run.owner !== owner);
    this.staged[owner] = 0;
    this.sessions[owner]?.clear();
    this.added[owner] = new Set();
    this.spent[owner] = 0;
    this.lastSync[owner] = null;
    this.lastError[owner] = null;
    this.deviceCount[owner] = null;
    return folded.length;
  }

  isGood({ owner, device, mark }: Token): boolean {
    return this.#books.holders(owner).devices.get(device)?.mark === mark;
  }

  /**
   * Whether more than half of a book would go: of all of it, or of it without what a refused stream
   * has added.
   */
  #isMostOfIt(owner: number, gone: readonly number[], coming: number): boolean {
    const book = [...this.#books.of(owner).keys()];
    const wasThere = (number: number) => !this.added[owner]?.has(number);
    return (
      gone.length * 2 > book.length + coming ||
      gone.filter(wasThere).length * 2 > book.filter(wasThere).length
    );
  }

  #add(owner: number, device: number | null, wanted: ReadonlySet<number>) {
    const paid = new Set(this.#books.kept[owner]?.keys());
    const outcomes = [...wanted].map((number) => [number, this.#books.add(owner, number)] as const);
    const stored = [...wanted].filter((number) => !this.#books.isForgotten(number));
    this.#books.holders(owner).hold(device, stored);
    const news = outcomes.flatMap(([number, outcome]) => (outcome === "inserted" ? [number] : []));
    this.#books.tellMutual(owner, news, true);
    this.spent[owner] =
      (this.spent[owner] ?? 0) + news.filter((number) => !paid.has(number)).length;
    return { news, updated: outcomes.filter(([, outcome]) => outcome === "updated").length };
  }

  #matched(owner: number, wanted: ReadonlySet<number>): number {
    const links = [...wanted].map((number) => this.#books.of(owner).get(number)?.link ?? null);
    return links.filter((link) => link !== null).length;
  }

  /** The fields that every result has, by what was sent. */
  #answer(
    owner: number,
    sent: readonly (number | null)[],
    counts: Pick<Run, "synced" | "inserted" | "updated" | "unchanged" | "removed">,
  ) {
    const matches = [...new Set(sent)].flatMap((number) => {
      const user = number === null ? null : (this.#books.of(owner).get(number)?.link ?? null);
      const indexes = sent.flatMap((other, index) => (other === number ? [index] : []));
      return user === null ? [] : [{ number, index: indexes[0], indexes, user }];
    });
    const repeated = sent.flatMap((number, index) => {
      const first = sent.indexOf(number);
      return number === null || first === index ? [] : [{ index, repeats: first }];
    });
    return {
      total_processed: counts.synced,
      contacts_inserted: counts.inserted,
      contacts_updated: counts.updated,
      contacts_unchanged: counts.unchanged,
      contacts_removed: counts.removed,
      matched_contacts: matches.length,
      duplicates: repeated.length,
      budget: 12_000 - (this.spent[owner] ?? 0), // a new account's
      rejected: [] as number[],
      repeated,
      matches,
    };
  }

  #give(owner: number, device: number, set: ReadonlySet<number>, given?: string): true {
    const { mark } = this.#books.holders(owner).devices.get(device) as Device;
    this.tokens.push({ owner, device, mark: given ?? mark, set: new Set(set) });
    return true;
  }

  #completed(counts: Omit<Run, "status" | "error">): void {
    const run: Run = { ...counts, status: "completed", error: null };
    this.runs.push(run);
    this.added[run.owner] = new Set();
    this.lastSync[run.owner] = run;
    this.lastError[run.owner] = null;
  }

  #failed(run: Omit<Run, "status" | "error">): unknown {
    const error = "REPLACE_NEEDS_CONFIRMATION";
    this.runs.push({ ...run, status: "failed", error });
    this.lastError[run.owner] = error;
    return { error };
  }
}

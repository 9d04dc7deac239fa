import { ContactSyncError, isContactSyncError } from "../protocol/errors.ts";
import {
  chosenInSlices,
  eachInSlices,
  joinedInSlices,
  setInSlices,
} from "../slices/each-in-slices.ts";
import type { Slices, WorkSlices } from "../slices/slices.ts";
import type { StateStore } from "../storage/storage.ts";
import type { State, UnderWay } from "./state.ts";

/** Of what is kept. What has another is not read: the next sync is a full one. */
const VERSION = 1;
const HASH_LENGTH = 32;

type Large =
  | "set"
  | "links"
  | "known"
  | "followed"
  | "listed"
  | "partial"
  | "merging"
  | "partialListed"
  | "told"
  | "quiet";

interface Head extends Omit<State, Large | "underWay"> {
  readonly version: number;
  readonly underWay: Omit<UnderWay, "added" | "removed"> | null;
  /** Those of `listed`, `partialListed` and `told` that are null. */
  readonly absent: readonly string[];
}

/**
 * A state in the storage. A section is made of lines, or of hashes of one length, so that it is made
 * and read without a parser, in steps of which each takes little time.
 */
export class KeptState {
  readonly #store: StateStore;
  /** Texts of what was read or written: sets and maps are never changed. */
  readonly #texts = new WeakMap<object, string>();

  constructor(store: StateStore) {
    this.#store = store;
  }

  /** Null where there is none, and for what another version has kept, or is another user's. */
  async read(user: string, slices: WorkSlices): Promise<State | null> {
    const stored = await reached(this.#store.read(slices.undisturbed), "read");
    const head = stored?.head as Partial<Head> | null | undefined;
    if (stored === null || head?.version !== VERSION || head.user !== user) return null;
    const { underWay, absent, version: _, ...rest } = head as Head;
    const text = (name: string) => stored.sections[name] ?? "";
    const keep = <Value extends object>(name: string, value: Value): Value => {
      this.#texts.set(value, text(name));
      return value;
    };
    const hashes = async (name: string) =>
      keep(name, await setInSlices(slices, divided(text(name))));
    const map = async (name: string) => keep(name, await mapOf(text(name), slices));
    const list = (name: string) => chosenInSlices(divided(text(name)), slices, () => true);
    const users = async (name: string) => keep(name, await setInSlices(slices, lines(text(name))));
    return {
      ...rest,
      set: await hashes("set"),
      links: await map("links"),
      known: await map("known"),
      underWay: underWay && {
        ...underWay,
        added: await list("added"),
        removed: await list("removed"),
      },
      followed: await hashes("followed"),
      partial: await hashes("partial"),
      merging: await hashes("merging"),
      listed: absent.includes("listed") ? null : await hashes("listed"),
      partialListed: absent.includes("partialListed") ? null : await hashes("partialListed"),
      told: absent.includes("told") ? null : await users("told"),
      quiet: await users("quiet"),
    };
  }

  async write(state: State, slices: WorkSlices): Promise<void> {
    const {
      underWay,
      set,
      links,
      known,
      listed,
      followed,
      partial,
      merging,
      partialListed,
      ...others
    } = state;
    const { told, quiet, ...rest } = others;
    const head: Head = {
      ...rest,
      version: VERSION,
      underWay: underWay && {
        token: underWay.token,
        digest: underWay.digest,
        confirmRemoval: underWay.confirmRemoval,
        isNews: underWay.isNews,
      },
      absent: Object.entries({ listed, partialListed, told }).flatMap(([name, value]) =>
        value === null ? [name] : [],
      ),
    };
    const lists = { set, listed, followed, partial, merging, partialListed };
    const sections: Record<string, string> = {
      added: await joinedInSlices(underWay?.added ?? [], "", slices),
      removed: await joinedInSlices(underWay?.removed ?? [], "", slices),
    };
    for (const [name, value] of Object.entries(lists)) {
      sections[name] = await this.#textOf(value, "", slices);
    }
    for (const [name, value] of Object.entries({ told, quiet, links, known })) {
      sections[name] = await this.#textOf(value, "\n", slices);
    }
    await reached(this.#store.write({ head, sections }, slices.undisturbed), "written");
  }

  clear(): Promise<void> {
    return reached(this.#store.clear(), "cleared");
  }

  async #textOf(
    value: ReadonlySet<string> | ReadonlyMap<string, string> | null,
    separator: string,
    slices: Slices,
  ): Promise<string> {
    if (value === null) return "";
    const known = this.#texts.get(value);
    if (known !== undefined) return known;
    const text = await joinedInSlices(textsOf(value), separator, slices);
    this.#texts.set(value, text);
    return text;
  }
}

/** Whatever the app's storage throws is one error, with that as its cause. */
async function reached<Answer>(work: Promise<Answer>, what: string): Promise<Answer> {
  try {
    return await work;
  } catch (cause) {
    if (isContactSyncError(cause)) throw cause;
    const message = `the app's storage could not be ${what}`;
    throw new ContactSyncError("STORAGE_UNAVAILABLE", message, { cause });
  }
}

function* divided(text: string): Generator<string> {
  for (let at = 0; at < text.length; at += HASH_LENGTH) yield text.slice(at, at + HASH_LENGTH);
}

function* lines(text: string): Generator<string> {
  for (let at = 0; at < text.length; ) {
    const end = text.indexOf("\n", at);
    yield text.slice(at, end < 0 ? text.length : end);
    at = end < 0 ? text.length : end + 1;
  }
}

/** Of a map, an entry is a key, a space and a value. */
async function mapOf(text: string, slices: Slices): Promise<Map<string, string>> {
  const map = new Map<string, string>();
  await eachInSlices(lines(text), slices, (line) => {
    const space = line.indexOf(" ");
    map.set(line.slice(0, space), line.slice(space + 1));
  });
  return map;
}

function* textsOf(value: ReadonlySet<string> | ReadonlyMap<string, string>): Generator<string> {
  for (const entry of value) yield typeof entry === "string" ? entry : entry.join(" ");
}

import { ContactSyncError } from "../protocol/errors.ts";
import { createSlices, type Slices } from "../slices/slices.ts";
import { checksumOf } from "./checksum.ts";
import { type Head, MAX_ENTRY, piecesOf, readHead, type SectionPlace, writeHead } from "./head.ts";
import type { StateStore, Stored, TextStorage } from "./storage.ts";

/**
 * Characters of a piece: half of what an entry may hold, since a storage that encrypts makes it a
 * third longer.
 */
const PIECE_LENGTH = MAX_ENTRY / 2;

/** As many missing pieces one after another are the end of what is there. */
const MISSES = 8;

/** More than any state has: a storage where more are found gives texts that nobody has written. */
const MOST_PIECES = 20_000;

/** How often a write begins again because somebody else has written meanwhile. */
const ATTEMPTS = 5;

const SECTION_NAME = /^[a-z][A-Za-z0-9-]{0,39}$/;

/** What an entry for a head holds. */
interface Slot {
  readonly entry: string;
  readonly text: string | null;
  readonly head: Head | null;
}

interface Summed {
  readonly text: string;
  readonly checksum: string;
}

/**
 * Keeps a state in a storage of texts, in pieces of at most 128 KB.
 *
 * A state is what a head names, and there are two entries for heads, written alternately: pieces
 * that neither of the two names are written first, then the head in the entry of the older one. So
 * until that moment, and if it is torn, the newer one and all its pieces are there. Whatever is
 * written is read again before it counts, and what is read counts if its checksums are right.
 *
 * Pieces have numbers from 0, the lowest that are free. So what a crash has left is found and
 * removed at the next write, although a storage of texts does not list its names.
 *
 * Several that write at once (tabs without a lock) leave the state of one of them or, at worst, one
 * that is found to be none; never a mixture.
 */
export function openStateStore(storage: TextStorage, options: { name: string }): StateStore {
  const { name } = options;
  const heads = [`${name}.head-0`, `${name}.head-1`] as const;
  const piece = (number: number) => `${name}.piece-${number}`;

  /** The entry and text of a head whose pieces were found to be whole. */
  let trusted: { readonly entry: string; readonly text: string } | null = null;
  /** Sections as they were last read or written, so that equal ones are not summed again. */
  let known: ReadonlyMap<string, Summed> = new Map();
  /** Whether there may be pieces that no head names. */
  let untidy = true;

  async function get(entry: string): Promise<string | null> {
    const text = await storage.getItem(entry);
    // Nothing that is written here is empty, but what some give for a name that they do not have.
    return typeof text === "string" && text !== "" ? text : null;
  }

  /** Whether it is there when it is read again. */
  async function put(entry: string, text: string): Promise<boolean> {
    await storage.setItem(entry, text);
    return (await get(entry)) === text;
  }

  /** Whether somebody else has written a head meanwhile. */
  async function isOvertaken(slots: readonly Slot[]): Promise<boolean> {
    for (const { entry, text } of slots) if ((await get(entry)) !== text) return true;
    return false;
  }

  async function readSlots(slices: Slices): Promise<[Slot, Slot]> {
    const read = async (entry: string): Promise<Slot> => {
      const text = await get(entry);
      return { entry, text, head: text === null ? null : await readHead(text, slices) };
    };
    return [await read(heads[0]), await read(heads[1])];
  }

  /** Null where a piece is missing, or is not what was written. */
  async function readSections(head: Head, slices: Slices): Promise<Map<string, Summed> | null> {
    const sections = new Map<string, Summed>();
    for (const [section, { length, checksum, pieces }] of Object.entries(head.sections)) {
      const texts: string[] = [];
      for (const number of pieces) {
        const text = await get(piece(number));
        if (text === null) return null;
        texts.push(text);
        const turn = slices.turn();
        if (turn) await turn;
      }
      const text = texts.join("");
      if (text.length !== length || (await checksumOf(text, slices)) !== checksum) return null;
      sections.set(section, { text, checksum });
    }
    return sections;
  }

  /** Whether the slot's state is whole; then `trusted` and `known` are of it. */
  async function isWhole(slot: Slot, slices: Slices): Promise<boolean> {
    if (slot.text === null || slot.head === null) return false;
    const sections = await readSections(slot.head, slices);
    if (sections === null) return false;
    trusted = { entry: slot.entry, text: slot.text };
    known = sections;
    return true;
  }

  function distrust(): void {
    trusted = null;
    known = new Map();
    untidy = true;
  }

  async function readState(slices: Slices): Promise<Stored | null> {
    const slots = inOrder(await readSlots(slices));
    const failures: unknown[] = [];
    for (const slot of slots) {
      try {
        if (!(await isWhole(slot, slices))) continue;
      } catch (error) {
        failures.push(error);
        continue;
      }
      const sections = [...known].map(([section, { text }]) => [section, text] as const);
      return { head: slot.head?.content, sections: Object.fromEntries(sections) };
    }
    distrust();
    if (failures.length > 0) throw failures[0];
    return null;
  }

  /** The state that stays until the next one is there, and the entry that is written over. */
  async function findBase(slots: readonly [Slot, Slot], slices: Slices) {
    const [newer, older] = inOrder(slots);
    if (newer.entry === trusted?.entry && newer.text === trusted.text) {
      return { base: newer.head, target: older.entry };
    }
    distrust();
    try {
      if (await isWhole(newer, slices)) return { base: newer.head, target: older.entry };
    } catch {
      // It may be whole for all that, and stays; nothing of it is used.
      return { base: null, target: older.entry };
    }
    const isOlderWhole = await isWhole(older, slices).catch(() => false);
    return { base: isOlderWhole ? older.head : null, target: newer.entry };
  }

  /** Removes the pieces that are not named. Where there are any from `above` on, they follow it. */
  async function tidy(named: ReadonlySet<number>, above: number): Promise<void> {
    const found: number[] = [];
    for (let number = 0; number < above; number += 1) if (!named.has(number)) found.push(number);
    for (let number = above, misses = 0; misses < MISSES; number += 1) {
      if (number > above + MOST_PIECES) throw unasked();
      const text = await storage.getItem(piece(number));
      if (typeof text === "string") found.push(number);
      // An empty one was torn, or is what the storage gives for none.
      misses = typeof text === "string" && text !== "" ? 0 : misses + 1;
    }
    // From the end: what is left when it breaks off still follows.
    for (const number of found.reverse()) await storage.removeItem(piece(number));
    untidy = false;
  }

  async function writeState(
    content: unknown,
    texts: readonly [string, string][],
    slices: Slices,
  ): Promise<void> {
    const summed = await sumSections(texts, known, slices);
    try {
      for (let attempt = 1; attempt <= ATTEMPTS; attempt += 1) {
        if (await tryToWrite(content, summed, slices)) return;
      }
      throw new ContactSyncError("STORAGE_UNAVAILABLE", "others keep writing the same state");
    } catch (error) {
      // What it has left must not fill the storage; if that fails, the next write tries again.
      await readSlots(slices)
        .then((slots) => tidy(namedBy(slots), aboveOf(slots)))
        .catch(() => undefined);
      throw error;
    }
  }

  /** False where somebody else has written meanwhile. */
  async function tryToWrite(
    content: unknown,
    summed: ReadonlyMap<string, Summed>,
    slices: Slices,
  ): Promise<boolean> {
    const slots = await readSlots(slices);
    const { base, target } = await findBase(slots, slices);
    const named = namedBy(slots);
    if (untidy) await tidy(named, aboveOf(slots));
    untidy = true; // until all is done

    let free = 0;
    const used: number[] = [];
    const sections: [string, SectionPlace][] = [];
    for (const [section, { text, checksum }] of summed) {
      const there = base?.sections[section];
      if (there?.checksum === checksum && there.length === text.length) {
        sections.push([section, there]);
        used.push(...there.pieces);
        continue;
      }
      const pieces: number[] = [];
      for (let from = 0; from < text.length; from += PIECE_LENGTH) {
        while (named.has(free)) free += 1;
        if (!(await put(piece(free), text.slice(from, from + PIECE_LENGTH)))) {
          if (await isOvertaken(slots)) return false;
          throw lost();
        }
        pieces.push(free);
        free += 1;
        const turn = slices.turn();
        if (turn) await turn;
      }
      sections.push([section, { length: text.length, checksum, pieces }]);
      used.push(...pieces);
    }
    const head = await writeHead(
      {
        sequence: Math.max(...slots.map((slot) => slot.head?.sequence ?? 0)) + 1,
        above: Math.max(-1, ...named, ...used) + 1,
        content,
        sections: Object.fromEntries(sections),
      },
      slices,
    );
    if (await isOvertaken(slots)) return false;
    if (!(await put(target, head))) throw lost();
    trusted = { entry: target, text: head };
    known = summed;

    const kept = new Set([...used, ...piecesOf(base)]);
    try {
      for (const number of named) {
        if (!kept.has(number)) await storage.removeItem(piece(number));
      }
      untidy = false;
    } catch {
      // The state is written all the same, and the next write tidies up.
    }
    return true;
  }

  async function clearState(): Promise<void> {
    const slots = await readSlots(createSlices());
    const [newer, older] = inOrder(slots);
    distrust();
    // The older one first, and until it is gone: it must not become the current one again.
    for (const { entry } of [older, newer]) {
      await storage.removeItem(entry);
      if ((await get(entry)) !== null) throw lost();
    }
    const above = aboveOf(slots);
    await tidy(new Set(), above);
    // What lies under a key that was lost reads as none, and goes as well.
    for (let next = MISSES; next > 0; next -= 1) await storage.removeItem(piece(above + next - 1));
  }

  // One after another: they would write each other's pieces.
  let last: Promise<unknown> = Promise.resolve();
  const inTurn = <Answer>(work: () => Promise<Answer>): Promise<Answer> => {
    const answer = last.then(work);
    last = answer.then(
      () => undefined,
      () => undefined,
    );
    return answer;
  };
  return {
    read: (slices = createSlices()) => inTurn(() => readState(slices)),
    async write({ head, sections }, slices = createSlices()) {
      // As they are now, whatever becomes of the objects until its turn comes.
      const content = head === undefined ? undefined : JSON.parse(JSON.stringify(head));
      const texts = Object.entries(sections);
      await inTurn(() => writeState(content, texts, slices));
    },
    clear: () => inTurn(clearState),
  };
}

function lost(): ContactSyncError {
  return new ContactSyncError("STORAGE_UNAVAILABLE", "the storage lost what was written to it");
}

function unasked(): ContactSyncError {
  return new ContactSyncError(
    "STORAGE_UNAVAILABLE",
    "the storage gives texts that were never written: getItem must give null",
  );
}

/** With their checksums: those that are known are not read. */
async function sumSections(
  texts: readonly [string, string][],
  known: ReadonlyMap<string, Summed>,
  slices: Slices,
): Promise<ReadonlyMap<string, Summed>> {
  const summed = new Map<string, Summed>();
  for (const [section, text] of texts) {
    if (!SECTION_NAME.test(section) || typeof text !== "string") {
      throw new ContactSyncError("INVALID_ARGUMENT", "a section is a text, and has a short name");
    }
    const same = known.get(section);
    const checksum = same?.text === text ? same.checksum : await checksumOf(text, slices);
    if (checksum === null) {
      throw new ContactSyncError("INVALID_ARGUMENT", `the section ${section} must be ASCII`);
    }
    summed.set(section, { text, checksum });
  }
  return summed;
}

/** The newer one first. */
function inOrder([one, other]: readonly [Slot, Slot]): readonly [Slot, Slot] {
  const isNewer = (other.head?.sequence ?? 0) > (one.head?.sequence ?? 0);
  return isNewer ? [other, one] : [one, other];
}

function namedBy(slots: readonly Slot[]): Set<number> {
  return new Set(slots.flatMap(({ head }) => piecesOf(head)));
}

/** Above every piece that was there when the newer of the heads was written. */
function aboveOf(slots: readonly Slot[]): number {
  return Math.max(...slots.map(({ head }) => head?.above ?? 0));
}

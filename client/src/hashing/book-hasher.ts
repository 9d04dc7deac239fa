import type { RejectionReason } from "../protocol/rejections.ts";
import type { Slices } from "../slices/slices.ts";
import type { DeviceContact } from "../sources/source.ts";
import { type Card, readCards } from "./cards.ts";
import { createTextReader, refusalOf, type TextReaderOptions } from "./text-reader.ts";

/**
 * The version of all that decides what a text gives: the rule, the moves of plans, the metadata. It
 * rises with every change of one of them, and what phones have stored is hashed anew.
 */
export const HASH_RULE = 1;

/** A number of a card. */
export interface FoundContact {
  readonly id: string;
  readonly name?: string | undefined;
  /** As the card has it. */
  readonly number: string;
}

export interface RejectedNumber extends FoundContact {
  readonly reason: RejectionReason;
}

export interface BookProgress {
  readonly phase: "reading" | "hashing";
  /** Cards that were read, then cards whose numbers were hashed. */
  readonly done: number;
  /** Null while the book is being read: no source knows. */
  readonly total: number | null;
}

export interface HashBookOptions extends TextReaderOptions {
  /** Where national numbers are dialled. Default: none. */
  readonly region?: string | undefined;
  /** A secret of this device, by which the texts of its book are told apart. */
  readonly salt: string;
  /** What was answered as `known` last time, by the same `HASH_RULE`. */
  readonly known: ReadonlyMap<string, string>;
  readonly slices: Slices;
  /** Called behind each page, and about a hundred times while numbers are hashed. */
  readonly onProgress?: ((progress: BookProgress) => void) | undefined;
}

export interface HashedBook {
  /** Distinct phone hashes in the order of their first appearance. */
  readonly hashes: string[];
  /** For each of them, the cards' numbers that lead to it. */
  readonly contactsOf: Map<string, FoundContact[]>;
  /** The numbers that can't be read, and those of a card's entries that are no texts. */
  readonly rejected: RejectedNumber[];
  /**
   * For each text that the book has now, its fingerprint and what it gives: phone hashes, and reasons
   * behind a `!`, with commas between.
   */
  readonly known: Map<string, string>;
  /** How many texts were not known, so that they were normalised and hashed. */
  readonly normalized: number;
  /** How many cards were read. */
  readonly contacts: number;
  /** What a page threw, so that the book may have more than was read; undefined: nothing. */
  readonly broken: unknown;
}

/** How often progress is told of while numbers are hashed. */
const STEPS = 100;

/**
 * Reads an address book and hashes what is new in it, without holding the thread for long.
 *
 * A page that throws ends the reading: what was read before is answered, with `broken`. What has not
 * the form of a card ends nothing and is rejected.
 *
 * @throws ContactSyncError `ABORTED`, as `slices` says; `INVALID_REGION`
 */
export async function hashBook(
  pages: AsyncIterable<readonly DeviceContact[]> | Iterable<readonly DeviceContact[]>,
  options: HashBookOptions,
): Promise<HashedBook> {
  const { slices, onProgress } = options;
  const texts = createTextReader(options);
  const cards: Card[] = [];
  const broken = await readCards(pages, cards, slices, () =>
    onProgress?.({ phase: "reading", done: cards.length, total: null }),
  );

  const contactsOf = new Map<string, FoundContact[]>();
  const rejected: RejectedNumber[] = [];
  const take = (found: FoundContact, part: string) => {
    const reason = refusalOf(part);
    const contacts = contactsOf.get(part);
    if (reason !== undefined) rejected.push({ ...found, reason });
    else if (contacts === undefined) contactsOf.set(part, [found]);
    else contacts.push(found);
  };
  const step = Math.ceil(cards.length / STEPS);
  for (let index = 0; index < cards.length; index += 1) {
    const { id, name, numbers } = cards[index] as Card;
    for (const text of numbers) {
      const found = { id, name, number: typeof text === "string" ? text : "" };
      for (const part of new Set(texts.read(text))) take(found, part);
      const turn = slices.turn();
      if (turn !== undefined) await turn;
    }
    const done = index + 1;
    if (done % step === 0 || done === cards.length) {
      onProgress?.({ phase: "hashing", done, total: cards.length });
    }
  }
  const { known, normalized } = texts;
  const hashes = [...contactsOf.keys()];
  return { hashes, contactsOf, rejected, known, normalized, contacts: cards.length, broken };
}

import { normalizePhoneNumber, phoneHash, splitPhoneNumbers } from "@contact-sync/client";
import type { DeviceContact } from "../../client/src/sources/source.ts";
import type { Random } from "./random.ts";

export const REGION = "EG";

/** The n-th number of the world, in E.164. */
export function numberOf(n: number): string {
  return `+20100${String(n).padStart(7, "0")}`;
}

const hashes = new Map<number, string>();

export function hashOf(n: number): string {
  const hash = hashes.get(n) ?? phoneHash(numberOf(n));
  hashes.set(n, hash);
  return hash;
}

/** As people write them. */
const NOTATIONS: readonly ((national: string) => string)[] = [
  (digits) => `+20${digits}`,
  (digits) => `0${digits}`,
  (digits) => `+20 ${digits.slice(0, 3)} ${digits.slice(3, 6)} ${digits.slice(6)}`,
  (digits) => `0020 ${digits.slice(0, 3)}-${digits.slice(3)}`,
  (digits) => `(0${digits.slice(0, 3)}) ${digits.slice(3, 6)}-${digits.slice(6)}`,
  (digits) => `0${digits.slice(0, 3)}.${digits.slice(3, 6)}.${digits.slice(6)}`,
  (digits) => `tel:+20-${digits}`,
  (digits) => `\u202a+20 ${digits}\u202c`,
  (digits) => `0${digits}`.replace(/\d/g, (digit) => String.fromCharCode(0x660 + Number(digit))),
];
const UNREADABLE = ["*123#", "12", "see notes", "", "0100", "1800-FLOWERS"];

/** A value of a card's, and which numbers of the world it holds. */
interface Value {
  readonly text: string;
  readonly numbers: readonly number[];
}

interface Card {
  readonly id: string;
  name: string;
  readonly values: Value[];
}

/** A phone's address book, which its person keeps as people do. */
export class AddressBook {
  readonly #random: Random;
  readonly #cards = new Map<string, Card>();
  readonly #removed: Card[] = [];
  #made = 0;

  constructor(random: Random) {
    this.#random = random;
  }

  get cards(): readonly DeviceContact[] {
    return [...this.#cards.values()].map(({ id, name, values }) => ({
      id,
      name,
      phoneNumbers: values.map(({ text }) => text),
    }));
  }

  /** Of all cards, or of those that the app may see. */
  numbers(ids: Iterable<string> = this.#cards.keys()): Set<number> {
    const cards = [...ids].flatMap((id) => this.#cards.get(id) ?? []);
    return new Set(cards.flatMap(({ values }) => values.flatMap(({ numbers }) => numbers)));
  }

  /** The cards that hold a number. */
  cardsWith(n: number): string[] {
    return [...this.#cards.values()].flatMap(({ id, values }) =>
      values.some(({ numbers }) => numbers.includes(n)) ? [id] : [],
    );
  }

  /** Writes down people, a card each. */
  add(numbers: readonly number[]): void {
    for (const n of numbers) this.#put(`Person ${n}`, [this.#written([n])]);
  }

  /** Something that a person does to their address book. */
  edit(known: readonly number[]): void {
    const random = this.#random;
    const cards = [...this.#cards.values()];
    const kind = random.weighted(cards.length === 0 ? AT_FIRST : EDITS);
    if (kind === "add") this.add([random.one(known)]);
    else if (kind === "two") {
      // Two numbers in one field, or in two.
      const two = [random.one(known), random.one(known)];
      const values = random.chance(0.3) ? [this.#written(two)] : two.map((n) => this.#written([n]));
      this.#put("Two Numbers", values);
    } else if (kind === "again") {
      const [n = random.one(known)] = [...this.numbers([random.one(cards).id])];
      this.#put("The Same Again", [this.#written([n])]);
    } else if (kind === "back") {
      const card = this.#removed.pop();
      if (card !== undefined) this.#put(card.name, [...card.values]);
    } else if (kind === "unreadable") {
      this.#put("Hotline", [{ text: random.one(UNREADABLE), numbers: [] }]);
    } else if (kind === "most") {
      for (const card of random.some(cards, 0.8)) this.#remove(card);
    } else this.#editCard(kind, random.one(cards), known);
  }

  #editCard(kind: CardEdit, card: Card, known: readonly number[]): void {
    const { values } = card;
    const at = this.#random.whole(0, Math.max(0, values.length - 1));
    if (kind === "remove") this.#remove(card);
    else if (kind === "rename") card.name = `${card.name.slice(0, 20)}*`;
    else if (kind === "rewrite") values[at] = this.#written(values[at]?.numbers ?? []);
    else if (kind === "change") values[at] = this.#written([this.#random.one(known)]);
    else if (kind === "more") values.push(this.#written([this.#random.one(known)]));
    else values.splice(at, 1);
  }

  #put(name: string, values: Value[]): void {
    this.#made += 1;
    const id = `card-${this.#made}`;
    this.#cards.set(id, { id, name, values });
  }

  #remove(card: Card): void {
    this.#cards.delete(card.id);
    this.#removed.push(card);
  }

  #written(numbers: readonly number[]): Value {
    const distinct = [...new Set(numbers)];
    if (distinct.length === 0) return { text: this.#random.one(UNREADABLE), numbers: [] };
    const text = distinct
      .map((n) => this.#random.one(NOTATIONS)(numberOf(n).slice("+20".length)))
      .join(" / ");
    return isReadAs(text, distinct) ? { text, numbers: distinct } : this.#written(distinct);
  }
}

/** How often which edit is made. */
const EDITS = {
  add: 6,
  two: 2,
  again: 2,
  back: 2,
  unreadable: 1,
  remove: 4,
  rename: 2,
  rewrite: 2,
  change: 2,
  more: 2,
  drop: 2,
  most: 0.1,
};
const AT_FIRST: Readonly<Record<keyof typeof EDITS, number>> = {
  ...{ add: 1, two: 1, again: 0, back: 1, unreadable: 1 },
  ...{ remove: 0, rename: 0, rewrite: 0, change: 0, more: 0, drop: 0, most: 0 },
};
type CardEdit = "remove" | "rename" | "rewrite" | "change" | "more" | "drop";

/** The simulator is about syncing: what numbers a text holds is for other tests to say. */
function isReadAs(text: string, numbers: readonly number[]): boolean {
  const read = splitPhoneNumbers(text).map((part) => {
    const number = normalizePhoneNumber(part, { defaultRegion: REGION });
    return number.ok ? number.e164 : number.reason;
  });
  return JSON.stringify(read) === JSON.stringify(numbers.map(numberOf));
}

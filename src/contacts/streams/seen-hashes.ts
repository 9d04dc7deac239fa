import { getRandomValues } from "node:crypto";

const HASH_WORDS = 4; // 16 bytes
// A hash and the position it first stood at.
const ENTRY_WORDS = HASH_WORDS + 1;
// As many as stay small for a short stream, 1.3 MB, and few for a long one.
const BLOCK_ENTRIES = 1 << 16;
// Doubled four times, they hold the 1,000,000 of the longest stream.
const FIRST_PLACES = 80_000;
const FULL = 0.8;

/**
 * A list of phone hashes, each once, with the position in the stream at which it first stood. In flat
 * memory: 25 to 30 bytes each, where a JavaScript map of strings takes some hundred. A stream of a
 * million contacts is told apart in 26 MB.
 *
 * The hashes lie in blocks, one behind the other, and are never moved; only a table of their indexes
 * is made anew when it is full. Where a hash belongs in it depends on random numbers, or somebody
 * could send hashes that all belong to one place.
 */
export class SeenHashes {
  readonly #random = getRandomValues(new Uint32Array(HASH_WORDS));
  readonly #blocks: Uint32Array[] = [];
  /** Indexes of hashes, and 1 more; 0 is a free place. One that is taken sends on to the next. */
  #table = new Uint32Array(FIRST_PLACES);
  #size = 0;

  get size(): number {
    return this.#size;
  }

  /**
   * Adds a hash of 32 hex characters, unless it is there.
   *
   * @param position where it stands, kept if it is new
   * @returns its index in the list: if it is new, what `size` was before
   */
  add(hash: string, position: number): number {
    if (this.#size >= this.#table.length * FULL) this.#grow();
    const words = [0, 8, 16, 24].map((at) => Number.parseInt(hash.slice(at, at + 8), 16));
    let place = this.#mix(words, 0) % this.#table.length;
    for (;;) {
      const index = (this.#table[place] as number) - 1;
      if (index === -1) return this.#append(words, position, place);
      if (this.#holds(index, words)) return index;
      place = (place + 1) % this.#table.length;
    }
  }

  /** Where the hash at that index of the list first stood. */
  positionOf(index: number): number {
    return this.#blockOf(index)[offsetOf(index) + HASH_WORDS] as number;
  }

  /** The hashes from one index of the list to another, which is not among them. */
  hashes(from: number, to: number): string[] {
    return Array.from({ length: Math.min(to, this.#size) - from }, (_, place) => {
      const block = this.#blockOf(from + place);
      const offset = offsetOf(from + place);
      return Array.from({ length: HASH_WORDS }, (_word, word) =>
        (block[offset + word] as number).toString(16).padStart(8, "0"),
      ).join("");
    });
  }

  #append(words: readonly number[], position: number, place: number): number {
    const index = this.#size;
    if (index % BLOCK_ENTRIES === 0) {
      this.#blocks.push(new Uint32Array(BLOCK_ENTRIES * ENTRY_WORDS));
    }
    const block = this.#blockOf(index);
    block.set(words, offsetOf(index));
    block[offsetOf(index) + HASH_WORDS] = position;
    this.#size += 1;
    this.#table[place] = this.#size;
    return index;
  }

  #holds(index: number, words: readonly number[]): boolean {
    const block = this.#blockOf(index);
    const offset = offsetOf(index);
    for (let word = 0; word < HASH_WORDS; word += 1) {
      if (block[offset + word] !== words[word]) return false;
    }
    return true;
  }

  #grow(): void {
    const table = new Uint32Array(this.#table.length * 2);
    for (let index = 0; index < this.#size; index += 1) {
      let place = this.#mix(this.#blockOf(index), offsetOf(index)) % table.length;
      while (table[place] !== 0) place = (place + 1) % table.length;
      table[place] = index + 1;
    }
    this.#table = table;
  }

  #blockOf(index: number): Uint32Array {
    return this.#blocks[Math.floor(index / BLOCK_ENTRIES)] as Uint32Array;
  }

  /** After MurmurHash3's mixing: https://github.com/aappleby/smhasher/blob/master/src/MurmurHash3.cpp */
  #mix(words: ArrayLike<number>, offset: number): number {
    let mixed = 0;
    for (let word = 0; word < HASH_WORDS; word += 1) {
      mixed ^= (words[offset + word] as number) ^ (this.#random[word] as number);
      mixed = Math.imul(mixed ^ (mixed >>> 16), 0x85eb_ca6b);
      mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2_ae35);
      mixed ^= mixed >>> 16;
    }
    return mixed >>> 0;
  }
}

function offsetOf(index: number): number {
  return (index % BLOCK_ENTRIES) * ENTRY_WORDS;
}

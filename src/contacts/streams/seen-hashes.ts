import { getRandomValues } from "node:crypto";

const HASH_WORDS = 4; // 16 bytes
// 16 of them hold the 1,000,000 of the longest stream; a short one needs one, of 1.4 MB.
const SEGMENT_PLACES = 80_000;
const FULL_SEGMENT = 0.8 * SEGMENT_PLACES;

/**
 * A set of phone hashes in flat memory: 21 to 43 bytes each, where a JavaScript set of strings takes
 * some hundred. A stream of a million contacts is told apart in 22 MB.
 *
 * In segments, which are split one after another: a table that is copied to a larger one is there
 * twice while it grows, and the smaller one until it is collected. Where a hash belongs depends on
 * random numbers, or somebody could send hashes that all belong to one place.
 */
export class SeenHashes {
  readonly #random = getRandomValues(new Uint32Array(HASH_WORDS));
  /** As many as a power of two. */
  #segments = [new Segment()];
  #spare = new Segment();
  #size = 0;

  /** Adds a hash of 32 hex characters; false if it was there already. */
  add(hash: string): boolean {
    if (this.#size >= this.#segments.length * FULL_SEGMENT) this.#split();
    const words = [0, 8, 16, 24].map((at) => Number.parseInt(hash.slice(at, at + 8), 16));
    const mixed = this.#mix(words);
    const isNew = this.#segmentOf(mixed).add(words, mixed % SEGMENT_PLACES);
    if (isNew) this.#size += 1;
    return isNew;
  }

  /** The first bits say which segment, so that a segment splits into two neighbours. */
  #segmentOf(mixed: number): Segment {
    return this.#segments[Math.floor((mixed / 2 ** 32) * this.#segments.length)] as Segment;
  }

  #split(): void {
    const full = this.#segments;
    this.#segments = full.flatMap((segment) => [segment, new Segment()]);
    for (const segment of full) {
      const before = segment.exchange(this.#spare);
      before.forEach((words) => {
        const mixed = this.#mix(words);
        this.#segmentOf(mixed).add(words, mixed % SEGMENT_PLACES);
      });
      before.clear();
    }
  }

  /** After MurmurHash3's mixing: https://github.com/aappleby/smhasher/blob/master/src/MurmurHash3.cpp */
  #mix(words: ArrayLike<number>): number {
    let mixed = 0;
    for (let word = 0; word < HASH_WORDS; word += 1) {
      mixed ^= (words[word] as number) ^ (this.#random[word] as number);
      mixed = Math.imul(mixed ^ (mixed >>> 16), 0x85eb_ca6b);
      mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2_ae35);
      mixed ^= mixed >>> 16;
    }
    return mixed >>> 0;
  }
}

/** Open addressing; a place that is taken sends on to the next. */
class Segment {
  #words = new Uint32Array(SEGMENT_PLACES * HASH_WORDS);
  #taken = new Uint8Array(SEGMENT_PLACES);

  add(words: ArrayLike<number>, firstPlace: number): boolean {
    let place = firstPlace;
    while (this.#taken[place] === 1) {
      if (this.#holds(place, words)) return false;
      place = (place + 1) % SEGMENT_PLACES;
    }
    this.#taken[place] = 1;
    this.#words.set(words, place * HASH_WORDS);
    return true;
  }

  forEach(work: (words: ArrayLike<number>) => void): void {
    this.#taken.forEach((taken, place) => {
      if (taken === 1) work(this.#words.subarray(place * HASH_WORDS, (place + 1) * HASH_WORDS));
    });
  }

  clear(): void {
    this.#taken.fill(0);
  }

  /** Takes over the other's memory and gives it its own; returns the other. */
  exchange(other: Segment): Segment {
    [this.#words, other.#words] = [other.#words, this.#words];
    [this.#taken, other.#taken] = [other.#taken, this.#taken];
    return other;
  }

  #holds(place: number, words: ArrayLike<number>): boolean {
    for (let word = 0; word < HASH_WORDS; word += 1) {
      if (this.#words[place * HASH_WORDS + word] !== words[word]) return false;
    }
    return true;
  }
}

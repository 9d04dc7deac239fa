const HASH_BYTES = 16;
const HASH_WORDS = HASH_BYTES / 4;
const FIRST_CAPACITY = 1 << 14;

/**
 * A set of phone hashes in flat memory: 32 to 64 bytes each, where a JavaScript set of strings takes
 * some hundred. A stream of a million contacts is told apart in less than 70 MB.
 *
 * Open addressing; the hash's own first word is the place to begin at, since a cut SHA-256 is as
 * even as any hash of it would be.
 */
export class SeenHashes {
  #capacity = FIRST_CAPACITY;
  #words = new Uint32Array(FIRST_CAPACITY * HASH_WORDS);
  #taken = new Uint8Array(FIRST_CAPACITY);
  #size = 0;

  /** Adds a hash of 32 hex characters; false if it was there already. */
  add(hash: string): boolean {
    if (this.#size * 2 >= this.#capacity) this.#grow();
    const words = [0, 8, 16, 24].map((at) => Number.parseInt(hash.slice(at, at + 8), 16));
    return this.#insert(words);
  }

  #insert(words: ArrayLike<number>): boolean {
    const mask = this.#capacity - 1;
    let place = (words[0] as number) & mask;
    while (this.#taken[place] === 1) {
      if (this.#holds(place, words)) return false;
      place = (place + 1) & mask;
    }
    this.#taken[place] = 1;
    this.#words.set(words, place * HASH_WORDS);
    this.#size += 1;
    return true;
  }

  #holds(place: number, words: ArrayLike<number>): boolean {
    for (let word = 0; word < HASH_WORDS; word += 1) {
      if (this.#words[place * HASH_WORDS + word] !== words[word]) return false;
    }
    return true;
  }

  #grow(): void {
    const before = { words: this.#words, taken: this.#taken };
    this.#capacity *= 2;
    this.#words = new Uint32Array(this.#capacity * HASH_WORDS);
    this.#taken = new Uint8Array(this.#capacity);
    this.#size = 0;
    before.taken.forEach((taken, place) => {
      if (taken === 1)
        this.#insert(before.words.subarray(place * HASH_WORDS, (place + 1) * HASH_WORDS));
    });
  }
}

import type { Match, Rejection, RepeatedNumber, Repetition } from "@contact-sync/client";
import type { BookEngine } from "../../engine/engine.ts";
import { SeenHashes } from "../streams/seen-hashes.ts";
import type { HashedEntries } from "./hash-entries.ts";
import { addPosition, type MatchesAndTroubles, type MatchRow, matchedOf } from "./sync-result.ts";

/** Of some entries, the hashes that none before had, and where each first stands. */
export interface NewHashes {
  readonly hashes: string[];
  readonly indexes: number[];
}

/** What names entries of a stream, by their positions in it. In flat memory beside what it returns. */
export class StreamLists {
  readonly #seen = new SeenHashes();
  readonly #matches: Match[] = [];
  readonly #rejected: Rejection[] = [];
  readonly #repeated: Repetition[] = [];
  /** Of each of these, the index of its hash in `#seen`. */
  readonly #repeatedHashes: number[] = [];

  /** How many distinct hashes were taken. */
  get size(): number {
    return this.#seen.size;
  }

  get matched(): number {
    return this.#matches.length;
  }

  get rejected(): number {
    return this.#rejected.length;
  }

  get repeated(): number {
    return this.#repeated.length;
  }

  /** Sets aside what was there before, and what can't be read; positions become the stream's. */
  takeNew(chunk: HashedEntries, first: number): NewHashes {
    const hashes: string[] = [];
    const indexes: number[] = [];
    const repeated: RepeatedNumber[] = [];
    const repeat = (index: number, hashIndex: number) =>
      repeated.push({ index, repeats: this.#seen.positionOf(hashIndex), hashIndex });
    const hashIndexes = chunk.hashes.map((hash, place) => {
      const index = first + (chunk.indexes[place] as number);
      const known = this.#seen.size;
      const hashIndex = this.#seen.add(hash, index);
      if (hashIndex < known) {
        repeat(index, hashIndex);
      } else {
        hashes.push(hash);
        indexes.push(index);
      }
      return hashIndex;
    });
    for (const { index, hashIndex } of chunk.repeated) {
      repeat(first + index, hashIndexes[hashIndex] as number);
    }
    repeated.sort((one, other) => one.index - other.index);
    for (const { index, repeats, hashIndex } of repeated) {
      this.#repeated.push({ index, repeats });
      this.#repeatedHashes.push(hashIndex);
    }
    for (const { index, reason } of chunk.rejected) {
      this.#rejected.push({ index: first + index, reason });
    }
    return { hashes, indexes };
  }

  /** All distinct hashes in the order of the stream, so many at a time. */
  *hashes(atOnce: number): Generator<string[]> {
    for (let from = 0; from < this.#seen.size; from += atOnce) {
      yield this.#seen.hashes(from, from + atOnce);
    }
  }

  addMatches(matches: readonly Match[]): void {
    for (const match of matches) this.#matches.push(match);
  }

  /** The matches of all that was taken, in the order of the stream, from the row of one call. */
  async addMatchesOf(engine: BookEngine, row: MatchRow): Promise<void> {
    const matches = (await matchedOf(engine, row)).map((matched): Match => {
      // It is there: whoever was matched was sent.
      const index = this.#seen.positionOf(this.#seen.add(matched.phone_hash, 0));
      return { index, indexes: [index], ...matched };
    });
    this.addMatches(matches.sort((one, other) => one.index - other.index));
  }

  /** All of them, when the whole stream has been read and stored. */
  all(): MatchesAndTroubles {
    // A number may be repeated before it is known whether it is matched.
    if (this.#repeated.length > 0) {
      const placeOf = new Uint32Array(this.#seen.size); // in #matches, and 1 more
      this.#matches.forEach(({ phone_hash, index }, place) => {
        placeOf[this.#seen.add(phone_hash, index)] = place + 1; // it is there
      });
      this.#repeated.forEach(({ index }, nth) => {
        const place = placeOf[this.#repeatedHashes[nth] as number] as number;
        addPosition(this.#matches[place - 1], index);
      });
    }
    return { rejected: this.#rejected, repeated: this.#repeated, matches: this.#matches };
  }
}

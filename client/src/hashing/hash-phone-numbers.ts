import {
  createNormalizer,
  type NormalizedPhoneNumber,
  type NormalizeOptions,
} from "../numbers/normalize.ts";
import { splitPhoneNumbers } from "../numbers/split.ts";
import { ContactSyncError } from "../protocol/errors.ts";
import { type OptionNames, readOptions } from "../protocol/options.ts";
import type { Rejection, Repetition } from "../protocol/wire.ts";
import { createPhoneHasher, phoneHash, type Sha256 } from "./phone-hash.ts";

export interface HashPhoneNumbersOptions extends NormalizeOptions {
  /** Default: SHA-256 in JavaScript, which runs everywhere. */
  readonly sha256?: Sha256 | undefined;
}

const OPTIONS: OptionNames<HashPhoneNumbersOptions> = { defaultRegion: true, sha256: true };

/** A number that was there before, and which one. */
export interface RepeatedNumber extends Repetition {
  /** Position of its hash in `hashes`: an entry with several numbers repeats each by itself. */
  readonly hashIndex: number;
}

/**
 * `hashes.length + duplicates + rejected.length` is how many numbers were given: as many as entries,
 * where an entry that holds two numbers counts as two.
 */
export interface HashedPhoneNumbers {
  /** Distinct phone hashes in the order of their first appearance. */
  readonly hashes: string[];
  /** For each of `hashes`, the position of the entry that first held its number. */
  readonly indexes: number[];
  /** How many numbers repeated an earlier one, in whatever notation. */
  readonly duplicates: number;
  /** Those numbers, in the order of the input. */
  readonly repeated: RepeatedNumber[];
  /** The numbers that could not be read, with the positions of their entries, in their order. */
  readonly rejected: Rejection[];
}

/**
 * An address book's numbers to phone hashes: normalised, each once, with what was refused and why.
 *
 * An entry that holds several numbers (`splitPhoneNumbers`) gives each of them, at its position.
 *
 * @param numbers any notation; entries that are no numbers are rejected, not thrown
 * @throws ContactSyncError `INVALID_REGION`; `INVALID_ARGUMENT` when `numbers` is not an array, or
 *   for an option that does not exist
 */
export function hashPhoneNumbers(
  numbers: readonly unknown[],
  options?: HashPhoneNumbersOptions,
): HashedPhoneNumbers {
  if (!Array.isArray(numbers)) {
    throw new ContactSyncError("INVALID_ARGUMENT", "The phone numbers must be an array");
  }
  const { defaultRegion, sha256 } = readOptions(options, OPTIONS);
  const normalize = createNormalizer({ defaultRegion });
  const hash = sha256 === undefined ? phoneHash : createPhoneHasher(sha256);
  const hashIndexOf = new Map<string, number>();
  const hashes: string[] = [];
  const indexes: number[] = [];
  const repeated: RepeatedNumber[] = [];
  const rejected: Rejection[] = [];
  const take = (number: NormalizedPhoneNumber, index: number) => {
    if (!number.ok) {
      rejected.push({ index, reason: number.reason });
      return;
    }
    const hashIndex = hashIndexOf.get(number.e164);
    if (hashIndex === undefined) {
      hashIndexOf.set(number.e164, hashes.length);
      hashes.push(hash(number.e164));
      indexes.push(index);
    } else {
      repeated.push({ index, repeats: indexes[hashIndex] as number, hashIndex });
    }
  };
  for (let index = 0; index < numbers.length; index += 1) {
    const number = normalize(numbers[index]);
    if (number.ok || number.reason !== "SEVERAL_NUMBERS") take(number, index);
    else for (const part of splitPhoneNumbers(numbers[index])) take(normalize(part), index);
  }
  return { hashes, indexes, duplicates: repeated.length, repeated, rejected };
}

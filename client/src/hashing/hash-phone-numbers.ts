import { createNormalizer, type NormalizeOptions } from "../numbers/normalize.ts";
import { ContactSyncError } from "../protocol/errors.ts";
import { type OptionNames, readOptions } from "../protocol/options.ts";
import type { Rejection } from "../protocol/wire.ts";
import { createPhoneHasher, phoneHash, type Sha256 } from "./phone-hash.ts";

export interface HashPhoneNumbersOptions extends NormalizeOptions {
  /** Default: SHA-256 in JavaScript, which runs everywhere. */
  readonly sha256?: Sha256 | undefined;
}

const OPTIONS: OptionNames<HashPhoneNumbersOptions> = { defaultRegion: true, sha256: true };

/** `hashes.length + duplicates + rejected.length` is the length of what was given. */
export interface HashedPhoneNumbers {
  /** Distinct phone hashes in the order of their first appearance. */
  readonly hashes: string[];
  /** For each of `hashes`, the position of its first number in the input. */
  readonly indexes: number[];
  /** How many numbers repeated an earlier one, in whatever notation. */
  readonly duplicates: number;
  /** The numbers that could not be read, in the order of the input. */
  readonly rejected: Rejection[];
}

/**
 * An address book's numbers to phone hashes: normalised, each once, with what was refused and why.
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
  const seen = new Set<string>();
  const hashes: string[] = [];
  const indexes: number[] = [];
  const rejected: Rejection[] = [];
  let duplicates = 0;
  for (let index = 0; index < numbers.length; index += 1) {
    const number = normalize(numbers[index]);
    if (!number.ok) {
      rejected.push({ index, reason: number.reason });
    } else if (seen.has(number.e164)) {
      duplicates += 1;
    } else {
      seen.add(number.e164);
      hashes.push(hash(number.e164));
      indexes.push(index);
    }
  }
  return { hashes, indexes, duplicates, rejected };
}

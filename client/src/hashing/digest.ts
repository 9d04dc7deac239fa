import { ContactSyncError } from "../protocol/errors.ts";
import type { Slices } from "../slices/slices.ts";
import { canonicalPhoneHash } from "./phone-hash.ts";

// A digest tells sets of phone hashes apart: how many there are, and the XOR of their 16 bytes. It
// needs no order, and adding or removing one takes the same time in any set. It is as personal as a
// phone hash, which two digests in a row give away: it belongs in no log.

const DIGEST = /^(0|[1-9]\d{0,9})-([0-9a-f]{8})([0-9a-f]{8})([0-9a-f]{8})([0-9a-f]{8})$/;
const NOTHING = "00000000000000000000000000000000";

/** The digest of the empty set. */
export const EMPTY_DIGEST: string = `0-${NOTHING}`;

/** What became of a set: phone hashes of 32 or 64 characters, in any case. */
export interface SetChange {
  readonly added?: Iterable<string>;
  readonly removed?: Iterable<string>;
}

/** A set's number of hashes, and their XOR as four words of 32 bits. */
interface Sum {
  count: number;
  readonly words: number[];
}

/**
 * The digest of a set of phone hashes, such as `2-00000000000000000000000000000003`. A hash that is
 * repeated counts once.
 *
 * @param hashes of 32 or 64 hexadecimal characters, in any case and any order
 * @throws ContactSyncError `INVALID_PHONE_HASH`, with `index`
 */
export function digestOf(hashes: Iterable<string>): string {
  return applyToDigest(EMPTY_DIGEST, { added: hashes });
}

/**
 * `digestOf` of many hashes, without holding the thread for long.
 *
 * @throws ContactSyncError `INVALID_PHONE_HASH`, with `index`; `ABORTED`, as `slices` says
 */
export async function digestInSlices(hashes: readonly string[], slices: Slices): Promise<string> {
  const sum = readDigest(EMPTY_DIGEST);
  const seen = new Set<string>();
  for (let start = 0; start < hashes.length; start += HASHES_A_STEP) {
    addAll(sum, seen, hashes.slice(start, start + HASHES_A_STEP), "added", start);
    const turn = slices.turn();
    if (turn !== undefined) await turn;
  }
  sum.count = seen.size;
  return textOf(sum);
}

/** A tenth of a millisecond in Hermes. */
const HASHES_A_STEP = 50;

/**
 * The digest of a set after hashes have come and gone: what `digestOf` says of the whole set then,
 * without it. A hash that is repeated counts once; whether an added one was there already, or a
 * removed one was not, no digest can tell.
 *
 * @throws ContactSyncError `INVALID_ARGUMENT` for what is no digest, and where more is removed than
 *   there is; `INVALID_PHONE_HASH`, with `index`
 */
export function applyToDigest(digest: string, { added = [], removed = [] }: SetChange): string {
  const sum = readDigest(digest);
  sum.count += addAll(sum, new Set(), added, "added");
  sum.count -= addAll(sum, new Set(), removed, "removed");
  const text = textOf(sum);
  if (sum.count < 0 || (sum.count === 0 && text !== EMPTY_DIGEST)) {
    throw new ContactSyncError("INVALID_ARGUMENT", "more hashes are removed than the set has");
  }
  return text;
}

function textOf({ count, words }: Sum): string {
  return `${count}-${words.map((word) => (word >>> 0).toString(16).padStart(8, "0")).join("")}`;
}

/** Whether it has the form of a digest, the only one that each set's has. */
export function isDigest(value: unknown): value is string {
  if (typeof value !== "string" || value.length > 43 || !DIGEST.test(value)) return false;
  return value === EMPTY_DIGEST || !value.startsWith("0-");
}

function readDigest(digest: string): Sum {
  if (!isDigest(digest)) {
    throw new ContactSyncError(
      "INVALID_ARGUMENT",
      "a digest is a number, a hyphen and 32 hexadecimal characters in lower case",
    );
  }
  const [, count, ...words] = DIGEST.exec(digest) as RegExpExecArray;
  return { count: Number(count), words: words.map((word) => Number.parseInt(word, 16)) };
}

/**
 * XORs each of them once that was not seen, and says how many were.
 *
 * @param index of the first of them
 */
function addAll(
  { words }: Sum,
  seen: Set<string>,
  hashes: Iterable<string>,
  what: string,
  index = 0,
): number {
  let [first = 0, second = 0, third = 0, fourth = 0] = words;
  for (const given of hashes) {
    const hash = canonicalPhoneHash(given);
    if (hash === null) {
      throw new ContactSyncError(
        "INVALID_PHONE_HASH",
        `the phone hash at position ${index} of those ${what} is not 32 or 64 hex characters`,
        { index },
      );
    }
    index += 1;
    const known = seen.size;
    if (seen.add(hash).size === known) continue;
    first ^= Number.parseInt(hash.slice(0, 8), 16);
    second ^= Number.parseInt(hash.slice(8, 16), 16);
    third ^= Number.parseInt(hash.slice(16, 24), 16);
    fourth ^= Number.parseInt(hash.slice(24), 16);
  }
  words.splice(0, 4, first, second, third, fourth);
  return seen.size;
}

import { hash } from "node:crypto";
import {
  type HashedPhoneNumbers,
  hashPhoneNumbers,
  type Region,
  type RepeatedNumber,
} from "@contact-sync/client";
import { assertPhoneHash } from "../../input/arguments.ts";
import { countNeighbours, type Neighbours } from "./neighbours.ts";

export interface HashedEntries extends HashedPhoneNumbers {
  /** Milliseconds of the whole that went into SHA-256. */
  readonly hashMs: number;
  /** Of the distinct numbers; undefined where only hashes came, which hide it. */
  readonly countNeighbours?: (() => Neighbours) | undefined;
}

/**
 * Turns what a device sent into distinct phone hashes. Its positions are those of `entries`; `first`
 * is the position of entry 0 in the whole, for refusals.
 */
export type HashEntries = (entries: readonly unknown[], first: number) => HashedEntries;

/** For numbers: unreadable ones are set aside with a reason. Hashed natively, five times as fast. */
export function hashNumbers(region: Region | undefined): HashEntries {
  return (entries) => {
    let hashMs = 0;
    const numbers: string[] = [];
    const sha256 = (text: string) => {
      const startedAt = performance.now();
      const digest = hash("sha256", text);
      hashMs += performance.now() - startedAt;
      numbers.push(text); // each distinct one comes here once
      return digest;
    };
    const options = region === undefined ? { sha256 } : { sha256, defaultRegion: region };
    const hashed = hashPhoneNumbers(entries, options);
    return { ...hashed, hashMs, countNeighbours: () => countNeighbours(numbers) };
  };
}

/**
 * For hashes from the device: a malformed one refuses the whole call.
 *
 * @throws ContactSyncError `INVALID_PHONE_HASH`
 */
export const readHashes: HashEntries = (entries, first) => readHashList(entries, first);

/** The same of one of several lists, which a refusal names. */
export function readHashList(
  entries: readonly unknown[],
  first: number,
  list?: string,
): HashedEntries {
  const hashes: string[] = [];
  const indexes: number[] = [];
  const again: { phoneHash: string; index: number }[] = [];
  const seen = new Set<string>();
  entries.forEach((entry, index) => {
    const phoneHash = assertPhoneHash(entry, first + index, list);
    const known = seen.size;
    // One look-up where has() and add() take two.
    if (seen.add(phoneHash).size === known) {
      again.push({ phoneHash, index });
    } else {
      hashes.push(phoneHash);
      indexes.push(index);
    }
  });
  const repeated = again.length === 0 ? [] : whatTheyRepeat(again, { hashes, indexes });
  return { hashes, indexes, duplicates: again.length, repeated, rejected: [], hashMs: 0 };
}

function whatTheyRepeat(
  again: readonly { phoneHash: string; index: number }[],
  { hashes, indexes }: Pick<HashedEntries, "hashes" | "indexes">,
): RepeatedNumber[] {
  const hashIndexOf = new Map(hashes.map((phoneHash, hashIndex) => [phoneHash, hashIndex]));
  return again.map(({ phoneHash, index }) => {
    const hashIndex = hashIndexOf.get(phoneHash) as number;
    return { index, repeats: indexes[hashIndex] as number, hashIndex };
  });
}

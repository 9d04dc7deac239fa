import { createNormalizer } from "../numbers/normalize.ts";
import { splitPhoneNumbers } from "../numbers/split.ts";
import { REJECTION_REASONS, type RejectionReason } from "../protocol/rejections.ts";
import { createFingerprint } from "./fingerprint.ts";
import { canonicalPhoneHash, createPhoneHasher, phoneHash, type Sha256 } from "./phone-hash.ts";

/** What one number of a text gives: a phone hash, or `!` and why there is none. */
export type Part = string;

const REFUSED = "!";

/** Neither one number nor several are read out of longer texts, so none is kept in mind. */
const MAX_LENGTH = 2_500;

/** Reads the texts of a book, and those that are known without normalising and hashing them. */
export interface TextReader {
  /** One part for each number that the text holds. */
  read(text: unknown): readonly Part[];
  /** Fingerprint → the parts, with commas between, of each text that was read. */
  readonly known: Map<string, string>;
  /** How many texts were not known. */
  readonly normalized: number;
}

export interface TextReaderOptions {
  readonly region?: string | undefined;
  readonly salt: string;
  readonly known: ReadonlyMap<string, string>;
  readonly sha256?: Sha256 | undefined;
}

/** @throws ContactSyncError `INVALID_REGION` */
export function createTextReader(options: TextReaderOptions): TextReader {
  const { region, salt, sha256 } = options;
  const normalize = createNormalizer({ defaultRegion: region });
  const fingerprint = createFingerprint(salt, region?.toUpperCase() ?? "");
  const hash = sha256 === undefined ? phoneHash : createPhoneHasher(sha256);
  const known = new Map<string, string>();
  let normalized = 0;

  const partsOf = (text: string): Part[] => {
    normalized += 1;
    const number = normalize(text);
    if (number.ok) return [hash(number.e164)];
    if (number.reason !== "SEVERAL_NUMBERS") return [REFUSED + number.reason];
    const numbers = splitPhoneNumbers(text).map(normalize);
    return numbers.map((part) => (part.ok ? hash(part.e164) : REFUSED + part.reason));
  };

  return {
    known,
    get normalized() {
      return normalized;
    },
    read(text) {
      if (typeof text !== "string") return [`${REFUSED}NOT_A_NUMBER`];
      if (text.length > MAX_LENGTH) return partsOf(text);
      const name = fingerprint(text);
      const before = known.get(name) ?? options.known.get(name);
      const parts = (before === undefined ? undefined : readParts(before)) ?? partsOf(text);
      known.set(name, parts.join(","));
      return parts;
    },
  };
}

/** Why a number has no phone hash; undefined where it has one. */
export function refusalOf(part: Part): RejectionReason | undefined {
  return part.startsWith(REFUSED) ? (part.slice(REFUSED.length) as RejectionReason) : undefined;
}

/** Undefined where they are none of ours: what was stored is not believed. */
function readParts(value: unknown): Part[] | undefined {
  if (typeof value !== "string") return undefined;
  const parts = value.split(",");
  return parts.every(isPart) ? parts : undefined;
}

function isPart(part: string): boolean {
  const reason = refusalOf(part);
  return reason === undefined
    ? canonicalPhoneHash(part) === part
    : Object.hasOwn(REJECTION_REASONS, reason);
}

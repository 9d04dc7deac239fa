export {
  applyToDigest,
  digestOf,
  EMPTY_DIGEST,
  isDigest,
  type SetChange,
} from "./hashing/digest.ts";
export {
  type HashedPhoneNumbers,
  type HashPhoneNumbersOptions,
  hashPhoneNumbers,
  type RepeatedNumber,
} from "./hashing/hash-phone-numbers.ts";
export {
  canonicalPhoneHash,
  createPhoneHasher,
  PHONE_HASH_LENGTH,
  phoneHash,
  type Sha256,
} from "./hashing/phone-hash.ts";
export {
  createNormalizer,
  type NormalizedPhoneNumber,
  type NormalizeOptions,
  normalizePhoneNumber,
  type PhoneNumberNormalizer,
} from "./numbers/normalize.ts";
export { assertRegion, type Region } from "./numbers/regions.ts";
export { splitPhoneNumbers } from "./numbers/split.ts";
export * from "./protocol/index.ts";

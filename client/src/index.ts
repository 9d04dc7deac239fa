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
export {
  type ContactPickerNavigator,
  fromContactPicker,
  isContactPickerThere,
} from "./sources/from-contact-picker.ts";
export { type FromContactsOptions, fromContacts } from "./sources/from-contacts.ts";
export {
  type ExpoContacts,
  type ExpoPermission,
  fromExpoContacts,
} from "./sources/from-expo-contacts.ts";
export {
  fromReactNativeContacts,
  type ReactNativeContact,
  type ReactNativeContacts,
  type ReactNativeContactsPermission,
} from "./sources/from-react-native-contacts.ts";
export type {
  ContactAccess,
  ContactSource,
  Contacts,
  DeviceContact,
  Reading,
} from "./sources/source.ts";
export { indexedDbStorage } from "./storage/indexed-db-storage.ts";
export { type Mmkv, mmkvStorage } from "./storage/mmkv-storage.ts";
export type { TextStorage } from "./storage/storage.ts";
export * from "./sync/index.ts";

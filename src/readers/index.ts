// `contact-sync/readers`: address books and directories out of files, in constant memory. No reader
// touches the network or a database.

export { readCsv } from "./csv/csv.ts";
export { type ReadAddressBookOptions, readAddressBook } from "./detect.ts";
export {
  DIRECTORY_REASONS,
  type DirectoryEntry,
  type DirectoryReason,
  type LeftOutRow,
  type ReadDirectoryOptions,
  readDirectory,
} from "./directory.ts";
export { readJcards } from "./jcard/jcard.ts";
export { readJson } from "./json/json.ts";
export { readLdif } from "./ldif/ldif.ts";
export { type NdjsonEntry, readNdjson } from "./ndjson/ndjson.ts";
export { ADDRESS_BOOK_FORMATS, type AddressBookFormat } from "./recognise.ts";
export {
  type AddressBookEntry,
  type ReadColumns,
  type ReadOptions,
  UNREADABLE_REASONS,
  type UnreadablePlace,
  type UnreadableReason,
} from "./text/address-book-entry.ts";
export type { ByteStream } from "./text/byte-stream.ts";
export { readVcards } from "./vcard/vcard.ts";
export { readXcards } from "./xcard/xcard.ts";

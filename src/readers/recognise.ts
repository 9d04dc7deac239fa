/** The formats of address books, as `--format` names them. */
export const ADDRESS_BOOK_FORMATS = [
  "vcard",
  "csv",
  "ldif",
  "json",
  "ndjson",
  "jcard",
  "xcard",
] as const;

export type AddressBookFormat = (typeof ADDRESS_BOOK_FORMATS)[number];

// Below comments, and what goes on with them.
const LDIF = /^(?:#.*\n|[ \t].*\n|\n)*(?:version: *1\s|dn::? ?\S)/i;

const FORMATS: readonly [start: RegExp, format: AddressBookFormat][] = [
  [/^BEGIN\s*:\s*VCARD/im, "vcard"],
  [LDIF, "ldif"],
  [/^\[\s*(?:\[\s*)?"vcard"/i, "jcard"],
  [/^(?:\{(?!\\rtf)|\[\s*(?:[[{"\]\dtfn-]|$))/, "json"],
  [/^<(?!!doctype html|html|head|body|table|meta|div|script|style)/i, "xcard"],
];

/**
 * The format that a text can only be of, by its beginning; undefined where it may be a table or a
 * list, or is none at all.
 *
 * @param text the file's beginning, without blanks before it
 */
export function recognisedFormat(text: string): AddressBookFormat | undefined {
  return FORMATS.find(([start]) => start.test(text))?.[1];
}

const BY_EXTENSION: Readonly<Record<string, AddressBookFormat>> = {
  ".vcf": "vcard",
  ".vcard": "vcard",
  ".ndjson": "ndjson",
  ".jsonl": "ndjson",
  ".json": "json",
  ".jcard": "jcard",
  ".jcf": "jcard",
  ".ldif": "ldif",
  ".ldi": "ldif",
  ".xml": "xcard",
  ".xcard": "xcard",
  ".contact": "xcard",
};

/** The format that files of this extension (lower case, with its dot) are of. */
export function formatOfExtension(extension: string): AddressBookFormat | undefined {
  return Object.hasOwn(BY_EXTENSION, extension) ? BY_EXTENSION[extension] : undefined;
}

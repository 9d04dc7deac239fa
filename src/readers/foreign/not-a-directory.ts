import { type AddressBookFormat, recognisedFormat } from "../recognise.ts";
import { adviceForBytes } from "./foreign-bytes.ts";
import { adviceForText } from "./foreign-texts.ts";

const DIRECTORY =
  'A directory is CSV with the header "user_id,phone,verified_at", or NDJSON: ' +
  '{"user_id": "…", "phone": "+20…", "verified_at": "2024-05-01T12:00:00Z"} a line.';

const NAMES: Partial<Record<AddressBookFormat, string>> = {
  vcard: "vCard",
  ldif: "LDIF",
  jcard: "jCard",
  xcard: "XML",
};

/**
 * What to do with a file that is no directory of users and their numbers, or undefined where it may
 * be one.
 *
 * @param head the file's beginning
 * @param text the same as text, without blanks before it
 */
export function adviceForDirectory(
  head: Buffer,
  text: string,
  fileName: string,
): string | undefined {
  const format = recognisedFormat(text);
  const name = format === undefined ? undefined : NAMES[format];
  if (format === "vcard" || (name !== undefined && adviceForText(text) === undefined)) {
    return `This is an address book (${name}), which says nothing about users. ${DIRECTORY} \`contact-sync import\` reads address books.`;
  }
  if (text.startsWith("[")) {
    return "This is a JSON array. Write one value a line: jq -c '.[]' FILE.";
  }
  return adviceForBytes(head, fileName) ?? adviceForText(text);
}

import { isPhoneProperty } from "../vcard/vcard-phone.ts";

/** Elements with a number in their text, by the element around them; in lower case, without prefix. */
const NUMBERS: Readonly<Record<string, readonly string[]>> = {
  // Windows: <c:PhoneNumber><c:Number>
  phonenumber: ["number"],
  // Cisco, Yealink, Snom: <DirectoryEntry><Telephone>; Yealink also has several kinds
  directoryentry: ["telephone", "mobile", "other"],
  // FRITZ!Box: <telephony><number type="mobile">
  telephony: ["number"],
  // Grandstream: <Phone type="Work"><phonenumber>
  phone: ["phonenumber"],
};

/** What xCard has in a telephone's property, and XMPP's vcard-temp (XEP-0054). */
const IN_PROPERTY: ReadonlySet<string> = new Set(["uri", "text", "unknown", "number"]);

/** Google's contact feeds: <entry><gd:phoneNumber>. */
const ITSELF: Readonly<Record<string, readonly string[]>> = { entry: ["phonenumber"] };

/** Whether the text of an element is a telephone number. */
export function isNumber(element: string, parent: string): boolean {
  return (
    NUMBERS[parent]?.includes(element) === true ||
    ITSELF[parent]?.includes(element) === true ||
    (IN_PROPERTY.has(element) && isPhoneProperty(parent.toUpperCase()))
  );
}

const ROOTS: ReadonlySet<string> = new Set([
  "vcards",
  "vcard",
  "phonebooks",
  "ciscoipphonedirectory",
  "yealinkipphonedirectory",
  "snomipphonedirectory",
]);

/** Without its prefix it would be anybody's. */
const WINDOWS_CONTACT = "c:contact";

/**
 * Whether a file with this root is an address book, even if nobody in it has a number.
 *
 * @param root in lower case, with its prefix
 */
export function isAddressBook(root: string | undefined): boolean {
  return root !== undefined && (root === WINDOWS_CONTACT || ROOTS.has(root.replace(/^.*:/, "")));
}

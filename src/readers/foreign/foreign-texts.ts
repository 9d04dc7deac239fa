const EXPORT = "Export the contacts as vCard (.vcf) or CSV";

/** What is text and no address book, by how it begins. */
const TEXTS: readonly [start: RegExp, advice: string][] = [
  [
    /^BEGIN:VCALENDAR/i,
    `This is a calendar (iCalendar, .ics): it has appointments, no contacts. ${EXPORT} from the address book.`,
  ],
  [
    /^BEGIN:(?!VCARD)V[A-Z]+/i,
    `This is a message, a note or a bookmark from a phone, no contact. ${EXPORT} from its address book.`,
  ],
  [
    /^(?:MECARD|BIZCARD):/i,
    "This is a MECARD, the text of a contact's QR code. Scan it with a phone, save the contact there, and export it as vCard (.vcf).",
  ],
  [/^\{\\rtf/i, "This is a formatted text (RTF). Save it as plain text, or as CSV, and try again."],
  [
    /^-----BEGIN PGP MESSAGE-----/,
    "This is encrypted (PGP). Decrypt it first: gpg --decrypt FILE.",
  ],
  [
    /^(?:From \S+ .*\n)?(?:(?:Return-Path|Received|Delivered-To|Message-ID|MIME-Version|X-[\w-]+|From|To|Date|Subject):.*\n(?:[ \t].*\n)*){2}/i,
    "This is a mail message (.eml, .mbox). Save the contacts that are attached to it, and give that file.",
  ],
  [
    /^<(?:\?xml[^>]*>\s*)?(?:<\?mso-application|<(?:\w+:)?Workbook\b)/i,
    "This is an Excel workbook in XML. In Excel: File › Save As › CSV UTF-8.",
  ],
  [
    /^(?:<\?xml[^>]*>\s*)?<!DOCTYPE plist|^(?:<\?xml[^>]*>\s*)?<plist\b/i,
    "This is a property list of Apple's. In the Contacts app: File › Export › Export vCard.",
  ],
  [
    /^(?:<\?xml[^>]*>\s*)?(?:<!--[\s\S]*?-->\s*)?<(?:!DOCTYPE html|html|head|body|table|meta|div|script|style)\b/i,
    `This is a web page (HTML), perhaps a login or an error page in place of the file. ${EXPORT} once more; in Excel save as CSV.`,
  ],
];

/**
 * What to do with a text that is none of our formats, or undefined where it may be one.
 *
 * @param text the file's beginning, without blanks before it
 */
export function adviceForText(text: string): string | undefined {
  return TEXTS.find(([start]) => start.test(text))?.[1];
}

// A program's fault leaves a zero byte here or there, in a name or a note, and old exports have
// other control characters; of random bytes every tenth is one.
const SOME_CONTROL_CHARACTERS = 4;
const SHARE_OF_CONTROL_CHARACTERS = 0.05;

/** Whether it is text, though perhaps a broken one. */
export function isText(text: string): boolean {
  let controls = 0;
  for (let at = 0; at < text.length; at += 1) {
    if (isControl(text.charCodeAt(at))) controls += 1;
  }
  return controls <= SOME_CONTROL_CHARACTERS + text.length * SHARE_OF_CONTROL_CHARACTERS;
}

/** Besides tabs, line ends and the escape that terminals' logs are full of. */
function isControl(code: number): boolean {
  return code < 0x09 || (code > 0x0d && code < 0x20 && code !== 0x1b) || code === 0x7f;
}

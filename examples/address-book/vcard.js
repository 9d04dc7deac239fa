// Writes vCards the way phones do.

const CRLF = "\r\n";
const FOLD_AFTER_BYTES = 75;

/** @param {string} text */
const escapeText = (text) => text.replace(/([\\,;])/g, "\\$1").replaceAll("\n", "\\n");

/** Folds a line between characters, never within one. @param {string} line */
function fold(line) {
  const lines = [];
  let current = "";
  for (const character of line) {
    if (Buffer.byteLength(current + character) > FOLD_AFTER_BYTES) {
      lines.push(current);
      current = " ";
    }
    current += character;
  }
  return [...lines, current].join(CRLF);
}

/**
 * A card of version 3.0, as an iPhone or Gmail writes it.
 *
 * @param {{ name: { given: string, family: string }, properties: string[] }} card
 */
export function card30({ name, properties }) {
  const { given, family } = name;
  return [
    "BEGIN:VCARD",
    "VERSION:3.0",
    `N:${escapeText(family)};${escapeText(given)};;;`,
    `FN:${escapeText(`${given} ${family}`.trim())}`,
    ...properties,
    "END:VCARD",
    "",
  ]
    .map(fold)
    .join(CRLF);
}

/**
 * A card of version 2.1, as older Android phones write it: text as quoted-printable UTF-8.
 *
 * @param {{ name: { given: string, family: string }, phones: string[] }} card
 */
export function card21({ name, phones }) {
  const { given, family } = name;
  const encoded = ";CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:";
  return [
    "BEGIN:VCARD",
    "VERSION:2.1",
    `N${encoded}${quotedPrintable(family)};${quotedPrintable(given)};;;`,
    `FN${encoded}${quotedPrintable(`${given} ${family}`)}`,
    ...phones.map((phone) =>
      /^[\x20-\x7e]*$/.test(phone)
        ? `TEL;CELL:${phone}`
        : `TEL;CELL${encoded}${softBreak(quotedPrintable(phone))}`,
    ),
    "END:VCARD",
    "",
  ].join(CRLF);
}

/** A `NOTE` property of 3.0. @param {string} text */
export const note = (text) => `NOTE:${escapeText(text)}`;

/** @param {string} text */
const quotedPrintable = (text) =>
  Array.from(
    Buffer.from(text),
    (byte) => `=${byte.toString(16).toUpperCase().padStart(2, "0")}`,
  ).join("");

/** Breaks a long value between two escapes. @param {string} encoded */
const softBreak = (encoded) => encoded.replace(/(?:=..){16}(?=.)/g, `$&=${CRLF}`);

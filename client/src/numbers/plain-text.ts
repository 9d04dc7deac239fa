// Address books hold numbers in the digits, dashes and spaces of many scripts, wrapped in marks
// that nobody sees. Everything is brought to ASCII by tables of our own, not by \p{Nd} or NFKC:
// those depend on the Unicode version of the engine, and a phone must read what the server reads.

/** The zeros of Unicode's decimal digits (general category Nd, Unicode 17); 1 to 9 follow each. */
const ZEROS = [
  0x660, 0x6f0, 0x7c0, 0x966, 0x9e6, 0xa66, 0xae6, 0xb66, 0xbe6, 0xc66, 0xce6, 0xd66, 0xde6, 0xe50,
  0xed0, 0xf20, 0x1040, 0x1090, 0x17e0, 0x1810, 0x1946, 0x19d0, 0x1a80, 0x1a90, 0x1b50, 0x1bb0,
  0x1c40, 0x1c50, 0xa620, 0xa8d0, 0xa900, 0xa9d0, 0xa9f0, 0xaa50, 0xabf0, 0xff10, 0x104a0, 0x10d30,
  0x10d40, 0x11066, 0x110f0, 0x11136, 0x111d0, 0x112f0, 0x11450, 0x114d0, 0x11650, 0x116c0, 0x116d0,
  0x116da, 0x11730, 0x118e0, 0x11950, 0x11bf0, 0x11c50, 0x11d50, 0x11da0, 0x11de0, 0x11f50, 0x16130,
  0x16a60, 0x16ac0, 0x16b50, 0x16d70, 0x1ccf0, 0x1d7ce, 0x1d7d8, 0x1d7e2, 0x1d7ec, 0x1d7f6, 0x1e140,
  0x1e2f0, 0x1e4f0, 0x1e5f1, 0x1e950, 0x1fbf0,
];

/** Code points from first to last → the ASCII text that they stand for. */
const RANGES: readonly (readonly [first: number, last: number, text: string])[] = [
  // Invisible: soft hyphen, joiners, direction marks and isolates, variation selectors, BOM.
  [0xad, 0xad, ""],
  [0x34f, 0x34f, ""],
  [0x61c, 0x61c, ""],
  [0x180e, 0x180e, ""],
  [0x200b, 0x200f, ""],
  [0x202a, 0x202e, ""],
  [0x2060, 0x206f, ""],
  [0xfe00, 0xfe0f, ""],
  [0xfeff, 0xfeff, ""],
  // The ends of lines, of every system.
  [0x0a, 0x0d, "\n"],
  [0x85, 0x85, "\n"],
  [0x2028, 0x2029, "\n"],
  // Spaces, the non-breaking ones among them.
  [0x09, 0x09, " "],
  [0xa0, 0xa0, " "],
  [0x1680, 0x1680, " "],
  [0x2000, 0x200a, " "],
  [0x202f, 0x202f, " "],
  [0x205f, 0x205f, " "],
  [0x3000, 0x3000, " "],
  // Dashes, with the katakana prolonged sound mark that Japanese keyboards give.
  [0x58a, 0x58a, "-"],
  [0x1806, 0x1806, "-"],
  [0x2010, 0x2015, "-"],
  [0x2043, 0x2043, "-"],
  [0x2212, 0x2212, "-"],
  [0x30fc, 0x30fc, "-"],
  [0xfe58, 0xfe58, "-"],
  [0xfe63, 0xfe63, "-"],
  [0xff70, 0xff70, "-"],
  // Dots, slashes, tildes, commas, semicolons, bars and bullets, plus signs.
  [0xb7, 0xb7, "."],
  [0x2024, 0x2024, "."],
  [0x3002, 0x3002, "."],
  [0x30fb, 0x30fb, "."],
  [0x2044, 0x2044, "/"],
  [0x2215, 0x2215, "/"],
  [0x2053, 0x2053, "~"],
  [0x223c, 0x223c, "~"],
  [0x60c, 0x60c, ","],
  [0x3001, 0x3001, ","],
  [0x37e, 0x37e, ";"],
  [0x61b, 0x61b, ";"],
  [0xa6, 0xa6, "|"],
  [0x2022, 0x2022, "|"],
  [0x2502, 0x2502, "|"],
  [0xfe62, 0xfe62, "+"],
  [0x2795, 0x2795, "+"],
  // Quotation marks and brackets.
  [0xab, 0xab, '"'],
  [0xbb, 0xbb, '"'],
  [0x2018, 0x201f, '"'],
  [0x2039, 0x203a, '"'],
  [0x300c, 0x300f, '"'],
  [0x3008, 0x3008, "<"],
  [0x3009, 0x3009, ">"],
  [0x3010, 0x3010, "["],
  [0x3011, 0x3011, "]"],
  [0x3014, 0x3014, "["],
  [0x3015, 0x3015, "]"],
];

const FULL_WIDTH_FIRST = 0xff01;
const FULL_WIDTH_LAST = 0xff5e;
const FULL_WIDTH_SHIFT = 0xfee0;

const REPLACEMENTS = new Map<number, string>();
for (const [first, last, text] of RANGES) {
  for (let codePoint = first; codePoint <= last; codePoint += 1) REPLACEMENTS.set(codePoint, text);
}
for (let codePoint = FULL_WIDTH_FIRST; codePoint <= FULL_WIDTH_LAST; codePoint += 1) {
  REPLACEMENTS.set(codePoint, String.fromCharCode(codePoint - FULL_WIDTH_SHIFT));
}
for (const zero of ZEROS) {
  for (let digit = 0; digit <= 9; digit += 1) REPLACEMENTS.set(zero + digit, String(digit));
}

const NEEDS_REPLACEMENT = /[^\x20-\x7e]/;

/**
 * A phone number's text with digits and punctuation of any script in ASCII, invisible characters
 * removed, letters in lower case, trimmed. What has no ASCII equivalent stays as it is, so that
 * the reader refuses it rather than overlooks it.
 */
export function toPlainText(text: string): string {
  return withPlainCharacters(text).trim().toLowerCase();
}

/** The same with its letters and its ends as they are. */
export function withPlainCharacters(text: string): string {
  if (!NEEDS_REPLACEMENT.test(text)) return text;
  let plain = "";
  for (const character of text) plain += plainCharacter(character);
  return plain;
}

/** What stands for one character (a code point) in plain text; empty for one that nobody sees. */
export function plainCharacter(character: string): string {
  return REPLACEMENTS.get(character.codePointAt(0) as number) ?? character;
}

import { isPhoneLabel, isPhoneWord, wordsOf } from "./labels.ts";

// What may stand before and behind the digits of a number without becoming a part of it.

/** The digits of a number, and whether a + stood before them. */
interface Digits {
  readonly digits: string;
  readonly international: boolean;
}

/**
 * A vanity number has at most 11 digits, 12 with its country code, and at least three of them are
 * letters: behind more digits than the rest, letters are words.
 */
const MIN_DIGITS_BEFORE_WORDS = { national: 9, international: 10 };

/** Addresses, formulas, amounts, service codes. */
const NO_REMARK = /[@$%^*+=?\\{}~]|:\/\/|www\./;

/**
 * Code points from first to last, in order, of amounts, of digits that are no plain ones (`½`, `①`), and of
 * broken text.
 */
const NO_WORDS: readonly (readonly [first: number, last: number])[] = [
  [0x00, 0x09],
  [0x0b, 0x1f],
  [0x7f, 0x9f],
  [0xa2, 0xa5],
  [0xb1, 0xb3],
  [0xb9, 0xb9],
  [0xbc, 0xbe],
  [0x2030, 0x2031],
  [0x2070, 0x209f],
  [0x20a0, 0x20cf],
  [0x20e3, 0x20e3],
  [0x2150, 0x218f],
  [0x2460, 0x24ff],
  [0x2776, 0x2793],
  [0x3220, 0x3229],
  [0x3248, 0x325f],
  [0x3280, 0x3289],
  [0x32b1, 0x32bf],
  [0xd800, 0xdfff],
  [0xe000, 0xf8ff],
  [0xfdfc, 0xfdfc],
  [0xfff0, 0xffff],
  [0x1f100, 0x1f10c],
];

const UNUSUAL = /[^\n\x20-\x7e]/;

/** Punctuation that may stand beside a number or between words; everything else is words. */
const PUNCTUATION = " \n.,:;()[]<>\"'`|#/&!_-";

/** Whether a text beside digits makes something else of them than a number with words. */
export function isNoRemark(text: string): boolean {
  if (NO_REMARK.test(text)) return true;
  if (!UNUSUAL.test(text)) return false;
  for (const character of text) {
    if (isInRanges(character.codePointAt(0) as number)) return true;
  }
  return false;
}

function isInRanges(codePoint: number): boolean {
  for (const [first, last] of NO_WORDS) {
    if (codePoint < first) return false;
    if (codePoint <= last) return true;
  }
  return false;
}

/** @param text what stands before the number, in plain text */
export function mayStandBefore(text: string, { international }: Digits): boolean {
  const words = wordsOf(text);
  const last = words[words.length - 1];
  if (last === undefined) return true;
  // A path.
  if (text.endsWith("/")) return false;
  // Letters that the digits belong to, as in `DE89 …`.
  const isJoined = !PUNCTUATION.includes(text.slice(-1));
  if (isJoined && !isPhoneWord(last)) return false;
  return international || isPhoneLabel(text);
}

/** @param text what stands behind the number, in plain text */
export function mayStandBehind(text: string, { digits, international }: Digits): boolean {
  if (!hasBareWords(text)) return true;
  const gap = text.slice(0, firstWordIn(text));
  const isSetOff = /[,:;|"\n/]|- | -/.test(gap);
  if (isSetOff && isPhoneLabel(text)) return true;
  const { national, international: abroad } = MIN_DIGITS_BEFORE_WORDS;
  if (digits.length < (international ? abroad : national)) return false;
  return isSetOff || (gap !== "" && international) || isPhoneLabel(text);
}

/** Whether a text behind a number begins with words that are not in brackets. */
export function hasBareWords(text: string): boolean {
  const firstWord = firstWordIn(text);
  return firstWord < text.length && !/[([<]/.test(text.slice(0, firstWord));
}

function firstWordIn(text: string): number {
  let position = 0;
  while (position < text.length && PUNCTUATION.includes(text.charAt(position))) position += 1;
  return position;
}

// What is dialled after the call is answered: libphonenumber's own list of notations and its
// limits on the digits (few after an ambiguous mark, so that two numbers beside each other are not
// taken for one with an extension), and the `p` and `w` with which older phones write pauses. `;ext=` is a
// parameter and read as one.
//
// Read from the end, where an extension stands: each character is looked at once or twice. A
// pattern for the same would be tried at every position, and at each of them again for every way
// to divide a row of commas among its parts: cubic for a row of commas.

/** A word that stands for nothing else; the longest has 10 characters. */
const WORDS = "e?xt(?:ensi(?:o\u0301?|ó))?n?|доб|доп|anexo";
const WORD = new RegExp(`(?:${WORDS})$`);
const LONGEST_WORD = 10;
/** A mark or word that may also mean something else. */
const MARK = /(?:[x#~]|int)$/;
const LONGEST_MARK = 3;
/** How pauses are written, besides by commas. */
const PAUSE = /[;pw]/;

const MOST_DIGITS = { afterWord: 20, afterPause: 15, afterMark: 9, beforeHash: 6 };

/**
 * Where the extension begins in a plain text such as `+1 415 555 2671 ext. 12`, or -1.
 */
export function extensionStart(plainText: string): number {
  const endsWithHash = plainText.endsWith("#");
  const digitsEnd = plainText.length - (endsWithHash ? 1 : 0);
  const digitsStart = skipBack(plainText, digitsEnd, isDigit);
  const digits = digitsEnd - digitsStart;
  if (digits === 0 || digits > MOST_DIGITS.afterWord) return -1;

  // Between the digits and their label: `[:.]?[ ,-]*`.
  const gapStart = skipBack(plainText, digitsStart, isGap);
  const hasDot = gapStart > 0 && ":.".includes(plainText.charAt(gapStart - 1));
  const labelEnd = hasDot ? gapStart - 1 : gapStart;

  let start = Number.POSITIVE_INFINITY;
  // The notation that begins first is the one that was meant.
  const found = (position: number) => {
    start = Math.min(start, position);
  };
  const word = lengthBefore(plainText, labelEnd, LONGEST_WORD, WORD);
  if (word > 0) found(skipBack(plainText, labelEnd - word, isSpaceOrComma));
  if (digits <= MOST_DIGITS.afterPause) {
    if (labelEnd > 0 && PAUSE.test(plainText.charAt(labelEnd - 1))) {
      found(skipBack(plainText, labelEnd - 1, isSpace));
    }
    const gap = plainText.slice(gapStart, digitsStart);
    const inGap = gap.indexOf(",,");
    if (inGap >= 0) found(skipBack(plainText, gapStart + inGap, isSpace));
    const commas = hasDot ? labelEnd - skipBack(plainText, labelEnd, isComma) : 0;
    if (commas >= 2) found(skipBack(plainText, labelEnd - 2, isSpace));
    if (digits <= MOST_DIGITS.afterMark) {
      const mark = lengthBefore(plainText, labelEnd, LONGEST_MARK, MARK);
      if (mark > 0) found(skipBack(plainText, labelEnd - mark, isSpaceOrComma));
      const comma = gap.indexOf(",");
      if (comma >= 0) found(skipBack(plainText, gapStart + comma, isSpace));
      if (commas > 0) found(skipBack(plainText, labelEnd - commas, isSpace));
    }
  }
  if (endsWithHash && digits <= MOST_DIGITS.beforeHash) {
    const dashes = skipBack(plainText, digitsStart, isSpaceOrDash);
    if (dashes < digitsStart) found(dashes);
  }
  return Number.isFinite(start) ? start : -1;
}

/** Where the row of such characters begins that ends at `end`. */
function skipBack(text: string, end: number, isSuch: (character: string) => boolean): number {
  let start = end;
  while (start > 0 && isSuch(text.charAt(start - 1))) start -= 1;
  return start;
}

/** The length of what the pattern finds at the end of the few characters before `end`. */
function lengthBefore(text: string, end: number, longest: number, pattern: RegExp): number {
  return pattern.exec(text.slice(Math.max(0, end - longest), end))?.[0].length ?? 0;
}

/** What stands between a number and its extension, and nothing else. */
const BEFORE_EXTENSION = new RegExp(`^[ ,.;:-]*(?:${WORDS}|int|[x~pw])[ ,.:-]*$`);

/** Whether a gap between two rows of digits says that the second is the first one's extension. */
export function announcesExtension(gap: string): boolean {
  return BEFORE_EXTENSION.test(gap);
}

const isDigit = (character: string) => character >= "0" && character <= "9";
const isSpace = (character: string) => character === " ";
const isComma = (character: string) => character === ",";
const isSpaceOrComma = (character: string) => character === " " || character === ",";
const isSpaceOrDash = (character: string) => character === " " || character === "-";
const isGap = (character: string) => isSpaceOrComma(character) || character === "-";

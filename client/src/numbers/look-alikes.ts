// What has as many digits as a phone number and the same punctuation, but another form. Where a
// form is also one in which somebody writes numbers, it is not here: 12.345.678 is Spanish, too.

const DATES = [
  /^(?:19|20)\d\d([-./])(?:0[1-9]|1[0-2])\1(?:0[1-9]|[12]\d|3[01])$/,
  /^(?:0?[1-9]|[12]\d|3[01])([-./])(?:0?[1-9]|1[0-2])\1(?:19|20)\d\d$/,
  /^(?:0?[1-9]|1[0-2])([-./])(?:0?[1-9]|[12]\d|3[01])\1(?:19|20)\d\d$/,
];
const BYTE = "(?:25[0-5]|2[0-4]\\d|1\\d\\d|[1-9]?\\d)";
const IP_ADDRESS = new RegExp(`^${BYTE}(?:\\.${BYTE}){3}$`);
/** Danish and Norwegian numbers are written so, too. */
const PAIRS = /^\d\d(?:\.\d\d){3}$/;
const LATITUDE = "[-+]?[1-9]?\\d\\.\\d{4,}";
const LONGITUDE = "[-+]?(?:1\\d|[1-9])?\\d\\.\\d{4,}";
const COORDINATES = new RegExp(`^[(\\[]?${LATITUDE} ?[,;/ ] ?${LONGITUDE}[)\\]]?$`);
const PRICE = /^\d{1,3}(?:\.\d{3})+,\d\d?$/;

/** How each of them begins, and few numbers. */
const BEGINNING = /^[([]?[-+]?\d{1,4}[-./]/;

/** Whether a plain text is a date, an IP address, a pair of coordinates or a price. */
export function isLookAlike(plainText: string): boolean {
  if (!BEGINNING.test(plainText)) return false;
  return (
    DATES.some((date) => date.test(plainText)) ||
    (IP_ADDRESS.test(plainText) && !PAIRS.test(plainText)) ||
    COORDINATES.test(plainText) ||
    PRICE.test(plainText)
  );
}

/** The digits that a range of extensions may have behind a stroke, and those before it. */
const RANGE = { after: 3, before: 7, beforeLong: 11, afterLong: 6, group: 4 };

/**
 * Whether a row of digits holds a range, as in `030 12345-67/68` or `(02) 1234-5678/9`: two
 * numbers, of which the second is not written in full. Behind an area code stand more digits
 * (`0221/123456`), and where strokes divide all groups they are alike (`06/12/34/56/78`).
 */
export function holdsRange(row: string): boolean {
  if (!row.includes("/")) return false;
  let before = 0;
  let group = 0;
  for (const part of row.split("/")) {
    const digits = part.replace(/\D/g, "").length;
    const isShort =
      (digits <= RANGE.after && before >= RANGE.before) ||
      (digits <= RANGE.afterLong && before >= RANGE.beforeLong);
    if (digits > 0 && isShort && group >= RANGE.group) return true;
    before += digits;
    group = digits;
  }
  return false;
}

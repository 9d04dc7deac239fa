/** The longest that is read as a number, digits before and behind the point. */
const SCIENTIFIC = /^(\+?)(\d{1,20})(?:[.,](\d{0,20}))? ?E ?\+?(\d{1,2})$/i;

/** What a spreadsheet made of a number that it held for a quantity. */
export type SpreadsheetNumber =
  | { readonly isRounded: true }
  | { readonly isRounded: false; readonly digits: string };

/**
 * Reads `2.01001230015E+11`, which has all digits of 201001230015, and tells it from `2.01E+11`,
 * whose last nine are lost. Digits that are not written count as lost, even if they may have been
 * zeros. Nothing where the text is not in this notation.
 */
export function spreadsheetNumber(text: string): SpreadsheetNumber | undefined {
  const [, plus = "", whole, fraction = "", exponent] = SCIENTIFIC.exec(text) ?? [];
  if (whole === undefined) {
    return undefined;
  }
  const places = Number(exponent);
  const isWhole = fraction.length >= places && /^0*$/.test(fraction.slice(places));
  return isWhole
    ? { isRounded: false, digits: plus + (whole + fraction.slice(0, places)).replace(/^0+/, "") }
    : { isRounded: true };
}

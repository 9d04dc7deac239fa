const CALLING_CODE = /^\(?(?:\+|00)?\s*([1-9]\d{0,2}(?:[\s-]?\d{3})?)\)?$/;
const PLUS = /^[^\p{Nd}]*[+＋]/u;

/** The digits of a calling code (20, +20, 0020, +1-684); undefined for letters such as EG. */
export function callingCodeIn(text: string): string | undefined {
  return CALLING_CODE.exec(text.trim())?.[1]?.replace(/\D/g, "");
}

/** Whether a number begins with a `+`, so that nothing belongs before it. */
export function hasPlus(number: string): boolean {
  return PLUS.test(number);
}

/**
 * A number with the calling code that stands in a field of its own; one that has a code already
 * stays as it is.
 */
export function withCallingCode(number: string, code: string | undefined): string {
  if (code === undefined || hasPlus(number)) {
    return number;
  }
  if (number.startsWith("00")) {
    return number.startsWith(`00${code}`) ? `+${number.slice(2)}` : number;
  }
  return withPrefix(number, `+${code}`);
}

/** What belongs before the digits, which may stand behind a word or in brackets. */
export function withPrefix(number: string, prefix: string): string {
  return number.replace(/[(\p{Nd}]/u, (start) => `${prefix} ${start}`);
}

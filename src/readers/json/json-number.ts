const INTEGER = /^(\d+)(?:\.0+)?$/;
const WITH_EXPONENT = /^(\d)(?:\.(\d+))?[eE]\+?(\d{1,2})$/;

/**
 * A phone number that a program wrote as a JSON number, which then has no `+`: 201001230028, also
 * as 201001230028.0 or 2.01001230028e11. Undefined where digits are missing (2.01e11) or it is none.
 */
export function digitsOfNumber(written: string): string | undefined {
  const integer = INTEGER.exec(written)?.[1];
  if (integer !== undefined) {
    return integer;
  }
  const [, first, decimals = "", exponent = ""] = WITH_EXPONENT.exec(written) ?? [];
  const shift = Number(exponent);
  const isExact = shift <= decimals.length && /^0*$/.test(decimals.slice(shift));
  return first !== undefined && isExact ? `${first}${decimals.slice(0, shift)}` : undefined;
}

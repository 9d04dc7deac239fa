// Until 2019 Mexico dialled mobiles with a prefix: +52 1 from abroad, 044 or 045 at home, 01 and 02
// for long distance. Address books still hold them and libphonenumber no longer removes them. Every
// Mexican number has ten digits, the first of them 2 to 9, so what stands before those is a prefix.
// (The 0 is optional because libphonenumber may have taken it for the national prefix.)
const PREFIXED = /^\+520?(?:1|2|44|45)([2-9]\d{9})$/;

/** National digits after +52 that may hold such a prefix: more than ten, or a leading 0. */
export const MEXICAN_PREFIX_CANDIDATE = "0|\\d{11}";

/** `+52 1 55 …` → `+52 55 …`; every other number as it is. */
export function withoutMexicanPrefix(e164: string): string {
  return e164.startsWith("+52") ? e164.replace(PREFIXED, "+52$1") : e164;
}

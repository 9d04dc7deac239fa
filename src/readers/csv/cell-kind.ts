/**
 * What a cell looks like:
 * - `international`: a telephone number with its `+`
 * - `digits`: as many digits as a telephone number may have, in a notation that one may have
 * - `postal`, `date`, `truth` (0, 1, yes, …), `mail`: what may be mistaken for one, or for a flag
 * - `other`: anything else; `empty`: nothing
 */
export type CellKind =
  | "international"
  | "digits"
  | "postal"
  | "date"
  | "truth"
  | "mail"
  | "other"
  | "empty";

/** In UTF-16 units, as far as anything is read as a number. */
const LONGEST_NUMBER = 250;

const MIN_DIGITS = 7;
const MAX_DIGITS = 15;
/** "Mob: …", "(office)": letters that stand beside a number. */
const MOST_LETTERS = 20;

const TRUTH =
  /^(?:[01]|true|false|t|f|y|n|x|yes|no|ja|nein|oui|non|s[iíì]|sim|n[aã]o|da|ne|да|нет|evet|hay[iı]r|[✓✔])$/iu;

/** Brazil's, and a ZIP code of nine digits. */
const POSTAL = /^\d{5}-\d{3,4}$/;

const YEAR_FIRST = /^(\d{4})([-/.])(\d{1,2})\2(\d{1,2})(?:[T\s,].*)?$/s;
const YEAR_LAST = /^(\d{1,2})([-/.])(\d{1,2})\2(\d{4})(?:[T\s,].*)?$/s;

const BETWEEN = /:::|[\n,;|]|\s\/\s/;

export function cellKind(cell: string): CellKind {
  const text = cell.trim();
  if (text === "") {
    return "empty";
  }
  if (text.length > LONGEST_NUMBER) {
    return "other";
  }
  if (text.includes("@")) {
    return "mail";
  }
  if (TRUTH.test(text)) {
    return "truth";
  }
  if (isDate(text)) {
    return "date";
  }
  if (POSTAL.test(text)) {
    return "postal";
  }
  const part = text.split(BETWEEN).find((one) => /\p{Nd}/u.test(one)) ?? "";
  return numberKind(part.trim().replace(/[.,]0$/, ""));
}

function numberKind(part: string): CellKind {
  // 12.345678 degrees, 1.234 of whatever; but 2.01E+11 was a number before a spreadsheet had it.
  if (/^[+-]?\d{1,3}[.,]\d+$/.test(part)) {
    return "other";
  }
  if (/^\d(?:[.,]\d+)?E\+?\d{1,2}$/i.test(part)) {
    return "digits";
  }
  const digits = digitsIn(part.replace(/\s*(?:x|ext|ext\.|#)\s*\p{Nd}{1,6}$/iu, ""));
  const letters = part.match(/\p{L}/gu)?.length ?? 0;
  if (digits < MIN_DIGITS || digits > MAX_DIGITS || letters > Math.min(digits, MOST_LETTERS)) {
    return "other";
  }
  return /^[^\p{Nd}+＋]*[+＋]+\s*\(?[\p{Nd}]/u.test(part) ? "international" : "digits";
}

function isDate(text: string): boolean {
  const [, year, , month, day] = YEAR_FIRST.exec(text) ?? [];
  if (year !== undefined) {
    return isPlausible(year, month, day);
  }
  const [, first, , second, lastYear] = YEAR_LAST.exec(text) ?? [];
  return (
    lastYear !== undefined &&
    (isPlausible(lastYear, first, second) || isPlausible(lastYear, second, first))
  );
}

function isPlausible(year: string, month = "", day = ""): boolean {
  const between = (text: string, least: number, most: number) =>
    Number(text) >= least && Number(text) <= most;
  return between(year, 1800, 2199) && between(month, 1, 12) && between(day, 1, 31);
}

export function digitsIn(text: string): number {
  return text.match(/\p{Nd}/gu)?.length ?? 0;
}

/** Whether the first row of a one-column file is a number already, and not the column's name. */
export function looksLikeNumber(text: string): boolean {
  if (text.length > LONGEST_NUMBER) {
    return false;
  }
  const digits = digitsIn(text);
  const letters = text.match(/\p{L}/gu)?.length ?? 0;
  return digits >= 3 && digits >= letters && !text.includes("@");
}

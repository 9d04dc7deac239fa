import { isNoRemark } from "./beside-number.ts";
import { announcesExtension } from "./extension.ts";
import { isLookAlike } from "./look-alikes.ts";
import { plainCharacter } from "./plain-text.ts";

// A value is seen as rows of digits and the gaps between them. A gap divides two numbers when both
// sides are whole numbers and the gap is not what one number has inside. Where the digits would
// allow both, nothing is divided, and the value is refused: half of a number is a stranger's.

/** Beyond this many UTF-16 units nothing is looked at: ten times the longest single number. */
const MAX_SPLIT_LENGTH = 2_500;

/**
 * Digits of a whole number: the shortest that are dialled from abroad have seven. With up to six,
 * as many as short codes have, a row behind a `;` or `,` is an extension or belongs to a pause.
 */
const MIN_DIGITS = 7;
/** Where each has its + fewer are whole: Austria has national numbers of four digits. */
const MIN_DIGITS_BEHIND_PLUS = 5;
/** Without its area code a number has up to eight. */
const MAX_LOCAL_DIGITS = 8;
/** E.164 allows 15. */
const MAX_DIGITS = 15;
/** The same with 00 before them. */
const MAX_DIGITS_WITH_PREFIX = 17;
/** In one go: an area code is never that long, so two such rows are two numbers. */
const MIN_BLOCK_DIGITS = 9;

/**
 * The numbers that one value of an address book holds, each as it is written there: mostly one, but
 * some programs write several into a field. What holds none, or one, is given back as it is, and so
 * is what can't be divided beyond doubt, which `normalizePhoneNumber` refuses (`SEVERAL_NUMBERS`).
 * Needs no region, and divides no part of its answer any further.
 */
export function splitPhoneNumbers(value: string): string[] {
  const parts = divide(value);
  return Array.isArray(parts) ? parts.flatMap(splitPhoneNumbers) : [value];
}

/** Whether a value holds more than one number, be it divisible or not. */
export function holdsSeveralNumbers(value: string): boolean {
  return divide(value) !== "one";
}

function divide(value: string): string[] | "one" | "unclear" {
  if (!mayHoldSeveral(value)) return "one";
  const plain = plainTextOf(value);
  // In a tel: address with percents any digits may be a character's.
  if (plain.text.includes("%") || isLookAlike(plain.text.trim())) return "one";
  const rows = rowsOf(plain.text);
  const least = rows.every(({ hasPlus }) => hasPlus) ? MIN_DIGITS_BEHIND_PLUS : MIN_DIGITS;
  const whole: Row[] = [];
  const cuts: Cut[] = [];
  for (const row of rows) {
    if (row.beginning === "unclear") return "unclear";
    if (row.digits.length < least || row.beginning === "glued") continue;
    const before = whole[whole.length - 1];
    if (before !== undefined) cuts.push(cutAt(plain.text, row));
    whole.push(row);
  }
  if (whole.length < 2) return "one";
  if (lacksAreaCodes(whole)) return "unclear";
  return partsBetween(value, plain, cuts);
}

const FURTHER_PLUSES = [0xff0b, 0xfe62, 0x2795];

/** Cheap, and right for nearly all that holds one number: too few digits for two. */
function mayHoldSeveral(value: string): boolean {
  const { length } = value;
  if (length < 2 * MIN_DIGITS_BEHIND_PLUS + 2 || length > MAX_SPLIT_LENGTH) return false;
  let digits = 0;
  let pluses = 0;
  for (let index = 0; index < length; index += 1) {
    const code = value.charCodeAt(index);
    if (code >= 0x30 && code <= 0x39) digits += 1;
    else if (code === 0x2b) pluses += 1;
    else if (code > 0x7e) {
      // A digit of another script, or something else; rather too many than too few.
      digits += 1;
      if (FURTHER_PLUSES.includes(code)) pluses += 1;
    }
  }
  return digits >= 2 * MIN_DIGITS || (pluses >= 2 && digits >= 2 * MIN_DIGITS_BEHIND_PLUS);
}

interface PlainText {
  readonly text: string;
  /** For each UTF-16 unit of the text, where in the value its character begins. */
  readonly places: readonly number[];
}

function plainTextOf(value: string): PlainText {
  let text = "";
  const places: number[] = [];
  let place = 0;
  for (const character of value) {
    const plain = plainCharacter(character).toLowerCase();
    text += plain;
    for (let unit = 0; unit < plain.length; unit += 1) places.push(place);
    place += character.length;
  }
  return { text, places };
}

/** What a gap before a row of digits says about it. */
type Beginning =
  /** Nothing stands before it that could be a number. */
  | "first"
  /** Punctuation that no number has inside, or a plus. */
  | "apart"
  | "words"
  /** A stroke, a dash or a space, which numbers have inside, but not this one. */
  | "divided"
  /** It belongs to the number before, as an extension or what is dialled later. */
  | "glued"
  | "unclear";

interface Row {
  readonly beginning: Beginning;
  /** The gap before it, from the digit before to its first. */
  readonly gapStart: number;
  readonly start: number;
  readonly end: number;
  readonly digits: string;
  readonly hasPlus: boolean;
}

interface Block {
  readonly start: number;
  readonly end: number;
}

const INNER = /^[ ()[\].-]*$/;
const STROKE = /^[ ()[\].-]*\/[ ()[\].-]*$/;
const SPACED = /^[)\].]*[ ]+[/-]+[ ]+[([]*$/;
const APART = /[;,|\n&\\]|:::/;
const PARAMETER = /;[a-z-]+=/;
/** A letter of any script, or a sign that is no punctuation. */
const WORD_CHARACTER = /[^\s.,:;()[\]<>"'`|#*/&!_+~-]/;

function rowsOf(text: string): Row[] {
  const blocks: Block[] = [];
  const pattern = /\d+/g;
  for (let match = pattern.exec(text); match !== null; match = pattern.exec(text)) {
    blocks.push({ start: match.index, end: pattern.lastIndex });
  }
  const rows: Row[] = [];
  let first = 0;
  for (let next = 1; next <= blocks.length; next += 1) {
    const before = blocks[next - 1] as Block;
    const after = blocks[next];
    if (after !== undefined && isInside(text.slice(before.end, after.start))) continue;
    const row = blocks.slice(first, next);
    rows.push(...divideRow(text, row, rows[rows.length - 1]));
    first = next;
  }
  return rows;
}

/** Whether a number may have a gap inside. */
function isInside(gap: string): boolean {
  return INNER.test(gap) || STROKE.test(gap);
}

/**
 * The rows in blocks of digits with nothing but a number's own punctuation between them: one, or
 * several with strokes or dashes between them. Where some of these have spaces on both sides, only
 * they divide.
 */
function divideRow(text: string, blocks: readonly Block[], before: Row | undefined): Row[] {
  const gapStart = before?.end ?? 0;
  const gapBefore = (index: number) =>
    text.slice((blocks[index - 1] as Block).end, (blocks[index] as Block).start);
  const places = blocks.map((_, index) => index).slice(1);
  const spaced = places.filter((index) => SPACED.test(gapBefore(index)));
  const dividers =
    spaced.length > 0 ? spaced : places.filter((index) => STROKE.test(gapBefore(index)));
  const runs = places.filter((index) => isBetweenLongBlocks(blocks, index, gapBefore(index)));
  const starts = [...new Set([0, ...dividers, ...runs])].sort((one, other) => one - other);

  const rowFrom = (from: number, to: number | undefined): Row => {
    const within = blocks.slice(from, to);
    const start = (within[0] as Block).start;
    const previous = from === 0 ? gapStart : (blocks[from - 1] as Block).end;
    return {
      beginning: "first",
      gapStart: previous,
      start,
      end: (within[within.length - 1] as Block).end,
      digits: digitsOf(text, within),
      hasPlus: text.slice(previous, start).includes("+"),
    };
  };
  const parts = starts.map((from, index) => rowFrom(from, starts[index + 1]));
  const rows: Row[] = [];
  for (const part of parts) {
    const last = rows[rows.length - 1];
    const relation = last === undefined ? "two" : relationOf(last, part);
    if (last !== undefined && relation === "one") {
      rows[rows.length - 1] = { ...last, end: part.end, digits: last.digits + part.digits };
    } else rows.push({ ...part, beginning: relation === "two" ? "divided" : "unclear" });
  }
  const first = rows[0] as Row;
  rows[0] = { ...first, beginning: beginningOf(text, first, before) };
  return rows;
}

function digitsOf(text: string, blocks: readonly Block[]): string {
  return blocks.map(({ start, end }) => text.slice(start, end)).join("");
}

/** `01001230006 01112220006`, or with a dash. */
function isBetweenLongBlocks(blocks: readonly Block[], index: number, gap: string): boolean {
  const isLong = ({ start, end }: Block) => end - start >= MIN_BLOCK_DIGITS;
  return (
    /^(?: +|-)$/.test(gap) && isLong(blocks[index - 1] as Block) && isLong(blocks[index] as Block)
  );
}

/** Whether digits on both sides of a stroke or a dash are one number, or certainly two. */
function relationOf(before: Row, after: Row): "one" | "two" | "unclear" {
  const { digits: left, hasPlus } = before;
  const { digits: right } = after;
  if (left.length < MIN_DIGITS || right.length < MIN_DIGITS) return "one";
  const total = left.length + right.length;
  // Country code and area code may be that long, as in +49 35201 / 123 4567.
  if (hasPlus) return total > MAX_DIGITS ? "two" : "one";
  // Behind an area code no number begins with 0.
  if (right.startsWith("0")) return "two";
  if (left.startsWith("00")) return total > MAX_DIGITS_WITH_PREFIX ? "two" : "one";
  if (left.startsWith("0")) return "two";
  return total > MAX_DIGITS ? "two" : "unclear";
}

function beginningOf(text: string, row: Row, before: Row | undefined): Beginning {
  if (before === undefined) return "first";
  const gap = text.slice(row.gapStart, row.start);
  if (PARAMETER.test(gap)) return "glued";
  if (row.hasPlus) return "apart";
  if (announcesExtension(gap)) return "glued";
  const isDialled = !WORD_CHARACTER.test(gap);
  if (isDialled && /,[ ]*,/.test(gap)) return pauseBefore(text, row);
  if (gap.includes("*")) return "glued";
  if (APART.test(gap)) return isDialled && endsWithHash(text, row) ? "glued" : "apart";
  if (isDialled || isNoRemark(gap)) return "glued";
  if (/^ ?[^ ]{2,} ?$/.test(gap) && CONNECTIVE.test(`${gap.trim()} `)) return "words";
  // Letters without a space belong to the digits, as in an IBAN.
  return /[^a-z]/.test(gap) && relationOf(before, row) === "two" ? "words" : "glued";
}

/** A meeting's number behind pauses, unless it looks like somebody's: a list may have a gap. */
function pauseBefore(text: string, row: Row): Beginning {
  const looksWhole = row.digits.startsWith("0") && row.digits.length >= MIN_DIGITS;
  return looksWhole && !endsWithHash(text, row) ? "unclear" : "glued";
}

function endsWithHash(text: string, { end }: Row): boolean {
  return /^ ?#/.test(text.slice(end, end + 2));
}

/**
 * Whether one of several numbers seems to lack what another has: in `030 1234567, 7654321` the
 * second is not whole, and read alone it would be another number.
 */
function lacksAreaCodes(rows: readonly Row[]): boolean {
  const isBare = ({ digits, hasPlus }: Row) =>
    !hasPlus && !digits.startsWith("0") && digits.length <= MAX_LOCAL_DIGITS;
  const bare = rows.filter(isBare).length;
  return bare > 0 && bare < rows.length;
}

interface Cut {
  /** Where the part before ends, and where the next one begins. */
  readonly end: number;
  readonly start: number;
}

const BETWEEN = /^(?:[\s;,|&\\/-]|:::)*/;
/** "Or" and "and" in the languages of the people who write them between two numbers. */
const CONNECTIVE =
  /^(?:or|and|oder|und|ou|et|o|u|y|e|ed|of|en|og|och|eller|lub|albo|i|veya|ve|ya da|atau|dan|и|или|й|та|або|ή|και|או|و|أو|او|یا|या|और|或|或者|和|及|または|と|또는|및)(?=[\s\d+(:])/;

/** Where the text is cut before a row that is a number of its own. */
function cutAt(text: string, { beginning, gapStart, start }: Row): Cut {
  const gap = text.slice(gapStart, start);
  const length = lengthBeforeCut(gap, beginning);
  const rest = text.slice(gapStart + length, start + 1);
  let skipped = BETWEEN.exec(rest)?.[0].length ?? 0;
  const connective = CONNECTIVE.exec(rest.slice(skipped))?.[0].length ?? 0;
  if (connective > 0) {
    skipped += connective;
    skipped += BETWEEN.exec(rest.slice(skipped))?.[0].length ?? 0;
  }
  return { end: gapStart + length, start: gapStart + length + skipped };
}

/** How much of a gap still belongs to the number before it. */
function lengthBeforeCut(gap: string, beginning: Beginning): number {
  if (beginning === "divided") return gap.search(/[ /-]/);
  const separator = outsideBrackets(gap);
  if (separator >= 0) return separator;
  const word = gap.search(WORD_CHARACTER);
  // What is in brackets is a remark on the number before.
  const remark = /[([]/.test(gap.slice(0, word)) ? gap.search(/[)\]]/) + 1 : 0;
  return remark > 0 ? remark : gap.search(/[^)\].]/);
}

/** The last separator in no brackets, so that words go with the number before; or the first of all. */
function outsideBrackets(gap: string): number {
  let depth = 0;
  let last = -1;
  for (let index = 0; index < gap.length; index += 1) {
    const character = gap.charAt(index);
    if ("([".includes(character)) depth += 1;
    else if (")]".includes(character)) depth -= 1;
    else if (depth <= 0 && (";,|\n&\\".includes(character) || gap.startsWith(":::", index))) {
      last = index;
    }
  }
  return last < 0 ? gap.search(APART) : last;
}

function partsBetween(value: string, { places }: PlainText, cuts: readonly Cut[]): string[] {
  const placeOf = (position: number) => places[position] ?? value.length;
  const parts: string[] = [];
  let start = 0;
  for (const cut of cuts) {
    parts.push(value.slice(start, placeOf(cut.end)).trim());
    start = placeOf(cut.start);
  }
  parts.push(value.slice(start).trim());
  return parts;
}

import { callingCodeIn, hasPlus, withCallingCode, withPrefix } from "../text/calling-code.ts";
import { unreadableFile } from "../text/unreadable-file.ts";
import { digitsIn } from "./cell-kind.ts";
import { NEARLY_ALL } from "./column-content.ts";
import { columnWords } from "./column-name.ts";
import { wordsOf } from "./phone-words.ts";

/** Where the parts of a number stand that have columns of their own. Positions are from 0. */
export interface NumberParts {
  readonly callingCode?: number;
  readonly areaCode?: number;
}

type Part = keyof NumberParts;

/** Each with a blank on both sides, as they are looked for in a name. */
const phrases = (text: string) =>
  text
    .trim()
    .split(/\s*\n\s*/)
    .map((line) => ` ${columnWords(line).join(" ")} `);

const CALLING_CODE_NAMES = phrases(`
  calling code
  country code
  dial code
  dialing code
  dialling code
  phone code
  isd
  ddi
  country prefix
  phone prefix
  international prefix
  ländervorwahl
  landesvorwahl
  landvorwahl
  indicatif pays
  indicatif du pays
  indicatif international
  code pays
  código de país
  código del país
  código país
  código do país
  prefijo internacional
  prefijo país
  prefisso internazionale
  landcode
  landnummer
  landskode
  landekode
  landskod
  maakoodi
  kod kraju
  код страны
  код країни
  ülke kodu
  kode negara
  mã quốc gia
  رمز الدولة
  رمز البلد
  كود الدولة
  كود البلد
  مفتاح الدولة
  קידומת מדינה
  国番号
  国家代码
  国家码
  国际区号
  國碼
  國際區號
  국가번호
  국가 번호
  국가 코드
`);
const AREA_CODE_NAMES = phrases(`
  area code
  areacode
  std code
  ddd
  lada
  código de área
  código área
  ortsvorwahl
  kengetal
  netnummer
  numer kierunkowy
  kierunkowy
  код города
  市外局番
  地区区号
  지역번호
`);
/** Either, or something else altogether: the cells decide, by their plus or their zero. */
const EITHER = new Set(
  wordsOf(
    "vorwahl indicatif prefijo prefisso prefixo prefix préfixe code cc kod kode 区号 區號 קידומת",
  ),
);

/** Each column of codes is compared with all of them. No address book has as many by far. */
const MOST_PHONES = 1_000;

const AREA_CODE = /^\(?(0?\d{1,5})\)?(?:\.0)?$/;

/**
 * Finds the calling codes and area codes that stand in columns of their own, for each of the phone
 * columns those that belong to it: by its name ("Phone 1 - Country code") or because there is none
 * for another. A country's name or letters (EG) are no calling code.
 *
 * @param phones their positions in their order
 * @param cells the column's cells that are not empty, of the file's beginning
 * @throws ContactSyncError `UNREADABLE_FILE` where there are more of both than an address book has
 */
export function numberParts(
  header: readonly string[],
  phones: readonly number[],
  cells: (column: number) => readonly string[],
): Map<number, NumberParts> {
  const isPhone = new Set(phones);
  const named = header.map(columnWords);
  const parts = new Map<number, NumberParts>();
  for (const [column, words] of named.entries()) {
    if (isPhone.has(column)) {
      continue;
    }
    const part = partOf(words, cells(column), isPhone.has(column + 1));
    if (part === undefined) {
      continue;
    }
    if (phones.length > MOST_PHONES) {
      throw unreadableFile(
        `There are more than ${MOST_PHONES} columns of phone numbers, and others with their codes.`,
      );
    }
    for (const phone of ownersOf(column, named, phones, parts, part)) {
      parts.set(phone, { ...parts.get(phone), [part]: column });
    }
  }
  return parts;
}

function partOf(
  words: readonly string[],
  cells: readonly string[],
  isBesidePhone: boolean,
): Part | undefined {
  if (words.length === 0 && cells.length === 0) {
    return undefined;
  }
  const nearlyAll = (test: (cell: string) => boolean) =>
    cells.filter((cell) => test(cell.trim())).length >= cells.length * NEARLY_ALL;
  const isMarked = nearlyAll((cell) => /^\(?(?:\+|00)/.test(cell) && codeIn(cell) !== undefined);
  const isArea = nearlyAll((cell) => AREA_CODE.test(cell));
  const name = ` ${words.join(" ")} `;
  const says = (names: readonly string[]) => names.some((one) => name.includes(one));
  if (says(CALLING_CODE_NAMES)) {
    return nearlyAll((cell) => codeIn(cell) !== undefined) ? "callingCode" : undefined;
  }
  if (says(AREA_CODE_NAMES)) {
    return isArea ? "areaCode" : undefined;
  }
  if (cells.length === 0) {
    return undefined;
  }
  if (words.some((word) => EITHER.has(word))) {
    const hasZero = nearlyAll((cell) => /^\(?0[1-9]/.test(cell));
    return isMarked ? "callingCode" : isArea && hasZero ? "areaCode" : undefined;
  }
  return isMarked && isBesidePhone ? "callingCode" : undefined;
}

/**
 * Whether a number lacks its calling code, because the cell for it holds something else. Read at
 * home it would be another number.
 */
export function lacksCode(number: string, callingCode: string): boolean {
  const code = callingCode.trim();
  const isSomething = /[\p{L}\p{N}]/u.test(code) && !/^n\/?a$/i.test(code);
  const text = number.trim();
  return isSomething && codeIn(code) === undefined && !hasPlus(text) && !text.startsWith("00");
}

/** A cell's calling code, in whatever brackets, also where a spreadsheet made 20.0 of it. */
function codeIn(cell: string): string | undefined {
  return callingCodeIn(
    cell
      .trim()
      .replace(/([\d)])\.0$/, "$1")
      .replace(/^(\(?(?:\+|00)?)[\s(]+(?=[1-9])/, "$1"),
  );
}

function ownersOf(
  column: number,
  named: readonly (readonly string[])[],
  phones: readonly number[],
  taken: ReadonlyMap<number, NumberParts>,
  part: Part,
): readonly number[] {
  const words = named[column] ?? [];
  const shared = (phone: number) => {
    const end = words.findIndex((word, at) => word !== named[phone]?.[at]);
    return end < 0 ? words.length : end;
  };
  const most = Math.max(...phones.map(shared));
  if (most > 0) {
    return phones.filter((phone) => shared(phone) === most);
  }
  const free = phones.filter((phone) => taken.get(phone)?.[part] === undefined);
  // With several of them, each is for the next phone column.
  const next = phones.filter((phone) => phone > column);
  return free.length === phones.length ? phones : next.slice(0, 1);
}

/** A number with the parts put before it; one that has them already stays as it is. */
export function withParts(number: string, callingCode: string, areaCode: string): string {
  const text = number.trim();
  const area = AREA_CODE.exec(areaCode.trim())?.[1];
  const lacksArea = area !== undefined && !hasPlus(text) && isLocal(text);
  return withCallingCode(lacksArea ? withPrefix(text, area) : text, codeIn(callingCode));
}

/** No numbering plan with area codes has local numbers of ten digits. */
const isLocal = (text: string) => !/^\D*0/.test(text) && digitsIn(text) < 10;

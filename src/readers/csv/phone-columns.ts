import { columnWords } from "./column-name.ts";
import {
  namesAbout,
  namesMail,
  namesMixture,
  namesNumbers,
  namesPerhaps,
  namesPlaces,
} from "./other-words.ts";
import { namePhone } from "./phone-words.ts";

/**
 * What a column's name says of its cells:
 * - `phone`: telephone numbers; fax lines and pagers count
 * - `place`: "Home", "Work" and the like, which mean a telephone in some programs' exports
 * - `number`: "Number" and the like, which mean one when nothing else of the file does
 * - `cep`: Turkish for a mobile telephone, Brazilian for a postal code
 * - `perhaps`: what may stand over numbers and over other things
 * - `about`: something about telephones that is no number, such as "Phone 1 - Label"
 * - `unknown`: nothing
 */
export type NameKind = "phone" | "place" | "number" | "cep" | "perhaps" | "about" | "unknown";

export function nameKind(name: string): NameKind {
  const words = columnWords(name);
  if (namePhone(words)) {
    if (namesAbout(words)) {
      return "about";
    }
    return namesMixture(words) ? "perhaps" : "phone";
  }
  if (namesPlaces(words)) {
    return "place";
  }
  if (namesNumbers(words)) {
    return "number";
  }
  if (!namesPerhaps(words)) {
    return words.includes("cep") ? "cep" : "unknown";
  }
  return words.includes("cep") ? "cep" : "perhaps";
}

/** Whether the cells of such a column may be e-mail addresses as well. */
export const isMixedWithMail = (name: string): boolean => namesMail(columnWords(name));

/**
 * The positions, from 0, of the columns that are phone columns by their names alone; a bare
 * "Number" is one where there is no other.
 */
export function phoneColumns(header: readonly string[]): number[] {
  const kinds = header.map(nameKind);
  const all = (kind: NameKind) => kinds.flatMap((one, at) => (one === kind ? [at] : []));
  const phones = all("phone");
  return phones.length > 0 ? phones : all("number");
}

/** In UTF-16 units. What is longer is a text of somebody's, and no name of a column. */
const LONGEST_NAME = 200;

/**
 * The words of a column's name, in lower case and without accents: "Téléphone (bureau)" and
 * "telephone_bureau" are the same, and so are "phoneNumber" and "Phone Number". A text that is too
 * long for a name has none.
 */
export function columnWords(name: string): string[] {
  if (name.length > LONGEST_NAME) {
    return [];
  }
  return name
    .replace(/(\p{Ll})(\p{Lu})/gu, "$1 $2")
    .normalize("NFKD")
    .replace(/[\p{M}\p{Cf}\u0640]/gu, "")
    .toLowerCase()
    .split(/[^\p{L}\p{N}]+/u)
    .filter((word) => word !== "")
    .map((word) => word.replace(/^ال(?=\p{L}{3})/u, ""));
}

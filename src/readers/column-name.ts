/**
 * The words of a column's name, in lower case and without accents: "Téléphone (bureau)" and
 * "telephone_bureau" are the same, and so are "phoneNumber" and "Phone Number".
 */
export function columnWords(name: string): string[] {
  return name
    .replace(/(\p{Ll})(\p{Lu})/gu, "$1 $2")
    .normalize("NFKD")
    .replace(/[\p{M}\p{Cf}\u0640]/gu, "")
    .toLowerCase()
    .split(/[^\p{L}\p{N}]+/u)
    .filter((word) => word !== "")
    .map((word) => word.replace(/^ال(?=\p{L}{3})/u, ""));
}

/** In UTF-16 units. What is longer is a text of somebody's, and no name of a column. */
const LONGEST_NAME = 200;

/** Letters that Unicode does not take apart, as people type them where their keyboard lacks them. */
const PLAIN_LETTERS: Readonly<Record<string, string>> = {
  ı: "i",
  ł: "l",
  ø: "o",
  đ: "d",
  ß: "ss",
  æ: "ae",
  œ: "oe",
  ς: "σ",
  ی: "ي",
  ک: "ك",
};
const PLAIN_LETTER = new RegExp(`[${Object.keys(PLAIN_LETTERS).join("")}]`, "gu");

/**
 * The words of a column's name, in lower case and without accents: "Téléphone (bureau)" and
 * "telephone_bureau" are the same, and so are "phoneNumber2", "PHONENumber 2" and "Phone Number 2".
 * A text that is too long for a name has none.
 */
export function columnWords(name: string): string[] {
  if (name === "" || name.length > LONGEST_NAME) {
    return [];
  }
  return fold(
    name
      .replace(/whats[\s._-]?app/gi, " whatsapp ")
      .replace(/(\p{Ll})(?=\p{Lu})/gu, "$1 ")
      .replace(/(\p{Lu})(?=\p{Lu}\p{Ll})/gu, "$1 ")
      .replace(/(\p{L})(?=\p{Nd})|(\p{Nd})(?=\p{L})/gu, "$& "),
  )
    .split(/[^\p{L}\p{N}]+/u)
    .filter((word) => word !== "")
    .map((word) => word.replace(/^ال(?=\p{L}{3})/u, ""));
}

// Put together again in the end: Korean syllables come apart as accented letters do.
function fold(text: string): string {
  return text
    .normalize("NFKD")
    .replace(/[\p{M}\p{Cf}\u0640]/gu, "")
    .toLowerCase()
    .replace(PLAIN_LETTER, (letter) => PLAIN_LETTERS[letter] as string)
    .normalize("NFC");
}

/** A column's name as it is compared with others: its words, or itself where it has none. */
export const foldedName = (name: string): string => columnWords(name).join(" ") || name.trim();

const DELIMITERS = [",", ";", "\t", "|"] as const;

export type CsvDelimiter = (typeof DELIMITERS)[number];

/** Excel's own first line, which names the delimiter: `sep=;`. */
export const SEPARATOR_LINE = /^"?sep=([,;\t|])"?\n?/i;

/**
 * The delimiter that occurs most in the first record; a comma where none does.
 *
 * @param head the beginning of the file, its lines ending with LF
 */
export function detectDelimiter(head: string): CsvDelimiter {
  const counts = new Map<string, number>();
  let quoted = false;
  for (const character of head) {
    if (character === '"') {
      quoted = !quoted;
    } else if (character === "\n" && !quoted && counts.size > 0) {
      break;
    } else if (!quoted && (DELIMITERS as readonly string[]).includes(character)) {
      counts.set(character, (counts.get(character) ?? 0) + 1);
    }
  }
  const count = (delimiter: CsvDelimiter) => counts.get(delimiter) ?? 0;
  return DELIMITERS.reduce((best, delimiter) =>
    count(delimiter) > count(best) ? delimiter : best,
  );
}

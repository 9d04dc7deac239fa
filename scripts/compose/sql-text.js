// What of a text PostgreSQL reads: comments and white space are told from strings and bodies.

// A body or a string, as a whole; or what may stand for one space.
const KEPT_OR_BLANK =
  /(\$(\w*)\$[\s\S]*?\$\2\$|'(?:[^']|'')*'|"[^"]*")|(?:\s|--.*|\/\*[\s\S]*?\*\/)+/g;
const STRING_OR_COMMENT = /'(?:[^']|'')*'|--.*|\/\*[\s\S]*?\*\//g;

/**
 * The text without its comments and with one space for any white space: but for bodies and strings,
 * which stay as they are, since a database keeps them so.
 *
 * @param {string} text
 */
export function condensed(text) {
  return text.replace(KEPT_OR_BLANK, (_, kept) => kept ?? " ").trim();
}

/**
 * The text without its comments, line by line as it was.
 *
 * @param {string} text
 */
export function withoutComments(text) {
  return text.replace(STRING_OR_COMMENT, (found) => (found.startsWith("'") ? found : ""));
}

/**
 * The statements of a text, also those inside of bodies: without comments, and with empty strings.
 *
 * @param {string} text
 */
export function statements(text) {
  return text.replace(STRING_OR_COMMENT, (found) => (found.startsWith("'") ? "''" : " "));
}

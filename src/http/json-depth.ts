/**
 * Whether a JSON text has more than so many levels of arrays and objects. Linear, and without
 * recursion, whatever the text is; texts that are no JSON are told from others by the parser.
 */
export function isNestedDeeper(json: string, levels: number): boolean {
  if (!hasMore(json, levels)) return false;
  let depth = 0;
  for (let at = 0; at < json.length; at += 1) {
    switch (json.charCodeAt(at)) {
      case QUOTE:
        at = endOfString(json, at);
        break;
      case BRACKET:
      case BRACE:
        depth += 1;
        if (depth > levels) return true;
        break;
      case CLOSING_BRACKET:
      case CLOSING_BRACE:
        depth -= 1;
    }
  }
  return false;
}

const [QUOTE, BRACKET, BRACE, CLOSING_BRACKET, CLOSING_BRACE] = [0x22, 0x5b, 0x7b, 0x5d, 0x7d];
const BACKSLASH = 0x5c;

/** Whether it opens enough to be so deep; a list of numbers opens two, and is known at once. */
function hasMore(json: string, levels: number): boolean {
  let opened = 0;
  for (const opening of ["[", "{"]) {
    for (let at = json.indexOf(opening); at >= 0; at = json.indexOf(opening, at + 1)) {
      opened += 1;
      if (opened > levels) return true;
    }
  }
  return false;
}

function endOfString(json: string, start: number): number {
  let at = start;
  do {
    at = json.indexOf('"', at + 1);
    if (at < 0) return json.length;
  } while (isEscaped(json, at));
  return at;
}

function isEscaped(json: string, quote: number): boolean {
  let before = quote - 1;
  while (json.charCodeAt(before) === BACKSLASH) before -= 1;
  return (quote - 1 - before) % 2 === 1;
}

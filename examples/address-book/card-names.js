import { readFileSync } from "node:fs";

/**
 * The name on the card that each line of a vCard file belongs to. The engine reads past names and
 * never stores them; the phone that sends the numbers knows whose they are, as the demo does here.
 *
 * @param {string} file
 * @returns {Map<number, string>} by line, from 1
 */
export function readCardNames(file) {
  /** @type {Map<number, string>} */
  const names = new Map();
  /** @type {number[]} */
  let lines = [];
  let name = "";
  for (const [index, line] of readFileSync(file, "utf8").split(/\r?\n/).entries()) {
    lines.push(index + 1);
    const [, parameters = "", text] = /^FN((?:;[^:]*)?):(.*)$/i.exec(line) ?? [];
    if (text !== undefined) name = /QUOTED-PRINTABLE/i.test(parameters) ? decode(text) : text;
    if (line === "END:VCARD") {
      for (const number of lines) names.set(number, name.replaceAll("\\", ""));
      lines = [];
      name = "";
    }
  }
  return names;
}

/** @param {string} quotedPrintable */
function decode(quotedPrintable) {
  return decodeURIComponent(quotedPrintable.replaceAll("%", "%25").replaceAll("=", "%"));
}

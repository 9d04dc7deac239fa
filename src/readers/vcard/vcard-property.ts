import { decodeText } from "../text/text-encoding.ts";

export interface VcardProperty {
  /** In upper case, without the group (`item2.`). */
  readonly name: string;
  /** By upper-case name, in 2.1 also a bare value such as `CELL`; of a repeated one the last. */
  readonly parameters: ReadonlyMap<string, string>;
  /** As text, with the encoding undone, but not the backslashes. */
  readonly value: string;
}

/** Reads a whole property, or nothing where the bytes are none. */
export function parseProperty(bytes: Buffer): VcardProperty | undefined {
  // One character a byte: the value's encoding is known only once the parameters are.
  const text = bytes.toString("latin1");
  const colon = valueColon(text);
  if (colon < 0) {
    return undefined;
  }
  const [path = "", ...parameterTexts] = splitOutsideQuotes(text.slice(0, colon));
  const name = /^(?:ï»¿)?(?:[\w-]+\.)*([\w-]+)\s*$/.exec(path)?.[1];
  if (name === undefined) {
    return undefined;
  }
  const parameters = readParameters(parameterTexts);
  const value = decodeText(
    decodeValue(bytes.subarray(colon + 1), parameters),
    parameters.get("CHARSET"),
  );
  return { name: name.toUpperCase(), parameters, value };
}

/** Undoes the backslashes of 3.0 and 4.0 (`\,` `\;` `\n`), of Apple (`\:`) and of 2.1 (`\;`). */
export function unescapeText(value: string): string {
  return value.replace(/\\(.)/gsu, (_, character: string) =>
    character === "n" || character === "N" ? "\n" : character,
  );
}

function decodeValue(bytes: Buffer, parameters: ReadonlyMap<string, string>): Buffer {
  const encoding = parameters.get("ENCODING")?.toUpperCase();
  if (encoding === "QUOTED-PRINTABLE" || parameters.has("QUOTED-PRINTABLE")) {
    return decodeQuotedPrintable(bytes);
  }
  if (encoding === "B" || encoding === "BASE64" || parameters.has("BASE64")) {
    return Buffer.from(bytes.toString("latin1"), "base64");
  }
  return bytes;
}

function readParameters(texts: readonly string[]): Map<string, string> {
  const parameters = new Map<string, string>();
  for (const text of texts) {
    const equals = text.indexOf("=");
    const name = (equals < 0 ? text : text.slice(0, equals)).trim().toUpperCase();
    const value = equals < 0 ? "" : text.slice(equals + 1).trim();
    parameters.set(name, value.replace(/^"(.*)"$/s, "$1"));
  }
  return parameters;
}

/** The colon before the value. 2.1 knows no quotes: a lone one there is a character like others. */
function valueColon(text: string): number {
  let quoted = false;
  for (let at = 0; at < text.length; at += 1) {
    if (text[at] === '"') {
      quoted = !quoted;
    } else if (text[at] === ":" && !quoted) {
      return at;
    }
  }
  return text.indexOf(":");
}

function splitOutsideQuotes(header: string): string[] {
  return header.match(/(?:"[^"]*"|[^;])+/g) ?? [];
}

/** Decodes quoted-printable bytes; an escape that is none stays as it stands, as mail readers do. */
function decodeQuotedPrintable(bytes: Buffer): Buffer {
  const text = bytes
    .toString("latin1")
    .replace(/=([0-9A-Fa-f]{2})/g, (_, hex: string) =>
      String.fromCharCode(Number.parseInt(hex, 16)),
    );
  return Buffer.from(text, "latin1");
}

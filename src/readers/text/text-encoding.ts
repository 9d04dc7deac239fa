import { TextDecoder } from "node:util";

const strictUtf8 = new TextDecoder("utf-8", { fatal: true });

/** The text, where the bytes are UTF-8. */
export function decodeUtf8(bytes: Uint8Array): string | undefined {
  try {
    return strictUtf8.decode(bytes);
  } catch {
    return undefined;
  }
}

/**
 * Bytes of unknown encoding as text, never failing: UTF-8 where they are UTF-8 (a file's own
 * declaration is wrong more often than that test), else as declared, else Windows-1252.
 *
 * @param declared an encoding label such as `ISO-8859-1`; an unknown one counts as none
 */
export function decodeText(bytes: Uint8Array, declared?: string): string {
  return decodeUtf8(bytes) ?? decoderFor(declared)(bytes);
}

type Decode = (bytes: Uint8Array) => string;

// Windows-1252 from 0x80 to 0x9F; elsewhere it is Latin-1. Five places are empty.
const WINDOWS_1252 = "€\x81‚ƒ„…†‡ˆ‰Š‹Œ\x8DŽ\x8F\x90‘’“”•–—˜™š›œ\x9DžŸ";

/**
 * Not by TextDecoder: that of Node 20 decodes this label as Latin-1, so that the dash which word
 * processors put into a number would become a control character.
 */
function decodeWindows1252(bytes: Uint8Array): string {
  const latin1 = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("latin1");
  return latin1.replace(/[\x80-\x9F]/g, (character) =>
    WINDOWS_1252.charAt(character.charCodeAt(0) - 0x80),
  );
}

const decoders = new Map<string, Decode>();

// A file names an encoding on every line; it names few different ones, and no more are remembered.
const MOST_DECODERS = 32;
const LONGEST_LABEL = 40;

function decoderFor(declared: string | undefined): Decode {
  const label = declared?.trim().toLowerCase();
  if (label === undefined || label.length > LONGEST_LABEL) {
    return decodeWindows1252;
  }
  const known = decoders.get(label);
  if (known !== undefined) {
    return known;
  }
  const decode = newDecoder(label);
  if (decoders.size < MOST_DECODERS) {
    decoders.set(label, decode);
  }
  return decode;
}

function newDecoder(label: string): Decode {
  try {
    const decoder = new TextDecoder(label);
    return decoder.encoding === "windows-1252"
      ? decodeWindows1252
      : (bytes) => decoder.decode(bytes);
  } catch {
    return decodeWindows1252;
  }
}

// Contacts out of a file, in the browser. Small and honest: it reads what phones and webmail export,
// and says of every line that it could not read. The readers of the package contact-sync read more
// (`contact-sync import`), but run in Node, and read past names, which a phone has and a server has not.
import { type Contents, UnreadableFile } from "./contents.ts";
import { readList } from "./list.ts";
import { looksLikeTable, readTable } from "./table.ts";
import { readVcards } from "./vcard.ts";

export interface ContactsFile extends Contents {
  readonly format: "vCard" | "table" | "list";
  /** What to know of the whole of it. */
  readonly remarks: readonly string[];
}

/**
 * @throws UnreadableFile
 */
export function readContactsFile(bytes: Uint8Array, fileName: string): ContactsFile {
  const { text, remarks } = decode(bytes);
  if (text.trim() === "") throw new UnreadableFile("The file is empty.");
  if (text.includes("\0") || /^(?:%PDF|\{\\rtf|<)/.test(text)) {
    throw new UnreadableFile(
      "This is no vCard, table or list. Export the contacts as vCard (.vcf) or CSV and choose that file.",
    );
  }
  const lines = text.split(/\r\n|\r|\n/);
  if (/^\s*BEGIN\s*:\s*VCARD/im.test(text)) {
    return { format: "vCard", remarks, ...readVcards(lines) };
  }
  if (/\.(?:csv|tsv)$/i.test(fileName) || looksLikeTable(lines)) {
    return { format: "table", remarks, ...readTable(text) };
  }
  return { format: "list", remarks, ...readList(lines) };
}

function decode(bytes: Uint8Array): { text: string; remarks: string[] } {
  const [first, second] = bytes;
  const wide =
    first === 0xff && second === 0xfe
      ? "utf-16le"
      : first === 0xfe && second === 0xff
        ? "utf-16be"
        : null;
  if (wide !== null) return { text: new TextDecoder(wide).decode(bytes), remarks: [] };
  try {
    return { text: new TextDecoder("utf-8", { fatal: true }).decode(bytes), remarks: [] };
  } catch {
    return {
      text: new TextDecoder("windows-1252").decode(bytes),
      remarks: ["The file is not in UTF-8 and was read as Western European. Check the names."],
    };
  }
}

import { decodeText } from "../text/text-encoding.ts";

// Outlook writes the Windows code page of its user's language; these are the ones whose headers we
// know. UTF-8 comes first, as it cannot be mistaken for the others.
const CODE_PAGES = ["windows-1252", "windows-1256"] as const;

/** Turns a file's cells into text. */
export type CellDecoder = (cell: Uint8Array | undefined) => string;

/**
 * Finds out a CSV file's encoding by trying which of them makes sense of the header.
 *
 * @param makesSense for instance: has a column that we are looking for
 */
export function cellDecoder(
  header: readonly Uint8Array[],
  makesSense: (header: readonly string[]) => boolean,
): CellDecoder {
  const codePage = CODE_PAGES.find((label) =>
    makesSense(header.map((cell) => decodeText(cell, label))),
  );
  return (cell) => (cell === undefined ? "" : unwrap(decodeText(cell, codePage)));
}

// What databases and pandas write where there is no value.
const NO_VALUE = /^\s*(?:\\N|NULL|\(null\)|NaN|None|<NA>)\s*$/i;

// What spreadsheets are told so that they leave a number alone: `="0100…"`, `'+20…` and `'0100…'`.
function unwrap(cell: string): string {
  return NO_VALUE.test(cell)
    ? ""
    : cell
        .replace(/^\s*="(.*)"\s*$/s, "$1")
        .replace(/^\s*'(.*)'\s*$/s, "$1")
        .replace(/^\s*'(?=[+\p{Nd}(])/u, "");
}

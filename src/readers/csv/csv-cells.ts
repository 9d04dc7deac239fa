import { decodeText } from "../text/text-encoding.ts";

/** A cell as text. Its bytes are UTF-8, with here and there a cell in Windows-1252. */
export function decodeCell(cell: Uint8Array | undefined): string {
  return cell === undefined ? "" : unwrap(decodeText(cell));
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

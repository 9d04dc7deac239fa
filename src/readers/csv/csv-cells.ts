import { decodeText } from "../text/text-encoding.ts";

/** A cell as text. Its bytes are UTF-8, with here and there a cell in Windows-1252. */
export function decodeCell(cell: Buffer | undefined): string {
  if (cell === undefined || cell.length === 0) {
    return "";
  }
  // Most are ASCII, which is the same in all encodings and needs no decoder.
  const latin1 = cell.toString("latin1");
  return unwrap(/[\x80-\xff]/.test(latin1) ? decodeText(cell) : latin1);
}

// What databases and pandas write where there is no value.
const NO_VALUE = /^\s*(?:\\N|NULL|\(null\)|NaN|None|<NA>)\s*$/i;
const MAYBE_WRAPPED = /^\s*[=']/;
const MAYBE_NO_VALUE = /^\s*[\\n(<]/i;

// What spreadsheets are told so that they leave a number alone: `="0100…"`, `'+20…` and `'0100…'`.
function unwrap(cell: string): string {
  if (MAYBE_NO_VALUE.test(cell) && NO_VALUE.test(cell)) {
    return "";
  }
  if (!MAYBE_WRAPPED.test(cell)) {
    return cell;
  }
  return cell
    .replace(/^\s*="(.*)"\s*$/s, "$1")
    .replace(/^\s*'(.*)'\s*$/s, "$1")
    .replace(/^\s*'(?=[+\p{Nd}(])/u, "");
}

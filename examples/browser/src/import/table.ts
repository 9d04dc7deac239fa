import type { DeviceContact } from "@contact-sync/client";
import { type Contents, UnreadableFile, type UnreadLine } from "./contents.ts";

const NUMBER_COLUMN =
  /phone|\btel|mobile|cell|handy|whatsapp|téléphone|teléfono|telefon|هاتف|موبايل|جوال|电话|手机/i;
// Google and Outlook have columns beside the numbers that say of which kind they are.
const NO_NUMBER = /type|label|kind|fax/i;
const WHOLE_NAME = /^(?:full |display )?name$|^file as$|^nom$|^nombre$|^الاسم$/i;
const PART_OF_NAME = /^(?:first|given|middle|last|family|second) ?name$|^surname$/i;

/** Whether the first line names columns, one of them of numbers. */
export function looksLikeTable(lines: readonly string[]): boolean {
  const header = lines.find((line) => line.trim() !== "") ?? "";
  return /[,;\t]/.test(header) && !/\d{5}/.test(header) && NUMBER_COLUMN.test(header);
}

/**
 * A table with a row of names above it, divided by commas, semicolons or tabs.
 *
 * @throws UnreadableFile
 */
export function readTable(text: string): Contents {
  const { rows, openQuoteAt } = rowsOf(text, delimiterOf(text));
  const header = rows.shift();
  const titles = header?.cells.map((title) => title.trim()) ?? [];
  const columns = titles.map((title, at) => ({ title, at }));
  const numbers = columns.filter(
    ({ title }) => NUMBER_COLUMN.test(title) && !NO_NUMBER.test(title),
  );
  if (numbers.length === 0) {
    throw new UnreadableFile(
      "No column is named as one of phone numbers. Give it the name “phone” in the first row, and choose the file again.",
    );
  }
  const whole = columns.find(({ title }) => WHOLE_NAME.test(title));
  const named = whole ? [whole] : columns.filter(({ title }) => PART_OF_NAME.test(title));
  const cards: DeviceContact[] = [];
  const unread: UnreadLine[] = [];
  for (const { cells, line } of rows) {
    const textsOf = (wanted: readonly { at: number }[]) =>
      wanted.map(({ at }) => (cells[at] ?? "").trim()).filter((cell) => cell !== "");
    const name = textsOf(named).join(" ");
    if (cells.length !== titles.length) {
      unread.push({
        line,
        why: `The row is ${cells.length} wide, and the first row ${titles.length}.`,
      });
    } else {
      cards.push({
        id: `row ${line}`,
        ...(name === "" ? {} : { name }),
        phoneNumbers: textsOf(numbers),
      });
    }
  }
  if (openQuoteAt !== null) {
    unread.push({ line: openQuoteAt, why: "A quotation mark that opens here is never closed." });
  }
  return { cards, unread, columns: [...named, ...numbers].map(({ title }) => title) };
}

function delimiterOf(text: string): string {
  const header = text.split(/[\r\n]/).find((line) => line.trim() !== "") ?? "";
  const counts = [",", ";", "\t"].map((sign) => ({ sign, count: header.split(sign).length }));
  return counts.reduce((most, other) => (other.count > most.count ? other : most)).sign;
}

interface TableRow {
  readonly cells: readonly string[];
  /** On which it begins. */
  readonly line: number;
}

function rowsOf(text: string, delimiter: string): { rows: TableRow[]; openQuoteAt: number | null } {
  const rows: TableRow[] = [];
  let cells: string[] = [];
  let cell = "";
  let line = 1;
  let beganAt = 1;
  let openQuoteAt: number | null = null;
  const endRow = () => {
    cells.push(cell);
    if (cells.some((content) => content.trim() !== "")) rows.push({ cells, line: beganAt });
    cells = [];
    cell = "";
  };
  const source = text.replace(/\r\n?/g, "\n");
  for (let at = 0; at < source.length; at += 1) {
    const sign = source[at] as string;
    if (openQuoteAt !== null) {
      if (sign === '"' && source[at + 1] === '"') at += 1;
      else if (sign === '"') {
        openQuoteAt = null;
        continue;
      }
      cell += sign;
    } else if (sign === '"' && cell.trim() === "") {
      openQuoteAt = line;
      cell = "";
    } else if (sign === delimiter) {
      cells.push(cell);
      cell = "";
    } else if (sign === "\n") {
      endRow();
      beganAt = line + 1;
    } else cell += sign;
    if (sign === "\n") line += 1;
  }
  endRow();
  return { rows, openQuoteAt };
}

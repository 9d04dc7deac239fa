import { columnWords } from "./column-name.ts";
import { isPhoneColumn } from "./phone-columns.ts";

// What address books call their other columns, in the languages of PHONE_WORD, without accents.
const COLUMN_WORDS = new Set(
  `
  name names first last given family middle full display nick nickname prefix suffix title phonetic
  email mail mails e address addresses street city state region zip postal code country box po web
  website url birthday anniversary date notes note comment comments company organization
  organisation department job role group groups membership label labels category categories photo
  gender language user users owner contact contacts id uuid account value type home work business
  other primary created updated verified at is favorite last interaction source
  vorname nachname anrede firma abteilung strasse straße ort plz land postleitzahl geburtstag
  notizen adresse kategorien
  nom prenom societe service rue ville pays naissance
  nombre nombres apellido apellidos empresa direccion correo ciudad pais notas
  nome cognome azienda indirizzo citta note
  sobrenome endereco cidade observacoes
  اسم بريد شركة عنوان ملاحظات كامل أول أخير
  `
    .split(/\s+/)
    .flatMap(columnWords),
);

const MOST_NAMES = 12;

/** Whether a text consists of words that we know from the names of columns. */
export function isColumnName(cell: string): boolean {
  const words = columnWords(cell);
  return (
    isPhoneColumn(cell) ||
    (words.length > 0 && words.every((word) => COLUMN_WORDS.has(word) || /^\d{1,2}$/.test(word)))
  );
}

/**
 * Describes a file's first row without ever showing data: only cells that consist of known column
 * names are named, and only where they are at least half of the row. A row of a file without a
 * header is somebody's name and number.
 */
export function describeColumns(row: readonly string[]): string {
  const cells = row.filter((cell) => cell.trim() !== "");
  const names = cells.filter(isColumnName);
  if (names.length === 0 || names.length * 2 < cells.length) {
    return `The first of its rows (${columns(row.length)}) does not look like column names.`;
  }
  const shown = names.slice(0, MOST_NAMES).map((name) => `"${name.trim()}"`);
  const others = row.length - shown.length;
  return `Found: ${shown.join(", ")}${others > 0 ? ` and ${others} more` : ""}.`;
}

function columns(count: number): string {
  return count === 1 ? "1 column" : `${count} columns`;
}

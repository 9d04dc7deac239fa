import { cellKind, digitsIn } from "./cell-kind.ts";
import { columnWords } from "./column-name.ts";
import { namesPerhaps } from "./other-words.ts";
import { nameKind } from "./phone-columns.ts";
import { namePhone, wordsOf } from "./phone-words.ts";

// What address books call their other columns, in the languages of the words for telephones.
const COLUMN_WORDS = new Set(
  wordsOf(`
  name names first names last given family middle full display nick nickname prefix suffix title
  phonetic email mail mails e address addresses street city state region zip postal code country box
  po web website url birthday anniversary date notes note comment comments company organization
  organisation department job role group groups membership label labels category categories photo
  gender language user users owner contact contacts id uuid account value type home work business
  other primary created updated verified at is favorite last interaction source
  vorname nachname anrede anzeigename firma abteilung strasse straße ort plz land postleitzahl
  geburtstag notizen adresse kategorien geschäftlich
  nom prenom prénom societe société service rue ville pays naissance
  nombre nombres apellido apellidos empresa direccion dirección correo ciudad pais país notas
  nome cognome azienda indirizzo citta città note
  sobrenome endereco endereço cidade observacoes observações cep aniversário
  naam voornaam achternaam bedrijf straat plaats opmerkingen
  imię imie nazwisko firma adres miasto ulica notatki wyświetlana nazwa
  jméno příjmení firma ulice město poznámky zobrazované meno priezvisko mesto poznámky
  név vezetéknév keresztnév cég cím város utca megjegyzés
  nume prenume companie adresă oraș stradă note
  fornavn etternavn efternavn firma adresse gade by notater förnamn efternamn företag
  etunimi sukunimi nimi yritys osoite kaupunki
  ad adı soyad soyadı şirket adres şehir notlar
  имя фамилия отчество организация компания должность адрес город улица страна заметки почта
  ім'я прізвище організація адреса місто нотатки име презиме фамилия фирма бележки
  όνομα επώνυμο επωνυμία εταιρεία διεύθυνση πόλη σημειώσεις
  שם פרטי משפחה חברה כתובת עיר הערות
  اسم بريد شركة عنوان ملاحظات كامل أول أخير عائلة مدينة نام خانوادگی شرکت آدرس
  điện thoại ชื่อ นามสกุล บริษัท ที่อยู่
  nama alamat perusahaan catatan
  이름 성명 회사 회사명 부서 직함 직책 주소 메모 그룹 이메일
  名前 氏名 姓名 姓 名 名字 名称 姓氏 会社 会社名 部署 役職 住所 郵便番号 備考 メールアドレス フリガナ
  公司 部门 部門 职务 職稱 地址 备注 備註 邮箱 电子邮件 電子郵件 称呼 單位 单位 昵称 暱稱
  `),
);

const MOST_NAMES = 12;
const LONGEST_SHOWN = 60;

/** Digits that a name may have; more could be somebody's number. */
const MOST_DIGITS = 4;

/** Whether a word is one of those that stand in headers; folded, as `columnWords` gives it. */
export function isHeaderWord(word: string): boolean {
  return isColumnWord(word) || namesPerhaps([word]);
}

function isColumnWord(word: string): boolean {
  return COLUMN_WORDS.has(word) || namePhone([word]);
}

/** Whether a text consists of words that we know from the names of columns. */
export function isColumnName(cell: string): boolean {
  const words = columnWords(cell);
  return (
    nameKind(cell) === "phone" ||
    (words.length > 0 && words.every((word) => isColumnWord(word) || /^\d{1,2}$/.test(word)))
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
  if (cells.some(isSomebodys) || names.length === 0 || names.length * 2 < cells.length) {
    return `The first of its rows (${columns(row.length)}) does not look like column names.`;
  }
  const shown = names.slice(0, MOST_NAMES).map((name) => `"${name.trim()}"`);
  const others = row.length - shown.length;
  return `Found: ${shown.join(", ")}${others > 0 ? ` and ${others} more` : ""}.`;
}

/** A number or an e-mail address: no row of names has one. */
export function isSomebodys(cell: string): boolean {
  const kind = cellKind(cell);
  return kind === "international" || kind === "digits" || kind === "mail";
}

function columns(count: number): string {
  return count === 1 ? "1 column" : `${count} columns`;
}

/**
 * What each column is called where it is shown: by its name, or by its position where it has none
 * or what stands there might be data.
 *
 * @param isCertain whether the row is a header beyond doubt: else only known names are shown
 */
export function shownNames(
  header: readonly string[],
  width: number,
  isCertain: boolean,
): readonly string[] {
  return Array.from({ length: width }, (_, position) => {
    const cell = header[position] ?? "";
    const name = cell.replace(/[\p{C}\p{Z}]+/gu, " ").trim();
    const isName =
      name !== "" && digitsIn(name) <= MOST_DIGITS && (isCertain || isColumnName(cell));
    if (!isName) {
      return `column ${position + 1}`;
    }
    return name.length > LONGEST_SHOWN ? `${name.slice(0, LONGEST_SHOWN)}…` : name;
  });
}

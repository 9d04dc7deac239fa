import { extname } from "node:path";

// What is no text, by the bytes that it begins with. Each advice begins with what the file is and
// goes on with what to do in the program that wrote it.

const EXPORT = "Export the contacts as vCard (.vcf) or CSV";

interface Signature {
  /** In Latin-1, where a character is a byte. */
  readonly start: string;
  /** Where it stands. */
  readonly at?: number;
  readonly advice: string;
}

const unpack = (kind: string, command: string): string =>
  `This is packed (${kind}). Unpack it first: ${command}.`;

const PICTURE = `This is a picture. ${EXPORT} instead; a scanned card is entered by hand.`;

const SIGNATURES: readonly Signature[] = [
  { start: "\x1f\x8b", advice: unpack("gzip", "gunzip FILE.gz") },
  { start: "BZh", advice: unpack("bzip2", "bunzip2 FILE.bz2") },
  { start: "\xfd7zXZ\0", advice: unpack("xz", "unxz FILE.xz") },
  { start: "7z\xbc\xaf\x27\x1c", advice: unpack("7-Zip", "7z x FILE.7z") },
  { start: "\x28\xb5\x2f\xfd", advice: unpack("Zstandard", "unzstd FILE.zst") },
  { start: "\x04\x22\x4d\x18", advice: unpack("LZ4", "unlz4 FILE.lz4") },
  { start: "Rar!\x1a\x07", advice: unpack("RAR", "unrar x FILE.rar") },
  { start: "ustar", at: 257, advice: unpack("tar", "tar -xf FILE.tar") },
  {
    start: "SQLite format 3\0",
    advice: `This is a database (SQLite), as phones and programs keep contacts in. ${EXPORT} in the program that it belongs to.`,
  },
  { start: "%PDF-", advice: `This is a PDF document. ${EXPORT} in the program that printed it.` },
  {
    start: "bplist00",
    advice:
      "This is a property list of Apple's (.abbu, .abcdp, .plist). In the Contacts app: File › Export › Export vCard.",
  },
  {
    start: "!BDN",
    advice:
      "This is an Outlook data file (.pst, .ost). In Outlook: File › Open & Export › Import/Export › Export to a file › Comma Separated Values.",
  },
  {
    start: "ANDROID BACKUP\n",
    advice:
      "This is an Android backup. On the phone, in the Contacts app: Settings › Export, which writes a vCard (.vcf).",
  },
  { start: "\x89PNG\r\n\x1a\n", advice: PICTURE },
  { start: "\xff\xd8\xff", advice: PICTURE },
  { start: "GIF87a", advice: PICTURE },
  { start: "GIF89a", advice: PICTURE },
  { start: "II*\0", advice: PICTURE },
  { start: "MM\0*", advice: PICTURE },
  { start: "WEBP", at: 8, advice: PICTURE },
  { start: "ftyp", at: 4, advice: PICTURE },
];

const OLE = "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1";
const ZIP = ["PK\x03\x04", "PK\x05\x06", "PK\x07\x08"];

const SPREADSHEET = "Save the sheet as CSV (in Excel: File › Save As › CSV UTF-8)";

/** What a ZIP archive is, by the names of the files in it. */
const ZIPS: readonly [name: RegExp, advice: string][] = [
  [
    /xl\/|\[Content_Types\]\.xml(?!.*word\/)/s,
    `This is an Excel workbook (.xlsx). ${SPREADSHEET}.`,
  ],
  [/word\//, `This is a Word document (.docx). ${EXPORT} in the program that the list comes from.`],
  [
    /opendocument\.spreadsheet/,
    "This is a LibreOffice spreadsheet (.ods). Save the sheet as CSV: File › Save As › Text CSV.",
  ],
  [/\.iwa|Index\.zip/, "This is a Numbers spreadsheet. Export it: File › Export To › CSV."],
  [
    /Takeout\//,
    "This is a Google Takeout archive (ZIP). Unpack it and give the contacts' .vcf or .csv in it.",
  ],
  [/\.vcf/i, "This is a ZIP archive with vCards in it. Unpack it and give the .vcf."],
];

/** What a file of no known signature is, by its name. */
const NAMES: Readonly<Record<string, string>> = {
  ".nbu": `This is a backup of a Nokia phone. ${EXPORT} with the program that made it.`,
  ".nbf": `This is a backup of a Nokia phone. ${EXPORT} with the program that made it.`,
  ".spb": `This is a Samsung Kies phone book. ${EXPORT} in Kies or on the phone.`,
  ".spbm": `This is a Samsung phone book. ${EXPORT} in Kies or on the phone.`,
};

/**
 * What to do with a file that is no text, or undefined where it may be one.
 *
 * @param head the file's beginning, as it is
 */
export function adviceForBytes(head: Buffer, fileName: string): string | undefined {
  const start = head.toString("latin1");
  const extension = extname(fileName).toLowerCase();
  const found = SIGNATURES.find(
    (signature) => start.startsWith(signature.start, signature.at ?? 0) && isTrue(signature, start),
  );
  if (found !== undefined) {
    return found.advice;
  }
  if (ZIP.some((mark) => start.startsWith(mark))) {
    const [, advice] = ZIPS.find(([name]) => name.test(start)) ?? [];
    return (
      NAMES[extension] ??
      advice ??
      "This is a spreadsheet or a ZIP archive. Save the sheet as CSV, or unpack the archive."
    );
  }
  if (start.startsWith(OLE)) {
    return adviceForOle(extension);
  }
  return isUtf32(head) ? "This is text in UTF-32. Save it as UTF-8 in a text editor." : undefined;
}

/** What to do with bytes that turned out to be no text. */
export function adviceForOther(fileName: string): string {
  return (
    NAMES[extname(fileName).toLowerCase()] ??
    `This is not a text file. ${EXPORT} in the program that wrote it.`
  );
}

function adviceForOle(extension: string): string {
  switch (extension) {
    case ".msg":
      return "This is an Outlook message or contact (.msg). In Outlook: open it and choose File › Save As › vCard.";
    case ".doc":
      return `This is a Word document (.doc). ${EXPORT} in the program that the list comes from.`;
    case ".xls":
      return `This is an old Excel workbook (.xls). ${SPREADSHEET}.`;
    default:
      return `This is an old Excel workbook (.xls) or another Office file. ${SPREADSHEET}; of an Outlook contact save a vCard.`;
  }
}

/** Texts may begin with some of the shorter ones. */
function isTrue({ start }: Signature, head: string): boolean {
  switch (start) {
    case "BZh":
      return ["1AY&SY", "\x17rE8P\x90"].some((mark) => head.startsWith(mark, 4));
    case "WEBP":
      return head.startsWith("RIFF");
    case "ftyp":
      return head.startsWith("\0\0\0");
    default:
      return true;
  }
}

/** By its mark, or by three zero bytes in four: UTF-16 of our formats has one in two. */
function isUtf32(head: Buffer): boolean {
  const [a, b, c, d, e, f, g, h] = head;
  return (
    (a === 0xff && b === 0xfe && c === 0 && d === 0) ||
    (a === 0 && b === 0 && c === 0xfe && d === 0xff) ||
    (a !== 0 && b === 0 && c === 0 && d === 0 && e !== 0 && f === 0 && g === 0 && h === 0) ||
    (a === 0 &&
      b === 0 &&
      c === 0 &&
      d !== 0 &&
      e === 0 &&
      f === 0 &&
      g === 0 &&
      h !== 0 &&
      h !== undefined)
  );
}

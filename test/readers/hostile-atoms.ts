// What hostile files are made of, a format a row: hostile-repetition*.test.ts repeat each piece, and
// each pair of pieces, between a beginning and an end. A reader that is added gets a row here.
import { readAddressBook } from "../../src/readers/detect.ts";
import { readDirectory } from "../../src/readers/directory.ts";
import type { ByteStream } from "../../src/readers/text/byte-stream.ts";

export interface HostileFormat {
  readonly name: string;
  readonly read: (source: ByteStream) => AsyncIterable<unknown>;
  readonly encoding: BufferEncoding;
  readonly start: string;
  readonly atoms: readonly string[];
  readonly end: string;
}

const book =
  (format: "vcard" | "csv" | "ndjson"): HostileFormat["read"] =>
  (source) =>
    readAddressBook(source, { format, onUnreadable: () => {} });

/** What any reader may trip over. */
const TEXT = ["\n", "\r", "\r\r\n", "\0", "\uFEFF", " ", "\t", "1", "a", "é", "١", "\u0301", "\\"];

const VCARD = [
  ...TEXT,
  ...[
    "\n ",
    "\n\t",
    "=\n",
    "= \n",
    "==",
    "=31",
    "\n=",
    ";",
    ";;;;",
    ":",
    ",",
    ".",
    '"',
    "-",
    "%31",
  ],
  ...["BEGIN:VCARD\n", "END:VCARD\n", "AGENT:\n", "AGENT:BEGIN:VCARD\\nTEL:1\\n", "x\n"],
  ...[
    "TEL:+20 100 123 0001\n",
    "TEL;TYPE=cell:1\n",
    "\nTEL;ENCODING=QUOTED-PRINTABLE:",
    "item1.TEL:1\n",
  ],
  ...[
    "\nTEL;ENCODING=b:",
    "\nPHOTO;ENCODING=b:",
    "\n QUJD",
    "QUJD\n",
    ';A="',
    ";TYPE=CELL",
    "\nTEL",
  ],
  ...[
    "X-",
    "PHONE",
    "tel:",
    ";phone-context=+",
    ";CHARSET=utf-16",
    ";CHARSET=x",
    "\\n",
    "+1;",
    "+1,",
  ],
];

const CSV = [
  ...TEXT,
  ...[
    ",",
    ";",
    "|",
    '"',
    '""',
    "'",
    "''",
    '\\"',
    ' "',
    '" ',
    '",',
    ',"',
    '"\n',
    '\n"',
    '"x',
    "',",
    ",'",
  ],
  ...[
    "\n\n",
    ",,,,",
    "1,",
    "1\n",
    "+1,",
    ", ",
    " ::: ",
    "/",
    "+20 100 123 0001\n",
    "0100 123 0001;",
  ],
  ...[
    "Phone",
    "Phone,",
    "Phone,Name\n",
    "Labels,",
    "area code,",
    "Phone code,",
    "* starred,",
    "telephon",
    "Home,Mobile\n",
    "sep=;\n",
  ],
  ...[
    '=""',
    '="1",',
    "'+1,",
    "2.01E+11\n",
    "2.01001230015E+11\n",
    "0E+",
    "\\N\n",
    "NULL,",
    "@",
    "2024-",
  ],
];

const NDJSON = [
  ...TEXT,
  ...[
    '"1"\n',
    '{"phone":"1"}\n',
    "[",
    "{",
    '{"a":',
    "]",
    "}",
    ",",
    '"',
    '\\"',
    "\\u0031",
    "null\n",
  ],
  ...[',"phone":"1"', ',"a":1', "1e5", "-", "\n\n", ' \n"1"\n'],
];

const USER = "0f0e0d0c-1111-4111-8111-0a0b0c0d0e0f";

const format = (
  name: string,
  read: HostileFormat["read"],
  atoms: readonly string[],
  start = "",
  end = "",
  encoding: BufferEncoding = "utf8",
): HostileFormat => ({ name, read, encoding, start, atoms, end });

export const HOSTILE_FORMATS: readonly HostileFormat[] = [
  format("vCard, in a card", book("vcard"), VCARD, "BEGIN:VCARD\n", "\nEND:VCARD\n"),
  format("vCard, in a number", book("vcard"), VCARD, "BEGIN:VCARD\nTEL:", "\nEND:VCARD\n"),
  format("vCard in UTF-16", book("vcard"), VCARD, "\uFEFFBEGIN:VCARD\n", "\n", "utf16le"),
  format("CSV, below its header", book("csv"), CSV, "Name,Phone\nAda,", "\n"),
  format("CSV, in quotation marks", book("csv"), CSV, 'Phone,Name\n"', '"\n'),
  format("CSV, from its beginning", book("csv"), CSV, "", "\nPhone\n1\n"),
  format("CSV in Latin-1", book("csv"), CSV, "Name,T\u00E9l\u00E9phone\n", "\n1,2\n", "latin1"),
  format("CSV in UTF-16", book("csv"), CSV, "\uFEFFName,Phone\n", "\n1,2\n", "utf16le"),
  format("NDJSON", book("ndjson"), NDJSON, '"1"\n', '\n"2"\n'),
  format("NDJSON, in a line", book("ndjson"), NDJSON, '{"phone":"1","a":', "}\n"),
  format("directory in CSV", readDirectory, CSV, `user_id,phone\n${USER},1\n`, `\n${USER},1\n`),
  format("directory in NDJSON", readDirectory, NDJSON, `{"user_id":"${USER}","phone":"1"}\n`, "\n"),
  format("whatever it is", (source) => readAddressBook(source), [...TEXT, "<", "[", "{", "PK"]),
];

const LIKE_ANOTHER = new Set([
  "vCard, in a number",
  "CSV, from its beginning",
  "NDJSON, in a line",
  "directory in NDJSON",
]);

/** Whose memory is measured: what differs in its encoding or beginning remembers the same. */
export const MEASURED_FORMATS: readonly HostileFormat[] = HOSTILE_FORMATS.filter(
  ({ name, encoding }) => encoding === "utf8" && !LIKE_ANOTHER.has(name),
);

/** @param repeat what is repeated, for so many bytes */
export function fileOf(
  { start, end, encoding }: HostileFormat,
  repeat: (bytes: number) => string,
  bytes: number,
): Buffer {
  return Buffer.from(start + repeat(bytes) + end, encoding);
}

/** The text as often as takes so many bytes. */
export function times(text: string, bytes: number): string {
  return text.repeat(Math.max(1, Math.ceil(bytes / Buffer.byteLength(text))));
}

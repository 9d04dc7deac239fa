// Files that nobody's address book looks like: each repeats what a reader has to remember, count or
// try again, as often as it is told to.

type Format = "vcard" | "csv" | "ldif" | "json" | "ndjson" | "jcard" | "xcard" | "directory";

export interface HostileFile {
  readonly name: string;
  readonly format: Format;
  /** @param count how often it is repeated */
  readonly content: (count: number) => Iterable<string>;
}

const PIECE = 16 * 1024;

/** The text so many times, in pieces, so that it is never in memory as a whole. */
function* repeated(text: string, count: number): Generator<string> {
  const perPiece = Math.max(1, Math.floor(PIECE / text.length));
  const piece = text.repeat(Math.min(perPiece, count));
  let left = count;
  for (; left >= perPiece; left -= perPiece) yield piece;
  yield text.repeat(left);
}

function* around(start: string, text: string, count: number, end: string): Generator<string> {
  yield start;
  yield* repeated(text, count);
  yield end;
}

/** A file of one thing repeated, between a beginning and an end. */
const file = (format: Format, name: string, start: string, text: string, end: string) => ({
  format,
  name,
  content: (count: number) => around(start, text, count, end),
});

const inCard = (name: string, start: string, text: string, end = "") =>
  file("vcard", name, `BEGIN:VCARD\r\n${start}`, text, `${end}\r\nEND:VCARD\r\n`);

const CARDS: readonly HostileFile[] = [
  inCard("empty continuation lines", "TEL:1", "\r\n "),
  inCard("continuation lines of one character", "TEL:1", "\r\n 2"),
  inCard("continuation lines of a property that is not read", "NOTE:1", "\r\n "),
  inCard("soft line breaks", "TEL;ENCODING=QUOTED-PRINTABLE:1=", "\r\n="),
  inCard("soft line breaks behind spaces", "TEL;ENCODING=QUOTED-PRINTABLE:1=", "\r\n  = "),
  inCard("base64 of one character a line", "TEL;ENCODING=b:", "\r\nA"),
  inCard("empty lines of base64", "TEL;ENCODING=b:", "\r\n"),
  inCard("escapes of quoted-printable", "TEL;ENCODING=QUOTED-PRINTABLE:", "=31"),
  inCard("half escapes of quoted-printable", "TEL;ENCODING=QUOTED-PRINTABLE:", "==3"),
  inCard("equals signs and spaces", "TEL;ENCODING=QUOTED-PRINTABLE:", "= "),
  inCard("groups", "", "a.", "TEL:1"),
  inCard("dashes in a name", "X-", "A-", ":1"),
  inCard("telephones in a name", "X-", "TELEPHONE", "X:1"),
  inCard("spaces behind a name", "TEL", " ", "x:1"),
  inCard("quotes", "TEL;A=", '"', ":1"),
  inCard("quoted parameters", "TEL", ';A=";"', ":1"),
  inCard("parameters", "TEL", ";A", ":1"),
  inCard("colons", "TEL", ":"),
  inCard("backslashes", "TEL:", "\\"),
  inCard("numbers in one value", "TEL:", "1\\n"),
  inCard("parameters of an address", "TEL:tel:1", ";phone-context=+"),
  inCard("percent signs", "TEL:tel:", "%31"),
  inCard("half percent signs", "TEL:tel:", "%3"),
  inCard("spaces in a value", "TEL:", " ", "1"),
  inCard("marks in a value", "TEL:", "\u0301", "1"),
  inCard("a byte that is no UTF-8's start", "TEL;CHARSET=x:", "\u00a0\ufeff"),
  inCard("agents in an agent", "AGENT:BEGIN:VCARD", "\\nTEL:1"),
  inCard("agents below each other", "", "AGENT:\r\nBEGIN:VCARD\r\n"),
  inCard("cards that do not end", "", "BEGIN:VCARD\r\n"),
  inCard("encodings that nobody knows", "", "TEL;CHARSET=utf-99:\u00e9\r\n"),
  inCard("ends of cards", "", "END:VCARD\r\n"),
  inCard("lines that are no property", "", "x\r\n"),
  inCard("a photo of one line", "PHOTO:", "QUJD"),
  inCard("a photo of many lines", "PHOTO;ENCODING=b:", "\r\n QUJD"),
  file("vcard", "byte order marks", "BEGIN:VCARD\r\n", "\ufeff\r\n", "TEL:1\r\nEND:VCARD"),
];

/** Three rows as wide as the header, and no wider than a row may be. */
const table = (name: string, [first, others]: readonly [string, string], cell: string) => ({
  format: "csv" as const,
  name,
  *content(count: number) {
    const columns = Math.min(count, 60_000);
    yield* around(first, `,${others}`, columns, "\n");
    for (let row = 0; row < 3; row += 1) yield* around(cell, `,${cell}`, columns, "\n");
  },
});

/** As many columns as rows, which are short. */
const wide = (name: string, [first, others]: readonly [string, string], row: string) => ({
  format: "csv" as const,
  name,
  *content(count: number) {
    yield* around(first, `,${others}`, Math.min(count, 60_000), "\n");
    yield* repeated(row, count);
  },
});

/** As many columns of codes as of numbers. */
const codes = (name: string, phone: string, code: string) => ({
  format: "csv" as const,
  name,
  *content(count: number) {
    const columns = Math.min(count, 30_000);
    yield* around("Name", `,${phone}`, columns, "");
    yield* around("", `,${code}`, columns, "\nAda,1\n");
  },
});

const TABLES: readonly HostileFile[] = [
  file("csv", "lines in one cell", 'Phone\n"', "1\n", '"\n'),
  file("csv", "separated numbers in one cell", 'Phone\n"', "1 ::: ", '"\n'),
  file("csv", "commas in one cell", 'Phone\n"', ", ", '"\n'),
  file("csv", "commas and plus signs in one cell", 'Phone\n"', ",+", '"\n'),
  file("csv", "quotes in one cell", 'Phone\n"', '""', '"\n'),
  file("csv", "quotes in a cell that was never quoted", "Phone\n1", '"', "\n"),
  file("csv", "a quote that is not closed", "Phone\n1\n", '"2\n', "\n"),
  file("csv", "stray quotes", "Phone,Name\n", '1,"a"b"\n', "\n"),
  file("csv", "columns", "Phone", ",", "\n1,2\n"),
  file("csv", "columns in a row", "Phone,Name\n", ",", "\n1,2\n"),
  table("phone columns", ["Phone", "Phone"], "1"),
  table("label columns", ["Phone", "Labels"], "* starred"),
  wide("phone columns above short rows", ["Phone", "Phone"], "1\n"),
  wide("phone columns behind short rows", ["Name", "Phone"], "Ada\n"),
  wide("label columns above short rows", ["Phone", "Labels"], "1\n"),
  codes("columns of codes", "Phone", "area code"),
  codes("columns of codes with the numbers' name", "Phone", "Phone code"),
  file("csv", "a long column name", "Phone,", "telephon", "1\n1\n"),
  file("csv", "a long column name of marks", "Phone,", "a\u0315\u0301\u0327", "\n1\n"),
  file("csv", "a long first cell", "", "1 ", "\n1\n"),
  file("csv", "rows of uneven length", "Phone,Name\n", "1\n1,2,3,4\n", ""),
  file("csv", "empty rows", "Phone\n", "\n", "1\n"),
  file("csv", "rows of delimiters", "Phone,Name\n", ",,,,,,,,\n", ""),
  file("csv", "carriage returns", "Phone\n", "\r", "1\n"),
  file("csv", "carriage returns before one line feed", "Phone\n", "\r", "\n1\n"),
  file("csv", "signs of a formula", 'Phone\n"=""', '"" ', 'x"\n'),
  file("csv", "spaces before a formula", 'Phone\n"', " ", 'x"\n'),
  file("csv", "rounded numbers", "Phone\n1", "0", "E+x\n"),
  file("csv", "zero bytes", "Phone\n1\n", "\0", "\n"),
  file("csv", "zero bytes behind quotes", "Phone\n1\n", '"1"\0\n', "\n"),
];

const LINES: readonly HostileFile[] = [
  file("ndjson", "nested arrays", '{"phone":"1","a":', "[", "}\n"),
  file("ndjson", "fields", '{"phone":"1"', ',"a":1', "}\n"),
  file("ndjson", "numbered fields", '{"phone":"1"', ',"1":1', "}\n"),
  file("ndjson", "one long text", '"', "1", '"\n'),
  file("ndjson", "escapes", '"', "\\u0031", '"\n'),
  file("ndjson", "empty lines", '"1"\n', " \n", '"2"\n'),
  file("ndjson", "numbers", '"1"\n', '"2"\n', ""),
];

const RECORDS: readonly HostileFile[] = [
  file("ldif", "empty continuation lines", "dn: a\nmobile: 1", "\n ", "\n"),
  file("ldif", "continuation lines of one character", "dn: a\nmobile: 1", "\n 2", "\n"),
  file("ldif", "continuation lines of a comment", "dn: a\n# 1", "\n 2", "\nmobile: 1\n"),
  file("ldif", "continuation lines before everything", "", " 1\n", "dn: a\nmobile: 1\n"),
  file("ldif", "base64 of one character a line", "dn: a\nmobile::", "\n M", "\n"),
  file("ldif", "a photo of one line", "dn: a\njpegPhoto:: ", "QUJD", "\nmobile: 1\n"),
  file("ldif", "options", "dn: a\nmobile", ";x", ": 1\n"),
  file("ldif", "a long name", "dn: a\n", "telephonenumber", ": 1\n"),
  file("ldif", "spaces in a value", "dn: a\nmobile:", " ", "1\n"),
  file("ldif", "dollars in a value", "dn: a\nmobile: 1", "$", "1\n"),
  file("ldif", "records", "", "dn: a\nmobile: 1\n\n", ""),
  file("ldif", "deletions", "", "dn: a\nchangetype: delete\n\n", ""),
  file("ldif", "lines that are no attribute", "dn: a\n", "x\n", "mobile: 1\n"),
];

const DOCUMENTS: readonly HostileFile[] = [
  file("json", "one contact with many numbers", '[{"phones":[', '"1",', '"2"]}]'),
  file("json", "numbers with many fields", '[{"phones":[{"number":"1"', ',"value":"2"', "}]}]"),
  file("json", "numbers by label", '[{"phone":{"home":"1"', ',"home":"1"', "}}]"),
  file("json", "fields with new names", "[{", '"phone":"1",', '"a":1}]'),
  file("json", "a text of one line", '[{"note":"', "a", '"}, "1"]'),
  file("json", "a text of escapes", '[{"phone":"', "\\u0031", '"}, "1"]'),
  file("json", "a number in digits", '[{"phone":"1"},', "1", "]"),
  file("json", "a long name", '[{"', "phone", '":"1"}]'),
  file("json", "arrays in arrays", "[", "[", "]"),
  file("json", "objects in objects", "", '{"contacts":', ""),
  file("json", "empty contacts", '["1"', ",{}", "]"),
  file("json", "empty lines", '["1"', "\n", "]"),
  file("json", "spaces", '["1"', " ", "]"),
  file("json", "lists after one another", "", "[]", '"1"'),
  file("jcard", "properties", '["vcard",[', '["tel",{},"uri","tel:1"],', '["a",{},"text",""]]]'),
  file("jcard", "values", '["vcard",[["tel",{},"text"', ',"1"', "]]]"),
  file("jcard", "a photo", '["vcard",[["photo",{},"uri","', "QUJD", '"],["tel",{},"text","1"]]]'),
  file("jcard", "a number that is a photo", '["vcard",[["tel",{},"uri","', "tel:", '"]]]'),
  file("jcard", "cards", "[", '["vcard",[["tel",{},"text","1"]]],', '["vcard",[]]]'),
];

const inXml = (name: string, start: string, text: string, end: string) =>
  file("xcard", name, `<vcards><vcard>${start}`, text, `${end}</vcard></vcards>`);

const ELEMENTS: readonly HostileFile[] = [
  inXml("numbers", "", "<tel><uri>tel:1</uri></tel>", ""),
  inXml("a text", "<note><text>", "a", "</text></note>"),
  inXml("a number that is a text", "<tel><text>", "a", "</text></tel>"),
  inXml("a number in pieces", "<tel><text>", "<![CDATA[1]]>", "</text></tel>"),
  inXml("a number among comments", "<tel><text>1", "<!-- -->", "</text></tel>"),
  inXml("CDATA", "<note><![CDATA[", "]]", "]]></note>"),
  inXml("entities", "<tel><text>", "&#49;", "</text></tel>"),
  inXml("ampersands", "<tel><text>", "&", "</text></tel>"),
  inXml("an entity without an end", "<tel><text>&", "a", "</text></tel>"),
  inXml("elements in elements", "", "<a>", ""),
  inXml("elements after one another", "", "<a/>", ""),
  inXml("attributes", "<tel", " a='1'", "/>"),
  inXml("a long attribute", "<tel a='", "1", "'/>"),
  inXml("a long name", "<", "tel", "/>"),
  inXml("a long comment", "<!--", "-a", "-->"),
  inXml("a long instruction", "<?", "a ", "?>"),
  inXml("line ends", "", "\n", "<tel><uri>1</uri></tel>"),
  file("xcard", "a document type", "<!DOCTYPE a [", '<!ENTITY a "b">', "]><vcards/>"),
  file("xcard", "less-than signs", "<vcards>", "<", ""),
  file("xcard", "declarations", "<vcards>", "<!a>", "</vcards>"),
];

const USER = "0f0e0d0c-1111-4111-8111-0a0b0c0d0e0f";
const DIRECTORIES: readonly HostileFile[] = [
  file("directory", "columns", "user_id,phone", ",x", `\n${USER},1\n`),
  file("directory", "columns of numbers", "user_id", ",mobile", `\n${USER},1\n`),
  file("directory", "rows", "user_id,phone,verified_at\n", `${USER},1,2024-05-01\n`, ""),
  file("directory", "a long time", "user_id,phone,verified_at\n", "", `${USER},1,${"1".repeat(9)}`),
  file("directory", "lines in one cell", "user_id,phone,note\n", `${USER},1,"\n\n"\n`, ""),
];

export const HOSTILE_FILES: readonly HostileFile[] = [
  ...CARDS,
  ...TABLES,
  ...LINES,
  ...RECORDS,
  ...DOCUMENTS,
  ...ELEMENTS,
  ...DIRECTORIES,
];

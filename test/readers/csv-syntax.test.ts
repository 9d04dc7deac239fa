import { parse } from "csv-parse/sync";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { runs } from "../../client/test/support/runs.ts";
import { readCsv } from "../../src/readers/csv/csv.ts";
import { readCsvRecords } from "../../src/readers/csv/csv-records.ts";
import type { ByteStream } from "../../src/readers/text/byte-stream.ts";
import { collect, failure, fixture, phonesOf, reading, streamOf } from "./support.ts";

const read = (content: string | Buffer) =>
  reading((options) => readCsv(streamOf(content), options));

const phones = async (content: string | Buffer) => phonesOf((await read(content)).entries);

/** The cells of each row, and the line on which it begins. */
async function rows(source: ByteStream): Promise<[number, string[]][]> {
  const records = await collect(readCsvRecords(source));
  return records.map((record) => [
    record.lineOf(0),
    record.cells.map((cell) => cell.toString("latin1")),
  ]);
}

const cells = async (content: string) => (await rows(streamOf(content))).map(([, row]) => row);

describe("quotation marks", () => {
  test("behind a blank", async () => {
    expect(await phones(fixture("field/c13-space-before-quote.csv"))).toEqual([
      "0100 123 0019",
      "0100 123 0020",
    ]);
  });

  test.each([
    ["blanks behind", '"Sea, Bo" ,"1"  \n', ["Sea, Bo", "1"]],
    ["tabs around", '"Sea, Bo"\t,\t"1"\t\n', ["Sea, Bo", "1"]],
    ["blanks around, separated by tabs", ' "Sea\tBo" \t "1" \n', ["Sea\tBo", "1"]],
    ["blanks inside", '" Sea, Bo ",1\n', [" Sea, Bo ", "1"]],
    ["doubled", '"Bo ""the Man"", Lee","1"\n', ['Bo "the Man", Lee', "1"]],
    ["doubled at both ends", '"""Bo"", Lee",1\n', ['"Bo", Lee', "1"]],
    ["nothing in them", '"",1\n', ["", "1"]],
    ["in a cell that has none around it", 'Bob "The Man" Lee,1\n', ['Bob "The Man" Lee', "1"]],
    ["at the beginning only", '"Bob" Lee,1\n', ['"Bob" Lee', "1"]],
    ["one, for inches", '5" pipe,1\n', ['5" pipe', "1"]],
    ["a backslash before one", '"Bo \\"the Man\\", Lee","1"\n', ['Bo "the Man", Lee', "1"]],
    ["a backslash before one, and doubled", '"a ""b"" \\"c\\", d",1\n', ['a "b" "c", d', "1"]],
    ["a backslash at the end", '"C:\\dir\\","1"\n', ["C:\\dir\\", "1"]],
    ["no line end", '"Sea, Bo","1"', ["Sea, Bo", "1"]],
    ["no line end, with a blank", '"Sea, Bo","1" ', ["Sea, Bo", "1"]],
  ])("%s", async (name, row, expected) => {
    const header = name.includes("by tabs") ? "Name\tPhone\n" : "Name,Phone\n";
    expect((await cells(header + row)).slice(1)).toEqual([expected]);
  });

  test("escaped with backslashes from the middle of a file on", async () => {
    const file = `Name,Phone\n${'"Ada",1\n'.repeat(5_000)}"Sea \\"the\\" Bo, Lee",2\n`;
    expect((await cells(file)).at(-1)).toEqual(['Sea "the" Bo, Lee', "2"]);
  });

  test("one without a partner costs no other row, and is told", async () => {
    const { entries, unreadable } = await read(
      'Name,Phone\n"Ada,0100 123 0001\n"Bo",0100 123 0002\n"Cy\nLee",0100 123 0003\n',
    );
    expect(entries).toEqual([
      { phone: "0100 123 0001", line: 2 },
      { phone: "0100 123 0002", line: 3 },
      { phone: "0100 123 0003", line: 5 },
    ]);
    expect(unreadable).toEqual([{ line: 2, reason: "STRAY_QUOTE" }]);
  });

  test("an unquoted delimiter that moves the number out of its column is told", async () => {
    const { entries, unreadable } = await read(
      "Name,Phone,Mobile\nSea, Bo,,0100 123 0001\nAda,0100 123 0002,,,\nCy,0100 123 0003,,x\n",
    );
    expect(phonesOf(entries)).toEqual(["Bo", "0100 123 0002", "0100 123 0003"]);
    expect(unreadable).toEqual([{ line: 2, reason: "SHIFTED_ROW" }]);
  });
});

describe("apostrophes", () => {
  test("as quotation marks, where the whole file has them", async () => {
    const file = "Name,Phone\n'Sea, Bo','0100 123 0020'\n'O''Hara, Ada', '0100 123 0021'\n";
    expect(await phones(file)).toEqual(["0100 123 0020", "0100 123 0021"]);
    expect(await phones(file.replace("Name,Phone", "'Name','Phone'"))).toEqual([
      "0100 123 0020",
      "0100 123 0021",
    ]);
    expect(await phones("Phone\n'0100 123 0020'\n'0100 123 0021'\n")).toHaveLength(2);
  });

  test.each([
    ["a name's", "Name,Phone\nO'Hara,0100 1\nD'Arcy,0100 2\n", ["0100 1", "0100 2"]],
    ["a name's first", "Name,Phone\n't Hooft,0100 1\n's Jacob,0100 2\n", ["0100 1", "0100 2"]],
    ["Excel's", "Name,Phone\nAda,'+20100 1\nBo,'0100 2\n", ["+20100 1", "0100 2"]],
    ["Excel's alone", "Phone\n'+20100 1\n'+20100 2\n", ["+20100 1", "+20100 2"]],
    ["Excel's in each column", "Phone,Fax\n'01,'02\n'03,'04\n", ["01", "02", "03", "04"]],
    ["a nickname's", "Name,Phone\n'Al',0100 1\nBo,0100 2\n't Hooft, x,3", ["0100 1", "0100 2"]],
    ["at the end", "Phone,Name\n'0100 1,James'\n'0100 2,Hans'\n", ["0100 1", "0100 2"]],
    ["around numbers alone", "Name,Phone\nAl,'0100 1'\nBo,0100 2\n", ["0100 1", "0100 2"]],
    ["beside real ones", "Name,Phone\n'Al',\"0100 1\"\n'Bo',\"0100 2\"\n", ["0100 1", "0100 2"]],
  ])("%s is none", async (_, file, expected) => {
    expect((await phones(file)).slice(0, expected.length)).toEqual(expected);
  });
});

describe("delimiters", () => {
  test.each([
    ["a title with commas above", "Contacts, all, 2024\nName;Phone\nSea, Bo;1\nLee, Al;2\n"],
    ["commas in every name", "Name;Phone\nSea, Bo;1\nLee, Al;2\n"],
    ["more commas than semicolons", "Name;Phone\nA, B, C and D;1\nE, F, G, H;2\n"],
    ["rows of uneven length", "Name;Phone;a;b\nA;1;x, y\nB;2;x, y;z\n"],
    ["semicolons in notes", "Name,Phone,Note\nA,1,a; b; c; d\nB,2\n"],
    ["quotation marks in the way", 'Name;Phone\n5" pipe, long;1\n6" pipe, long;2\n'],
  ])("%s", async (_, file) => {
    expect(await phones(file)).toEqual(["1", "2"]);
  });

  test.each(["sep=;\n", '"sep=;"\n', "SEP=;\n", "sep=;;;\n"])("%j", async (line) => {
    const { entries } = await read(`${line}Name;Phone\nA, B;0100 000 0712\n`);
    expect(entries).toEqual([{ phone: "0100 000 0712", line: 3 }]);
  });
});

describe("rows above the header", () => {
  const table = "Name,Phone\nAda,0100 123 0001\n";
  test.each([
    ["a title", "Contacts export 2024-05-01\n", [1]],
    ["a title and an empty row", "Contacts export 2024-05-01\n\n", [1]],
    ["a title as wide as the table", "Contacts,\n,\n", [1]],
    ["a title that names a phone", "Phone contacts\n", [1]],
    ["several rows", "Company Ltd.\n\nPrinted by,Ada\nOn,2024-05-01\n", [1, 3, 4]],
    ["the number of a phone", "Contacts\nAsk,+20 100 123 0000\n", [1, 2]],
    ["the line that names the separator", "sep=,\nContacts\n", [2]],
    ["a row of blanks", "  \n , \n", []],
  ])("%s", async (_, above, told) => {
    const { entries, unreadable } = await read(above + table);
    expect(phonesOf(entries)).toEqual(["0100 123 0001"]);
    expect(entries[0]?.line).toBe(above.split("\n").length + 1);
    expect(unreadable).toEqual(told.map((line) => ({ line, reason: "ABOVE_HEADER" })));
  });

  test("above a list of numbers", async () => {
    const { entries, unreadable } = await read("My people\n\nPhone\n0100 123 0001\n");
    expect(entries).toEqual([{ phone: "0100 123 0001", line: 4 }]);
    expect(unreadable).toEqual([{ line: 1, reason: "ABOVE_HEADER" }]);
  });

  test("the first row is the header, where it names a column, whatever rows below say", async () => {
    const { entries, unreadable } = await read("Phone\n0100 123 0001,mobile phone\n1,my mobile\n");
    expect(phonesOf(entries)).toEqual(["0100 123 0001", "1"]);
    expect(unreadable).toEqual([]);
  });

  test("no header in the rows where one would be: the first row is described", async () => {
    const { message } = await failure(
      readCsv(streamOf(`${"a,b\n".repeat(30)}Name,Phone\nAda,0100 123 0001\n`)),
    );
    expect(message).toContain("The first of its rows (2 columns)");
  });
});

describe("files joined end to end", () => {
  test("the same header again is no contact", async () => {
    const { entries, unreadable } = await read(
      "Nom de famille,Phone 1 - Value\nAda,0100 1\nNom de famille,Phone 1 - Value\nBo,0100 2\n",
    );
    expect(phonesOf(entries)).toEqual(["0100 1", "0100 2"]);
    expect(unreadable).toEqual([]);
  });

  test("another header changes the columns, and is told", async () => {
    const { entries, unreadable } = await read(
      "Name,Phone\nAda,0100 1\nFirst Name,Last Name,E-mail,Mobile Phone\nBo,Sea,,0100 2\n",
    );
    expect(phonesOf(entries)).toEqual(["0100 1", "0100 2"]);
    expect(unreadable).toEqual([{ line: 3, reason: "OTHER_HEADER" }]);
  });

  test("a contact called like a column is none", async () => {
    expect(await phones("Name,Phone\nHome,0100 1\nMobile,0100 2\n")).toEqual(["0100 1", "0100 2"]);
    const file = "Name,Phone,Type\nHome,,Mobile\nBo,0100 2,Mobile\n";
    expect(await phones(file)).toEqual(["0100 2"]);
  });
});

describe("numbers that a spreadsheet holds for quantities", () => {
  test.each([
    ["2.01001230015E+11", "201001230015"],
    ["2,01001230015E+11", "201001230015"],
    ["2.01001230015e+11", "201001230015"],
    ["2.01001230015e11", "201001230015"],
    ["2.01001230015E11", "201001230015"],
    ["4.915112345676E+12", "4915112345676"],
    ["201.001230015E+9", "201001230015"],
    ["201001230015E+0", "201001230015"],
    ["0.201001230015E+12", "201001230015"],
    ["2.0100123001500E+11", "201001230015"],
    ["2.01001230010E+11", "201001230010"],
    ["1.234E+3", "1234"],
    ["+2.01001230015E+11", "+201001230015"],
    [" 2.01001230015E+11 ", "201001230015"],
  ])("%s has all of them", async (cell, phone) => {
    expect(await read(`Name,Phone\nAda,"${cell}"\n`)).toEqual({
      entries: [{ phone, line: 2 }],
      unreadable: [],
    });
  });

  test.each([
    "2.01E+11",
    "2,01E+11",
    "4,91511E+12",
    "2.0100123E+11",
    "2.0100123001E+11",
    "2E+11",
    "2.01e11",
    "2.010012300155E+11",
    "1E5",
  ])("%s has lost some", async (cell) => {
    expect(await read(`Name,Phone\nAda,"${cell}"\n`)).toEqual({
      entries: [],
      unreadable: [{ line: 2, reason: "ROUNDED_NUMBER" }],
    });
  });
});

test("a row that ends before its number, and holds one, is told", async () => {
  const text = "Name,Address,Phone\nAda,1 Street,0100 123 0001\nBo,0100 123 0002\nCy,2 Street\n";
  expect(await read(text)).toEqual({
    entries: [{ phone: "0100 123 0001", line: 2 }],
    unreadable: [{ line: 3, reason: "SHORT_ROW" }],
  });
});

describe("where there is no value", () => {
  test.each([
    "\\N",
    "NULL",
    "null",
    "(null)",
    "nan",
    "NaN",
    "None",
    "<NA>",
    '"\\N"',
  ])("%s", async (cell) => {
    expect(await read(`Name,Phone\nAda,${cell}\nBo,122\n`)).toEqual({
      entries: [{ phone: "122", line: 3 }],
      unreadable: [],
    });
  });
});

describe("zero bytes", () => {
  test("in a number, a name, a header, behind a quotation mark, and at the end of the file", async () => {
    const zeros = "\0".repeat(3_000_000);
    const file = `Na\0me,\0Phone\nA\0da,0100\0 1\n"Bo"\0,"0100 2"\0\n\0\0\nCy,\0\n${zeros}\n${zeros}`;
    expect(await read(file)).toEqual({
      entries: [
        { phone: "0100 1", line: 2 },
        { phone: "0100 2", line: 3 },
      ],
      unreadable: [],
    });
  });
});

describe("line ends", () => {
  test.each([
    ["CR", "Name,Phone\rAda,1\rBo,2"],
    ["CRLF", "Name,Phone\r\nAda,1\r\nBo,2\r\n"],
    ["mixed", "Name,Phone\r\nAda,1\nBo,2\r"],
    ["LF in cells of a CRLF file", 'Name,Phone\r\n"A\nda",1\r\nBo,2\r\n'],
    ["a mark of the byte order", "\uFEFFName,Phone\nAda,1\nBo,2"],
    ["a mark before a quotation mark", '\uFEFF"Name","Phone"\n"Ada","1"\n"Bo","2"'],
    ["a line at the end", "Name,Phone\nAda,1\nBo,2\n\n"],
  ])("%s", async (_, file) => {
    expect(await phones(file)).toEqual(["1", "2"]);
  });
});

describe("against csv-parse", () => {
  const cell = fc.oneof(
    fc.stringMatching(/^[a-z0-9 ;'\\]{0,6}$/),
    fc.stringMatching(/^[ab",\n]{0,6}$/),
  );
  const table = fc.array(fc.array(cell, { minLength: 2, maxLength: 5 }), {
    minLength: 1,
    maxLength: 8,
  });
  const written = (text: string, isQuoted: boolean) =>
    isQuoted || /[",\n\\']/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;

  test("what is written by the rules is read alike, wherever it is cut", async () => {
    await fc.assert(
      fc.asyncProperty(
        table,
        fc.infiniteStream(fc.boolean()),
        fc.array(fc.nat(200)),
        async (given, quoted, cuts) => {
          const text = given
            .map((row) => row.map((one) => written(one, quoted.next().value)).join(","))
            .join("\n");
          // Backslashes may be escapes, which csv-parse has to be told.
          fc.pre(!text.includes('\\"'));
          const expected: string[][] = parse(`sep=,\n${text}`, {
            relax_column_count: true,
            from_line: 2,
            record_delimiter: "\n",
          });
          const ours = await rows(streamOf(`sep=,\n${text}`, cuts));
          expect(ours.map(([, row]) => row)).toEqual(expected);
          const cut = ours.map(([line]) => line);
          expect(cut).toEqual([...cut].sort((a, b) => a - b));
        },
      ),
      { numRuns: runs(200) },
    );
  });
});

import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { readContactsFile } from "../../../examples/browser/src/import/contacts-file.ts";
import { UnreadableFile } from "../../../examples/browser/src/import/contents.ts";

const read = (text: string, fileName = "contacts") =>
  readContactsFile(new TextEncoder().encode(text), fileName);
const sample = (name: string) =>
  readFileSync(new URL(`../../../examples/address-book/${name}`, import.meta.url));

describe("vCards", () => {
  test("the sample book: every card, its name and its numbers", () => {
    const { format, cards, unread } = readContactsFile(sample("contacts.vcf"), "contacts.vcf");
    expect({ format, cards: cards.length, unread }).toEqual({
      format: "vCard",
      cards: 342,
      unread: [],
    });
    expect(cards.slice(0, 2)).toMatchObject([
      { name: "نادية نصار", phoneNumbers: ["01200000042"] },
      { name: "Laila Badawi (new)", phoneNumbers: ["01500000095"] },
    ]);
    expect(new Set(cards.map(({ id }) => id)).size).toBe(342);
  });

  test("folded lines, groups, addresses, parameters with colons, several numbers, escapes", () => {
    const { cards, unread } = read(
      [
        "BEGIN:VCARD",
        "VERSION:4.0",
        "UID:urn:uuid:1",
        "FN:Ay\\,",
        " lin",
        'item1.TEL;TYPE="cell,voice";LABEL="a:b";VALUE=uri:tel:+20-100-000-0001',
        "TEL:0100 000",
        "  0002",
        "END:VCARD",
      ].join("\r\n"),
    );
    expect(cards).toEqual([
      {
        id: "urn:uuid:1",
        name: "Ay,lin",
        phoneNumbers: ["tel:+20-100-000-0001", "0100 000 0002"],
      },
    ]);
    expect(unread).toEqual([]);
  });

  test("2.1: quoted-printable over several lines and in another character set", () => {
    const { cards } = read(
      "BEGIN:VCARD\nVERSION:2.1\nN;CHARSET=ISO-8859-1;ENCODING=QUOTED-PRINTABLE:Lef=E8=\nvre;Hugo\nTEL;CELL:1\nEND:VCARD\n",
    );
    expect(cards[0]?.name).toBe("Hugo Lefèvre");
  });

  test("an agent is a card of its own", () => {
    const { cards } = read(
      "BEGIN:VCARD\nFN:A\nAGENT:\nBEGIN:VCARD\nFN:B\nTEL:2\nEND:VCARD\nTEL:1\nEND:VCARD",
    );
    expect(cards.map(({ name, phoneNumbers }) => [name, ...phoneNumbers])).toEqual([
      ["B", "2"],
      ["A", "1"],
    ]);
  });

  test("what is no line of a card, and a card without an end, are told with their lines", () => {
    const { cards, unread } = read("BEGIN:VCARD\nFN:A\nTEL 123\nEND:VCARD\nBEGIN:VCARD\nTEL:1\n");
    expect(cards).toHaveLength(2);
    expect(unread.map(({ line }) => line)).toEqual([3, 5]);
  });
});

describe("tables", () => {
  test("Google's columns: all numbers, no kinds, the name", () => {
    const { format, cards, columns } = read(
      "First Name,Last Name,Phone 1 - Label,Phone 1 - Value,Phone 2 - Value\nAylin,Kaya,Mobile,0100 ::: 0101,0102\n",
      "google.csv",
    );
    expect(format).toBe("table");
    expect(columns).toEqual(["First Name", "Last Name", "Phone 1 - Value", "Phone 2 - Value"]);
    expect(cards).toEqual([
      { id: "row 2", name: "Aylin Kaya", phoneNumbers: ["0100 ::: 0101", "0102"] },
    ]);
  });

  test.each([";", "\t", ","])("divided by %j, with quotes and line breaks in cells", (sign) => {
    const { cards, unread } = read(
      [`Name${sign}Mobile`, `"A${sign} ""B""\nC"${sign}1`, `D${sign}2`].join("\r\n"),
    );
    expect(cards.map(({ id, name, phoneNumbers }) => [id, name, ...phoneNumbers])).toEqual([
      ["row 2", `A${sign} "B"\nC`, "1"],
      ["row 4", "D", "2"],
    ]);
    expect(unread).toEqual([]);
  });

  test("rows of another width and quotes without an end are told", () => {
    const { cards, unread } = read('name,phone\nA,1\nB\nC,3\n"D,4\n', "x.csv");
    expect(cards.map(({ name }) => name)).toEqual(["A", "C"]);
    expect(unread.map(({ line }) => line)).toEqual([3, 5, 5]);
  });

  test("without a column of numbers nothing is guessed", () => {
    expect(() => read("name,address\nA,1", "x.csv")).toThrow(UnreadableFile);
  });
});

describe("lists", () => {
  test("a number a line, with and without names", () => {
    const { format, cards, unread } = read(
      "Aylin: +90 532 000 00 17\n\n0100 000 0001\nOmar – (02) 2000-0001\nنادية ٠١٠٠٠٠٠٠٠٠١\nnobody\n",
    );
    expect(format).toBe("list");
    expect(cards.map(({ name, phoneNumbers }) => [name, ...phoneNumbers])).toEqual([
      ["Aylin", "+90 532 000 00 17"],
      [undefined, "0100 000 0001"],
      ["Omar", "(02) 2000-0001"],
      ["نادية", "٠١٠٠٠٠٠٠٠٠١"],
    ]);
    expect(unread.map(({ line }) => line)).toEqual([6]);
  });
});

describe("whatever the file", () => {
  test.each([
    ["nothing", ""],
    ["blanks", " \n\t\n"],
    ["a spreadsheet", "PK\u0003\u0004\u0000\u0000"],
    ["a PDF", "%PDF-1.7"],
    ["a page", "<!doctype html><p>1234567"],
    ["prose", "Dear Sir or Madam\nhello"],
  ])("%s is refused with a sentence", (_, text) => {
    expect(() => read(text)).toThrow(UnreadableFile);
  });

  test("UTF-16 and byte order marks are read, other encodings with a remark", () => {
    const text = "name,phone\nAyşe,1\n";
    const utf16 = Buffer.concat([Buffer.from([0xff, 0xfe]), Buffer.from(text, "utf16le")]);
    expect(readContactsFile(utf16, "").cards[0]?.name).toBe("Ayşe");
    expect(read(`\uFEFF${text}`).columns).toEqual(["name", "phone"]);
    const latin = readContactsFile(Buffer.from("name,phone\nZoë,1\n", "latin1"), "");
    expect(latin.cards[0]?.name).toBe("Zoë");
    expect(latin.remarks).toHaveLength(1);
  });
});

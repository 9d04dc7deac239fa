import { describe, expect, test } from "vitest";
import { readCsv } from "../../src/readers/csv/csv.ts";
import { until } from "../support/until.ts";
import { failure, fixture, phonesOf, reading, streamOf } from "./support.ts";

const read = (content: string | Buffer) =>
  reading((options) => readCsv(streamOf(content), options));

const fail = (content: string | Buffer) => failure(readCsv(streamOf(content)));

describe("exports", () => {
  test("Google Contacts: several numbers a cell, favourites, line breaks in fields", async () => {
    const { entries, unreadable } = await read(fixture("google-new.csv"));
    expect(entries).toEqual([
      { phone: "+20 10 0000 0301", line: 2, isFavorite: true },
      { phone: "010 0000 0302", line: 2, isFavorite: true },
      { phone: "02 2000 0303", line: 2, isFavorite: true },
      { phone: "+20 10 0000 0304", line: 4 },
      { phone: "+20 2 2000 0305", line: 7 },
      { phone: "+20 2 2000 0306", line: 7 },
    ]);
    expect(unreadable).toEqual([]);
  });

  test("Google Contacts, the older form, in UTF-16", async () => {
    const text = fixture("google-old.csv").toString();
    const { entries } = await read(Buffer.from(`\uFEFF${text}`, "utf16le"));
    expect(entries).toEqual([
      { phone: "+20 10 0000 0401", line: 2, isFavorite: true },
      { phone: "010 0000 0402", line: 2, isFavorite: true },
      { phone: "02 2000 0403", line: 2, isFavorite: true },
      { phone: "010 0000 0404", line: 3 },
    ]);
  });

  test("Outlook: every telephone column, no telex", async () => {
    const { entries } = await read(fixture("outlook-english.csv"));
    expect(entries.map(({ phone, line }) => `${line} ${phone}`)).toEqual([
      "2 020 7946 0501",
      "2 (0117) 496 0503",
      "2 07700 900502",
      "4 020 7946 0507",
      "4 0161 496 0505",
      "4 07700 900506",
      "4 +44 7700 900504",
    ]);
  });

  test("Outlook in German, in Windows-1252, with semicolons", async () => {
    const bytes = Buffer.from(fixture("outlook-german.csv").toString(), "latin1");
    const { entries } = await read(bytes);
    expect(entries.map(({ phone, line }) => `${line} ${phone}`)).toEqual([
      "2 030 23125 601",
      "2 030 23125 602",
      "2 0171 39 20603",
      "4 +49 30 23125 604",
    ]);
  });

  test("Outlook in Arabic, in Windows-1256", async () => {
    const arabic = Buffer.concat([
      // "الاسم,الهاتف المحمول", then "Ali,0100 000 0701" with a right-to-left mark.
      Buffer.from("c7e1c7d3e32cc7e1e5c7caed20c7e1e3cde3e6e1".replace("caed", "caDD"), "hex"),
      Buffer.from("\nAli,\xfe0100 000 0701\n", "latin1"),
    ]);
    const { entries } = await read(arabic);
    expect(entries).toEqual([{ phone: "\u200f0100 000 0701", line: 2 }]);
  });
});

describe("columns by name", () => {
  test.each([
    "phone",
    "PHONE NUMBER",
    "phone_number",
    "phoneNumber",
    "MobilePhone",
    "Mobile",
    "Tel.",
    "Telephone",
    "Cell",
    "Cellphone",
    "msisdn",
    "Phone 1 - Value",
    "Assistant's Phone",
    "TTY/TDD Phone",
    "Home Fax",
    "Number",
    "Contact Number",
    "Telefon privat",
    "Telefon (privat 2)",
    "Mobiltelefon",
    "Mobilnummer",
    "Handy",
    "Rufnummer",
    "Fax geschäftlich",
    "Téléphone (bureau)",
    "Tél. mobile",
    "TÉLÉPHONE 2 (DOMICILE)",
    "Télécopie (bureau)",
    "Radiotéléphone",
    "Portable",
    "Teléfono móvil",
    "Teléfono del trabajo 2",
    "Móvil",
    "Celular",
    "Número de teléfono",
    "Telefono (ufficio)",
    "Cellulare",
    "Telefone comercial 2",
    "Telemóvel",
    "هاتف",
    "رقم الهاتف",
    "الهاتف المحمول",
    "الجوال",
    "رقم الموبايل",
    "تليفون المنزل",
    "Telefoon",
    "Cep telefonu",
    "Телефон",
    "手机",
  ])("%s is one", async (name) => {
    const { entries } = await read(`Name,${name}\nA,0100 000 0702\n`);
    expect(phonesOf(entries)).toEqual(["0100 000 0702"]);
  });

  test.each([
    "Phone 1 - Label",
    "Phone 1 - Type",
    "phone_hash",
    "Phone country code",
    "Phonetic First Name",
    "Mobility",
    "Notes",
    "Telex",
    "E-mail 1 - Value",
    "Order number",
    "House no",
    "رقم الطلب",
  ])("%s is none", async (name) => {
    expect((await fail(`Name,${name}\nA,0100 000 0703\n`)).code).toBe("UNREADABLE_FILE");
  });

  test("no such column: names the columns that there are", async () => {
    const { code, message } = await fail(
      "First Name,Last Name,E-mail Address\nA,B,a@example.com\n",
    );
    expect(code).toBe("UNREADABLE_FILE");
    expect(message).toContain('"First Name", "Last Name", "E-mail Address"');
  });

  test.each([
    "Samia Nile,01000000704\nAli,0100 000 0705\n",
    "Ali Hassan,Cairo\n",
    "Home,Samia,samia@example.com,01000000704\n",
    "01000000704,Samia Nile\n",
    "samia@example.com\n",
  ])("a first row that is data is never repeated: %j", async (text) => {
    const { code, message } = await fail(text);
    expect(code).toBe("UNREADABLE_FILE");
    expect(message).toMatch(/first of its rows \(\d columns?\)/);
    expect(message).not.toMatch(/Samia|Ali|Cairo|0100|2010|example/);
  });
});

describe("shapes", () => {
  test.each([
    [",", "Name,Phone,Notes\nA,0100 000 0711,\n"],
    [";", "Name;Phone;Notes\nA;0100 000 0711;a, b, c\n"],
    ["tab", "Name\tPhone\tNotes\nA\t0100 000 0711\ta, b; c\n"],
    ["|", "Name|Phone|Notes\nA|0100 000 0711|\n"],
    ["in quotes", '"Name, or; company";"Phone"\n"A";"0100 000 0711"\n'],
  ])("separated by %s", async (_, text) => {
    expect(await read(text)).toEqual({
      entries: [{ phone: "0100 000 0711", line: 2 }],
      unreadable: [],
    });
  });

  test("Excel's line that names the separator", async () => {
    const { entries } = await read("sep=;\r\nName;Phone\r\nA;0100 000 0712\r\n");
    expect(entries).toEqual([{ phone: "0100 000 0712", line: 3 }]);
  });

  test("a list of numbers without a header, and with one", async () => {
    const list = "+20 100 000 0713\n\n(0100) 000-0714\n*100#\n";
    expect((await read(list)).entries).toEqual([
      { phone: "+20 100 000 0713", line: 1 },
      { phone: "(0100) 000-0714", line: 3 },
      { phone: "*100#", line: 4 },
    ]);
    expect((await read(`Numbers\n${list}`)).entries.map(({ line }) => line)).toEqual([2, 4, 5]);
  });

  test.each(["\n", "\r\n", "\r"])("lines are counted through quoted %j", async (lineEnd) => {
    const text =
      'Note,Phone,More\n\n"1\n2",0100 000 0715,"3\n4"\nx,"\n0100 000 0716\n0100 000 0717",\n';
    const { entries } = await read(text.replaceAll("\n", lineEnd));
    expect(entries.map(({ phone, line }) => [phone.slice(-3), line])).toEqual([
      ["715", 4],
      ["716", 7],
      ["717", 8],
    ]);
  });

  test("rows that are too short or too long, and stray quotation marks", async () => {
    const { entries } = await read('Name,Phone\nA\nB,0100 000 0718,x,y\nThe "C",0100 000 0719\n');
    expect(phonesOf(entries)).toEqual(["0100 000 0718", "0100 000 0719"]);
  });

  test("several international numbers in a cell; a dialling pause stays", async () => {
    const { entries } = await read(
      'Phone\n"+20 100 000 0720, +20 100 000 0721;+20 100 000 0722"\n"0100 000 0723,,45"\n',
    );
    expect(phonesOf(entries)).toEqual([
      "+20 100 000 0720",
      "+20 100 000 0721",
      "+20 100 000 0722",
      "0100 000 0723,,45",
    ]);
  });

  test("what spreadsheets do to numbers", async () => {
    const { entries, unreadable } = await read(
      'Name,Phone\nA,"=""01000000724"""\nB,="01000000725"\nC,\'+201000000726\nD,2.01E+11\nE,"2,01E+11"\n',
    );
    expect(phonesOf(entries)).toEqual(["01000000724", "01000000725", "+201000000726"]);
    expect(unreadable).toEqual([
      { line: 5, reason: "ROUNDED_NUMBER" },
      { line: 6, reason: "ROUNDED_NUMBER" },
    ]);
  });

  test("only a header: no entries", async () => {
    expect((await read("Name,Phone\n")).entries).toEqual([]);
  });

  test.each(["", "\n\n", "\uFEFF"])("nothing at all: %j", async (text) => {
    expect((await fail(text)).message).toContain("The file is empty");
  });
});

describe("a quotation mark that is never closed", () => {
  const start = 'Name,Phone\nA,0100 000 0731\nB,"0100 000 0732\n';

  test("to the end of the file: an error with the line, without its content", async () => {
    const { code, message, line, cause } = await fail(start);
    expect(code).toBe("UNREADABLE_FILE");
    expect(message).toContain("line 3: A row beginning here does not end");
    expect(message).not.toContain("0732");
    expect(line).toBe(3);
    expect(cause).toBeUndefined();
  });

  test("in a big file: the same, before the file is in memory", async () => {
    let given = 0;
    async function* source() {
      yield Buffer.from(start);
      for (; given < 50; given += 1) {
        yield Buffer.alloc(1_000_000, "x\n");
      }
    }
    expect((await failure(readCsv(source()))).line).toBe(3);
    expect(given).toBeLessThan(5);
  });
});

test("a caller who stops closes the source", async () => {
  let closed = false;
  async function* source() {
    try {
      yield Buffer.from("Phone\n");
      for (;;) {
        yield Buffer.from("0100 000 0741\n".repeat(1000));
      }
    } finally {
      closed = true;
    }
  }
  for await (const _ of readCsv(source())) {
    break;
  }
  await until("the source is closed", () => closed);
});

test("a source that fails fails the reading", async () => {
  async function* source() {
    yield Buffer.from(`Phone\n${"0100 000 0742\n".repeat(5000)}`);
    throw new Error("disk on fire");
  }
  await expect(async () => {
    for await (const _ of readCsv(source()));
  }).rejects.toThrow("disk on fire");
});

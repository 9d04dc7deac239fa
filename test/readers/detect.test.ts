import { Readable } from "node:stream";
import { describe, expect, test } from "vitest";
import {
  readAddressBook,
  readCsv,
  readDirectory,
  readNdjson,
  readVcards,
} from "../../src/readers/index.ts";
import { collect, failure, fixture, streamOf } from "./support.ts";

const CARD = "BEGIN:VCARD\r\nTEL:+1 202 555 0181\r\nEND:VCARD\r\n";
const TABLE = "Phone\r\n+1 202 555 0181\r\n";
const LINES = '{"phone":"+1 202 555 0181"}\n';
const RECORD = "dn: cn=A\r\nmobile: +1 202 555 0181\r\n";
const XML = "<vcards><vcard><tel><text>+1 202 555 0181</text></tel></vcard></vcards>";
const JCARD = '["vcard", [["tel", {}, "text", "+1 202 555 0181"]]]';

const read = (content: string | Buffer, fileName?: string) =>
  collect(readAddressBook(streamOf(content), { fileName }));

describe("the content decides", () => {
  test.each([
    ["a vCard", CARD],
    ["a vCard below a line of something else", `\n\uFEFFexported by hand\n${CARD}`],
    ["CSV", TABLE],
    ["a list", "+1 202 555 0181\n"],
    ["NDJSON", LINES],
    ["a JSON array", '[{"phone":"+1 202 555 0181"}]'],
    ["a JSON array of texts, over several lines", '[\n  "+1 202 555 0181"\n]\n'],
    ["a page of contacts", '{\n"data": [{"phones":[{"number":"+1 202 555 0181"}]}]}'],
    ["LDIF", RECORD],
    ["LDIF below comments", `# a\n  b\n\nversion: 1\n${RECORD}`],
    ["LDIF whose first name is base64", RECORD.replace("dn: cn=A", "dn:: Y249QQ==")],
    ["jCard", JCARD],
    ["jCards", `[\n${JCARD}\n]`],
    ["xCard", XML],
    ["xCard with a declaration", `<?xml version="1.0"?>\n<!-- a -->\n${XML}`],
  ])("%s, from standard input and under a wrong name", async (_, text) => {
    for (const fileName of [undefined, "contacts.txt", "contacts.csv"]) {
      const entries = await read(text, fileName);
      expect(entries.map(({ phone }) => phone)).toEqual(["+1 202 555 0181"]);
    }
  });

  test.each([
    ["UTF-16", Buffer.from(`\uFEFF${CARD}`, "utf16le")],
    ["UTF-16 without a mark", Buffer.from(TABLE, "utf16le")],
    ["a byte order mark", Buffer.from(`\uFEFF${LINES}`)],
    ["UTF-16, LDIF", Buffer.from(`\uFEFF${RECORD}`, "utf16le")],
    ["UTF-16 without a mark, XML", Buffer.from(XML, "utf16le").swap16()],
    ["UTF-16, JSON", Buffer.from(`\uFEFF[${LINES}]`, "utf16le").swap16()],
  ])("in %s", async (_, bytes) => {
    expect(await read(bytes)).toHaveLength(1);
  });

  test("a Node stream of a big file in small pieces", async () => {
    const bytes = Buffer.from(CARD.repeat(5000));
    const pieces = Array.from({ length: Math.ceil(bytes.length / 1000) }, (_, index) =>
      bytes.subarray(index * 1000, (index + 1) * 1000),
    );
    expect(await collect(readAddressBook(Readable.from(pieces)))).toHaveLength(5000);
  });
});

describe("the name decides what the content does not", () => {
  test("texts one a line are NDJSON under its name, a list else", async () => {
    const text = '"+1 202 555 0182"\n{"phone":"+1 202 555 0183","is_favorite":true}\n';
    expect(await read(text, "BOOK.JSONL")).toEqual([
      { phone: "+1 202 555 0182", line: 1 },
      { phone: "+1 202 555 0183", line: 2, isFavorite: true },
    ]);
    expect(await read('"+1 202 555 0182"\n', "book")).toHaveLength(1);
  });

  test("a .vcf without a card", async () => {
    const { message } = await failure(
      readAddressBook(streamOf("Phone\n1\n"), { fileName: "a.vcf" }),
    );
    expect(message).toContain("BEGIN:VCARD");
  });

  test("a format that is given is not questioned", async () => {
    const entries = collect(readAddressBook(streamOf(`Phone\n${CARD}`), { format: "csv" }));
    expect((await entries).map(({ line }) => line)).toEqual([2, 3, 4]);
  });
});

describe("what is no address book says what to do", () => {
  test.each([
    ["nothing", "", "empty"],
    ["blank lines", " \r\n\r\n", "empty"],
    ["prose", "Dear Sir or Madam", "does not look like column names"],
  ])("%s", async (_, text, expected) => {
    const { code, message } = await failure(readAddressBook(streamOf(text)));
    expect(code).toBe("UNREADABLE_FILE");
    expect(message).toContain(expected);
    expect(message).not.toMatch(/0184|Madam/);
  });

  test("phone hashes where numbers are wanted", async () => {
    const { message } = await failure(
      readAddressBook(streamOf(`${LINES}{"phone_hash":"${"a".repeat(32)}"}\n`)),
    );
    expect(message).toContain("line 2: An address book needs phone numbers");
    expect(message).not.toContain("aaaa");
  });
});

test("the source is closed when the format is refused", async () => {
  let closed = false;
  async function* source() {
    try {
      yield Buffer.from("<html>".padEnd(20_000));
      yield Buffer.from("</html>");
    } finally {
      closed = true;
    }
  }
  await failure(readAddressBook(source()));
  expect(closed).toBe(true);
});

test("unreadable places are passed on", async () => {
  const places: unknown[] = [];
  await collect(
    readAddressBook(streamOf("BEGIN:VCARD\nTEL\n"), {
      onUnreadable: (place) => places.push(place),
    }),
  );
  expect(places).toHaveLength(2);
});

test("a vCard with a zero byte in it is one, however short it is", async () => {
  expect((await read(fixture("field/v13-nul-in-note.vcf"))).map(({ phone }) => phone)).toEqual([
    "+20 100 123 0004",
    "+20 100 123 0005",
  ]);
  expect(await read("BEGIN:VCARD\nN:\0\0\0\0\0\nTEL:1\nEND:VCARD\n")).toHaveLength(1);
});

test("two numbers in one TEL are two", async () => {
  const entries = await read(fixture("field/v14-two-numbers-in-one-tel.vcf"));
  expect(entries.map(({ phone }) => phone)).toEqual([
    "01001230006",
    "01112220006",
    "+201001230007",
    "+201112220007",
  ]);
});

test.each([
  "field/f01-sogo.ldif",
  "thunderbird.ldif",
  "expo-contacts.json",
  "field/f03-react-native-contacts.ndjson",
  "telegram.json",
  "field/f04-card.jcard",
  "xcard.xml",
  "windows.contact",
  "fritzbox.xml",
  "ez-vcard/John_Doe_IPHONE.vcf",
  "google-new.csv",
  "outlook-german.csv",
])("%s is recognised", async (name) => {
  expect((await read(fixture(name))).length).toBeGreaterThan(0);
});

describe("a source that is no stream of bytes is refused, with what to pass", () => {
  const readers: [string, (source: never) => AsyncIterable<unknown>][] = [
    ["readAddressBook", readAddressBook],
    ["readDirectory", readDirectory],
    ["readCsv", readCsv],
    ["readNdjson", readNdjson],
    ["readVcards", readVcards],
  ];

  test.each(readers)("by %s", async (_name, read) => {
    const values = ["contacts.vcf", "", CARD, Buffer.from(CARD), new URL("file:///book.vcf"), 7];
    for (const source of [...values, undefined, null, {}, new Blob([CARD]), () => {}]) {
      const error = await failure(read(source as never));
      expect(error).toMatchObject({ code: "INVALID_ARGUMENT" });
      expect(error.message).toContain('must be a stream of bytes, such as createReadStream("');
    }
    for (const given of [[CARD], [1, 2], [{}], [new ArrayBuffer(4)]]) {
      const error = await failure(read(Readable.from(given) as never));
      expect(error).toMatchObject({ code: "INVALID_ARGUMENT" });
      expect(error.message).toContain("the stream must give bytes");
    }
  });
});

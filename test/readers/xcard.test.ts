import { describe, expect, test } from "vitest";
import { readXcards } from "../../src/readers/xcard/xcard.ts";
import { failure, fixture, phonesOf, reading, streamOf } from "./support.ts";

const read = (content: string | Buffer) =>
  reading((options) => readXcards(streamOf(content), options));

test("xCard: URIs, texts, groups", async () => {
  expect(await read(fixture("xcard.xml"))).toEqual({
    entries: [
      { phone: "+1-202-555-0151", line: 9 },
      { phone: "+1 202 555 0152", line: 11 },
      { phone: "+1 202 555 0153", line: 13 },
    ],
    unreadable: [],
  });
});

test.each([
  ["windows.contact", ["+1 202 555 0161", "(202) 555-0162"]],
  ["fritzbox.xml", ["+49 1512 3456701", "030 5550102"]],
  ["yealink.xml", ["+1 202 555 0163", "204"]],
])("%s", async (name, expected) => {
  expect(phonesOf((await read(fixture(name))).entries)).toEqual(expected);
});

test.each([
  [
    "a prefix",
    '<v:vcards xmlns:v="urn:ietf:params:xml:ns:vcard-4.0"><v:vcard><v:tel><v:uri>tel:1</v:uri></v:tel></v:vcard></v:vcards>',
  ],
  [
    "XMPP's vcard-temp",
    "<vCard xmlns='vcard-temp'><TEL><HOME/><VOICE/><NUMBER>1</NUMBER></TEL></vCard>",
  ],
  [
    "Google's feeds",
    "<feed xmlns:gd='x'><entry><gd:phoneNumber rel='#home' uri='tel:+1'>1</gd:phoneNumber></entry></feed>",
  ],
  [
    "Grandstream",
    "<AddressBook><Contact><Phone type='Work'><phonenumber>1</phonenumber></Phone></Contact></AddressBook>",
  ],
  ["an extension", "<vcards><vcard><x-mobile><unknown>1</unknown></x-mobile></vcard></vcards>"],
  [
    "comments, instructions, entities",
    "\n<!-- <tel><uri>2</uri></tel> --><?x y?><vcards><vcard><tel><uri>te&#108;:1<!-- 2 --></uri></tel></vcard></vcards>\n",
  ],
])("%s", async (_, xml) => {
  expect(phonesOf((await read(xml)).entries)).toEqual(["1"]);
});

test("nobody with a number", async () => {
  expect(await read("<vcards><vcard><fn><text>1</text></fn></vcard></vcards>")).toEqual({
    entries: [],
    unreadable: [],
  });
});

test("the declared encoding", async () => {
  const xml =
    '<?xml version="1.0" encoding="ISO-8859-1"?><vcards><tel><text>1\xa02</text></tel></vcards>';
  expect(phonesOf((await read(Buffer.from(xml, "latin1"))).entries)).toEqual(["1\u00a02"]);
  const utf16 = xml.replace("ISO-8859-1", "UTF-16");
  expect(phonesOf((await read(Buffer.from(`\ufeff${utf16}`, "utf16le"))).entries)).toEqual([
    "1\u00a02",
  ]);
});

test("a photo is read past; a number as long is told", async () => {
  const long = "A".repeat(300_000);
  const { entries, unreadable } = await read(
    `<vcards><vcard><photo><uri>${long}</uri></photo><tel>\n<text>${long}</text></tel><tel><uri>1</uri></tel></vcard></vcards>`,
  );
  expect(phonesOf(entries)).toEqual(["1"]);
  expect(unreadable).toEqual([{ line: 2, reason: "LINE_TOO_LONG" }]);
});

describe("refused, and named by the line alone", () => {
  const bomb = `<!DOCTYPE v [<!ENTITY a "0811"><!ENTITY b "${"&a;".repeat(10)}">]>`;
  test.each([
    [
      "entities of its own",
      `${bomb}<vcards><vcard><tel><uri>&b;</uri></tel></vcard></vcards>`,
      "DOCTYPE",
    ],
    [
      "an entity from elsewhere",
      '<!DOCTYPE v [<!ENTITY a SYSTEM "file:///etc/passwd">]><vcards/>',
      "DOCTYPE",
    ],
    ["an entity that nobody knows", "<vcards><tel><uri>&a;0811</uri></tel></vcards>", "not XML"],
    ["cut off", "<vcards><vcard><tel><uri>0811", "not XML"],
    ["the wrong end", "<vcards><tel><uri>0811</tel></vcards>", "not XML"],
    ["two roots", "<vcards/><vcards>0811</vcards>", "not XML"],
    ["too deep", `<vcards>${"<a>".repeat(200)}`, "deeper than 128"],
    [
      "too many attributes",
      `<vcards ${Array.from({ length: 300 }, (_, at) => `a${at}="0811"`).join(" ")}/>`,
      "256 attributes",
    ],
    ["a comment without an end", `<vcards><!--${" 0811".repeat(60_000)}`, "longer than 64 KB"],
    ["other XML", "<smses><sms address='0811'/></smses>", "holds no contacts"],
  ])("%s", async (_, xml, expected) => {
    const { code, message } = await failure(readXcards(streamOf(xml)));
    expect(code).toBe("UNREADABLE_FILE");
    expect(message).toContain(expected);
    expect(message).not.toContain("0811");
  });

  test("what stood before the fault has been given", async () => {
    const given: string[] = [];
    const xml = "<vcards><vcard><tel><uri>1</uri></tel>\n</vcards>";
    const run = async () => {
      for await (const { phone } of readXcards(streamOf(xml))) given.push(phone);
    };
    await expect(run()).rejects.toThrow("line 2: ");
    expect(given).toEqual(["1"]);
  });
});

import { describe, expect, test } from "vitest";
import { readVcards } from "../../src/readers/vcard/vcard.ts";
import { collect, failure, fixture, phonesOf, reading, streamOf } from "./support.ts";

const read = (content: string | Buffer) =>
  reading((options) => readVcards(streamOf(content), options));

const card = (...lines: string[]) =>
  ["BEGIN:VCARD", "VERSION:3.0", ...lines, "END:VCARD", ""].join("\r\n");

describe("real exports", () => {
  test("an iPhone's: grouped properties, a photo, CR CR LF line ends", async () => {
    const { entries, unreadable } = await read(fixture("ez-vcard/John_Doe_IPHONE.vcf"));
    expect(entries).toEqual([
      { phone: "905-555-1234", line: 10 },
      { phone: "905-666-1234", line: 11 },
      { phone: "905-777-1234", line: 12 },
      { phone: "905-888-1234", line: 13 },
      { phone: "905-999-1234", line: 14 },
      { phone: "905-111-1234", line: 15 },
      { phone: "905-222-1234", line: 16 },
    ]);
    expect(unreadable).toEqual([]);
  });

  test("an Android phone's: quoted-printable, a photo, several cards", async () => {
    const { entries, unreadable } = await read(fixture("ez-vcard/John_Doe_ANDROID.vcf"));
    expect(entries.map(({ phone, line }) => `${line} ${phone}`)).toEqual([
      "15 123456789",
      "24 123456",
      "25 234567",
      "26 3456789",
      "27 45678901",
      "40 123456",
      "41 123456",
      "42 123456",
      "75 55556666",
    ]);
    expect(unreadable).toEqual([]);
  });

  test("Outlook's: what stands in a number's place is passed on, base64 is skipped", async () => {
    const { entries, unreadable } = await read(fixture("ez-vcard/outlook-2003.vcf"));
    expect(phonesOf(entries)).toEqual([
      "BusinessPhone",
      "HomePhone",
      "MobilePhone",
      "BusinessFaxPhone",
    ]);
    expect(unreadable).toEqual([]);
  });

  test("Gmail's and the example of RFC 2426", async () => {
    const gmail = await read(fixture("ez-vcard/John_Doe_GMAIL.vcf"));
    expect(phonesOf(gmail.entries)).toEqual(["905-555-1234", "905-666-1234"]);
    const rfc = await read(fixture("ez-vcard/rfc2426-example.vcf"));
    expect(phonesOf(rfc.entries)).toEqual([
      "+1-919-676-9515",
      "+1-919-676-9564",
      "+1-415-937-3419",
      "+1-415-528-4164",
    ]);
  });

  test("cards without a number give none", async () => {
    expect(await read(fixture("ez-vcard/gmail-list.vcf"))).toEqual({ entries: [], unreadable: [] });
  });
});

describe("oddities of programs", () => {
  test("Android: custom labels, soft line breaks, quoted-printable numbers", async () => {
    const { entries, unreadable } = await read(fixture("android-2.1.vcf"));
    expect(entries).toEqual([
      { phone: "010 0000 0101", line: 6 },
      { phone: "02-2000-0102", line: 7 },
      { phone: "02-2000-0103", line: 8 },
      { phone: "03-400-0104", line: 10 },
      { phone: "٠١٠٠٠٠٠٠١٠٥", line: 11 },
      { phone: "+20 1000000106", line: 13 },
      { phone: "*100#", line: 23 },
    ]);
    expect(unreadable).toEqual([]);
  });

  test("iCloud: the number before WhatsApp's id, which stands in for a missing one", async () => {
    const { entries, unreadable } = await read(fixture("icloud-3.0.vcf"));
    expect(entries).toEqual([
      { phone: "+20 10 00000201", line: 7 },
      { phone: "\u202a+20\u00a010\u00a00000\u00a00202\u202c", line: 9 },
      { phone: "+201000000203", line: 11 },
      { phone: "(0) 10 0000 0204", line: 12 },
      { phone: "02 2000 0205", line: 13 },
      { phone: "+20 10 0000 0206", line: 14 },
    ]);
    expect(unreadable).toEqual([]);
  });

  test("vCard 4.0: tel URIs and quoted parameters", async () => {
    const { entries, unreadable } = await read(fixture("uris-4.0.vcf"));
    expect(entries).toEqual([
      { phone: "+1-201-555-0123", line: 4 },
      { phone: "+1 202 555 0124", line: 5 },
      { phone: "+1-202555-0125", line: 6 },
      { phone: "7042", line: 7 },
      { phone: "+1 202 555 0126", line: 8 },
      { phone: "+1 202 555 0127", line: 9 },
    ]);
    expect(unreadable).toEqual([]);
  });

  test("cards within cards, Outlook's X-MS-TEL, base64 without indentation", async () => {
    const { entries, unreadable } = await read(fixture("agent-2.1.vcf"));
    expect(entries.map(({ phone, line }) => [phone.slice(-3), line])).toEqual([
      ["131", 4],
      ["132", 5],
      ["133", 10],
      ["134", 16],
      ["135", 21],
      ["136", 22],
    ]);
    expect(unreadable).toEqual([]);
  });

  test.each([
    ["X-ASSISTANT-PHONE", true],
    ["X-MS-RM-COMPANYTELEPHONE", true],
    ["X-MOBILE", true],
    ["X-PHONE", true],
    ["X-PHONE2", true],
    ["X-PHONE-NUMBER", false],
    ["X-PHONENUMBER", true],
    ["X-HOMEPHONE", true],
    ["X-WORK-CELL", true],
    ["X-FAX", true],
    ["X-WHATSAPP", true],
    ["item3.X-WHATSAPP", true],
    ["X-PHONETIC-FIRST-NAME", false],
    ["X-TELEGRAM", false],
    ["X-EVOLUTION-FILE-AS", false],
  ])("the extension %s: read %s", async (property, isRead) => {
    const { entries } = await read(card(`${property}:+1 202 555 0140`));
    expect(entries).toHaveLength(isRead ? 1 : 0);
  });

  test.each([
    ["IMPP;X-SERVICE-TYPE=WhatsApp;type=pref:whatsapp:+1 202 555 0144", "+1 202 555 0144"],
    ["item1.IMPP;X-SERVICE-TYPE=WhatsApp:x-apple:%2B1%20202%20555%200144", "+1 202 555 0144"],
    ["IMPP:signal:+12025550144", "+12025550144"],
    ["IMPP:tel:+1-202-555-0144", "+1-202-555-0144"],
    ["IMPP:xmpp:2025550144@example.org", undefined],
    ["IMPP:skype:live.2025550144", undefined],
    ["IMPP;X-SERVICE-TYPE=WhatsApp:x-apple:ada.lake", undefined],
    ["IMPP;X-SERVICE-TYPE=ICQ:icq:202555014", undefined],
  ])("a messenger's account that is a number: %s", async (line, expected) => {
    const { entries, unreadable } = await read(card(line));
    expect(entries[0]?.phone).toBe(expected);
    expect(unreadable).toEqual([]);
  });

  test("base64 and escapes in a number", async () => {
    const base64 = Buffer.from("+1 202 555 0141").toString("base64");
    const { entries } = await read(card(`TEL;ENCODING=b:${base64}`, "TEL:\\+1\\,202 555 0142"));
    expect(phonesOf(entries)).toEqual(["+1 202 555 0141", "+1,202 555 0142"]);
  });

  test("lower case, a group of its own, spaces and an empty number", async () => {
    const { entries, unreadable } = await read(
      "begin:vcard\nversion:3.0\nhome.tel;type=cell: +1 202 555 0143 \ntel: \nend:vcard",
    );
    expect(entries).toEqual([{ phone: "+1 202 555 0143", line: 3 }]);
    expect(unreadable).toEqual([]);
  });
});

describe("encodings and line ends", () => {
  const text = card("FN:Zoë Ærø", "TEL;TYPE=CELL:٠١٠٠٠٠٠٠١٥١");
  const expected = [{ phone: "٠١٠٠٠٠٠٠١٥١", line: 4 }];

  test.each([
    ["a byte order mark", Buffer.from(`\uFEFF${text}`)],
    ["UTF-16, little end first, marked", Buffer.from(`\uFEFF${text}`, "utf16le")],
    ["UTF-16, big end first, marked", Buffer.from(`\uFEFF${text}`, "utf16le").swap16()],
    ["UTF-16, little end first, unmarked", Buffer.from(text, "utf16le")],
    ["UTF-16, big end first, unmarked", Buffer.from(text, "utf16le").swap16()],
    ["LF", Buffer.from(text.replaceAll("\r\n", "\n"))],
    ["CR", Buffer.from(text.replaceAll("\r\n", "\r"))],
    ["CR CR LF", Buffer.from(text.replaceAll("\r\n", "\r\r\n"))],
  ])("%s", async (_, bytes) => {
    expect(await read(bytes)).toEqual({ entries: expected, unreadable: [] });
  });

  test("the declared encoding, and Windows-1252 where none is", async () => {
    // 0xA0 is a non-breaking space in both; 0x96 is an en dash in Windows-1252 alone.
    const bytes = Buffer.from(
      card(
        "FN:Jos\xe9",
        "TEL;CHARSET=ISO-8859-1:020\xa07946\xa00152",
        "TEL:020 7946\x960153",
        "TEL;CHARSET=ISO-8859-1:020 7946\x960155",
      ),
      "latin1",
    );
    const { entries } = await read(bytes);
    expect(phonesOf(entries)).toEqual([
      "020\u00a07946\u00a00152",
      "020 7946–0153",
      "020 7946–0155",
    ]);
  });

  test("an encoding that does not exist", async () => {
    const bytes = Buffer.from(card("TEL;CHARSET=nonsense:020\xa07946 0154"), "latin1");
    expect(phonesOf((await read(bytes)).entries)).toEqual(["020\u00a07946 0154"]);
  });

  test("files joined end to end, each with a byte order mark", async () => {
    const { entries, unreadable } = await read(`\uFEFF${text}\uFEFF${text}`);
    expect(entries.map(({ line }) => line)).toEqual([4, 9]);
    expect(unreadable).toEqual([]);
  });
});

describe("broken files", () => {
  test("a file cut off in the middle of a card", async () => {
    const whole = card("TEL:+1 202 555 0161", "TEL:+1 202 555 0162");
    const { entries, unreadable } = await read(whole.slice(0, whole.indexOf("0162") + 4));
    expect(entries).toHaveLength(2);
    expect(unreadable).toEqual([{ line: 1, reason: "UNFINISHED_CARD" }]);
  });

  test("a space behind a soft line break belongs to the value", async () => {
    const { entries } = await read(
      card("TEL;ENCODING=QUOTED-PRINTABLE:=2B20=", " 100 000 0171", "NOTE:x"),
    );
    expect(entries).toEqual([{ phone: "+20 100 000 0171", line: 3 }]);
  });

  test("a card without an end is reported as soon as the next begins", async () => {
    const order: unknown[] = [];
    const text = `BEGIN:VCARD\nAGENT:\nBEGIN:VCARD\nEND:VCARD\nTEL:1\n${card("TEL:2")}`;
    const onUnreadable = ({ line }: { line: number }) => order.push(`line ${line}`);
    for await (const { phone } of readVcards(streamOf(text), { onUnreadable })) {
      order.push(phone);
    }
    expect(order).toEqual(["1", "line 1", "2"]);
  });

  test("a card without an end before the next", async () => {
    const text = `BEGIN:VCARD\nTEL:+1 202 555 0163\n${card("TEL:+1 202 555 0164")}`;
    const { entries, unreadable } = await read(text);
    expect(entries).toHaveLength(2);
    expect(unreadable).toEqual([{ line: 1, reason: "UNFINISHED_CARD" }]);
  });

  test("lines that are no properties", async () => {
    const text = card("NOTE:a note", "broken by its program", "TEL", ":", "TEL:+1 202 555 0165");
    const { entries, unreadable } = await read(text);
    expect(entries).toEqual([{ phone: "+1 202 555 0165", line: 7 }]);
    expect(unreadable.map(({ line, reason }) => `${line} ${reason}`)).toEqual([
      "4 MALFORMED_LINE",
      "5 MALFORMED_LINE",
      "6 MALFORMED_LINE",
    ]);
  });

  test("a soft line break at the end of a card does not swallow the end", async () => {
    const text = `${card("NOTE;ENCODING=QUOTED-PRINTABLE:cut=")}${card("TEL:+1 202 555 0166")}`;
    const { entries, unreadable } = await read(text);
    expect(entries).toHaveLength(1);
    expect(unreadable).toEqual([]);
  });

  test("a number that is longer than a line may be", async () => {
    const { entries, unreadable } = await read(
      card(`TEL:${"1".repeat(70_000)}`, `TEL:1${"\r\n 1".repeat(70_000)}`, "TEL:+1 202 555 0167"),
    );
    expect(phonesOf(entries)).toEqual(["+1 202 555 0167"]);
    expect(unreadable.map(({ reason }) => reason)).toEqual(["LINE_TOO_LONG", "LINE_TOO_LONG"]);
  });

  test("a photo of any length on one line is none of the reader's business", async () => {
    const { entries, unreadable } = await read(
      card(`PHOTO;ENCODING=b:${"A".repeat(300_000)}`, "TEL:+1 202 555 0168"),
    );
    expect(entries).toEqual([{ phone: "+1 202 555 0168", line: 4 }]);
    expect(unreadable).toEqual([]);
  });

  test.each(["", "Dear Sir,\nplease call.\n", "\0\0\0\0"])("no vCard at all: %j", async (text) => {
    const { code, message } = await failure(readVcards(streamOf(text)));
    expect(code).toBe("UNREADABLE_FILE");
    expect(message).toContain("BEGIN:VCARD");
  });
});

test("a caller who stops closes the source", async () => {
  let closed = false;
  async function* source() {
    try {
      for (;;) {
        yield Buffer.from(card("TEL:+1 202 555 0169"));
      }
    } finally {
      closed = true;
    }
  }
  for await (const _ of readVcards(source())) {
    break;
  }
  expect(closed).toBe(true);
});

test("a source that fails fails the reading", async () => {
  async function* source() {
    yield Buffer.from(card("TEL:+1 202 555 0170"));
    throw new Error("disk on fire");
  }
  await expect(collect(readVcards(source()))).rejects.toThrow("disk on fire");
});

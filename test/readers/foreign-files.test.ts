import { gzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { readAddressBook } from "../../src/readers/detect.ts";
import { collect, failure, streamOf } from "./support.ts";

const latin1 = (text: string) => Buffer.from(text, "latin1");
/** As binary files are: bytes of every kind. */
const noise = latin1(
  Array.from({ length: 2048 }, (_, at) => String.fromCharCode((at * 97) % 256)).join(""),
);
const binary = (start: string) => Buffer.concat([latin1(start), noise]);
const OLE = "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1";
const zipOf = (name: string) =>
  binary(`PK\x03\x04\x14\0\0\0\0\0${"\0".repeat(16)}\x00\x00\x00\x00${name}`);

const FILES: readonly (readonly [
  name: string,
  content: string | Buffer,
  kind: string,
  advice: string,
])[] = [
  ["contacts.vcf.gz", gzipSync("BEGIN:VCARD"), "gzip", "gunzip"],
  ["contacts.vcf.bz2", binary("BZh91AY&SY"), "bzip2", "bunzip2"],
  ["contacts.vcf.xz", binary("\xfd7zXZ\0"), "xz", "unxz"],
  ["contacts.7z", binary("7z\xbc\xaf\x27\x1c"), "7-Zip", "7z x"],
  ["contacts.zst", binary("\x28\xb5\x2f\xfd"), "Zstandard", "unzstd"],
  ["contacts.rar", binary("Rar!\x1a\x07\0"), "RAR", "unrar"],
  ["contacts.tar", binary(`contacts.vcf${"\0".repeat(245)}ustar\0`), "tar", "tar -xf"],
  ["contacts.xlsx", zipOf("[Content_Types].xml"), "Excel workbook", "CSV UTF-8"],
  ["contacts.xlsx", zipOf("xl/workbook.xml"), "Excel workbook", "CSV UTF-8"],
  ["contacts.docx", zipOf("[Content_Types].xml\0word/document.xml"), "Word document", "Export"],
  [
    "contacts.ods",
    zipOf("mimetypeapplication/vnd.oasis.opendocument.spreadsheet"),
    "LibreOffice",
    "Text CSV",
  ],
  ["contacts.numbers", zipOf("Index/Document.iwa"), "Numbers", "Export To › CSV"],
  ["takeout.zip", zipOf("Takeout/Contacts/All Contacts/All Contacts.vcf"), "Takeout", "Unpack"],
  ["cards.zip", zipOf("00001.vcf"), "vCards in it", "Unpack"],
  ["backup.nbf", zipOf("predefhiddenfolder/backup/x"), "Nokia", "Export"],
  ["some.zip", zipOf("readme"), "ZIP", "unpack"],
  ["empty.zip", latin1(`PK\x05\x06${"\0".repeat(18)}`), "ZIP", "unpack"],
  ["contacts.xls", binary(OLE), "Excel workbook (.xls)", "CSV UTF-8"],
  ["contact.msg", binary(OLE), "Outlook message", "vCard"],
  ["contacts", binary(OLE), "Office", "CSV"],
  ["outlook.pst", binary("!BDN"), "Outlook data file", "Comma Separated Values"],
  ["contacts2.db", binary("SQLite format 3\0"), "SQLite", "vCard"],
  ["contacts.pdf", binary("%PDF-1.7\n"), "PDF", "Export"],
  ["ABCDEF.abcdp", binary("bplist00"), "property list", "Export vCard"],
  ["backup.ab", binary("ANDROID BACKUP\n5\n1\nnone\n"), "Android backup", "Settings › Export"],
  ["card.png", binary("\x89PNG\r\n\x1a\n"), "picture", "Export"],
  ["card.jpg", binary("\xff\xd8\xff\xe0\0\x10JFIF"), "picture", "Export"],
  ["card.heic", binary("\0\0\0\x18ftypheic"), "picture", "Export"],
  ["card.webp", binary("RIFF\x10\0\0\0WEBPVP8 "), "picture", "Export"],
  ["backup.nbu", binary("\x01\x02"), "Nokia", "Export"],
  ["phone.spb", binary("\x01\x02"), "Samsung", "Export"],
  ["contacts.pb", binary("\x0a\x05"), "not a text file", "Export"],
  ["calendar.ics", "BEGIN:VCALENDAR\r\nVERSION:2.0\r\n", "calendar", "address book"],
  ["message.vmg", "BEGIN:VMSG\r\nVERSION:1.1\r\n", "message", "address book"],
  ["qr.txt", "MECARD:N:Doe,John;TEL:+12025550811;;", "MECARD", "save the contact"],
  ["contacts.rtf", "{\\rtf1\\ansi +12025550811}", "RTF", "plain text"],
  ["secret.asc", "-----BEGIN PGP MESSAGE-----\n\nhQEM", "PGP", "gpg --decrypt"],
  [
    "mail.eml",
    "From: a@example.org\r\nTo: b@example.org\r\nSubject: +12025550811\r\n\r\n",
    "mail",
    "attached",
  ],
  [
    "box.mbox",
    "From a@example.org Thu Jan  1 00:00:00 2024\nReturn-Path: <a@example.org>\nDate: x\n\n",
    "mail",
    "attached",
  ],
  ["contacts.html", "<!DOCTYPE html><html><body>+12025550811", "web page", "once more"],
  ["contacts.xls", "<html xmlns:o='urn'><table><tr><td>+12025550811", "web page", "CSV"],
  [
    "contacts.xml",
    '<?xml version="1.0"?>\n<?mso-application progid="Excel.Sheet"?><Workbook>',
    "Excel workbook",
    "CSV UTF-8",
  ],
  [
    "contacts.plist",
    '<?xml version="1.0"?>\n<!DOCTYPE plist PUBLIC "x" "y"><plist/>',
    "property list",
    "Export vCard",
  ],
  [
    "sms.xml",
    '<?xml version="1.0"?><smses><sms address="+12025550811"/></smses>',
    "no contacts",
    "vCard",
  ],
  ["map.json", '{"type":"FeatureCollection","features":[]}', "no contacts", "What is read"],
  ["empty.vcf", "", "empty", ""],
  ["blank.vcf", " \r\n\t\r\n\r\n", "empty", ""],
];

describe("what is no address book is named, with what to do", () => {
  test.each(FILES)("%s (%#)", async (fileName, content, kind, advice) => {
    const { code, message } = await failure(readAddressBook(streamOf(content), { fileName }));
    expect(code).toBe("UNREADABLE_FILE");
    expect(message).toContain(kind);
    expect(message).toContain(advice);
    expect(message).not.toMatch(/0811/);
  });

  test.each([
    ["marked", "\ufeffPhone\n1\n"],
    ["unmarked", "Phone\n1\n"],
  ])("UTF-32, %s", async (_, text) => {
    const little = Buffer.alloc(text.length * 4);
    for (const [at, character] of [...text].entries()) {
      little.writeUInt32LE(character.codePointAt(0) as number, at * 4);
    }
    const big = Buffer.from(little).swap32();
    for (const bytes of [little, big]) {
      expect((await failure(readAddressBook(streamOf(bytes)))).message).toContain("UTF-32");
    }
  });
});

test("a packed file is named also where a format is given, and from standard input", async () => {
  const packed = gzipSync("Phone\n1\n");
  for (const format of ["csv", "vcard", "json", undefined] as const) {
    const { message } = await failure(readAddressBook(streamOf(packed), { format }));
    expect(message).toContain("gunzip");
  }
});

describe("what only looks like one of them is read", () => {
  test.each([
    ["a header that begins like a packed file", "BZh,Phone\nx,1\n"],
    ["a header that begins like a picture", "GIF,Phone\nx,1\n"],
    ["a header of a mail's names", "From,Phone\nx,1\n"],
    ["a company in brackets", "[Company],Phone\nx,1\n"],
    ["control characters of an old export", "Name,Phone\nA\x01\x02b,1\n"],
    ["UTF-16 of Chinese names", Buffer.from("\ufeff姓名,Phone\n李,1\n", "utf16le")],
    ["one zero byte in a short table", "Name,Phone\n\0,1\n"],
    ["a vCard in a mail", "From: a\nSubject: b\n\nBEGIN:VCARD\nTEL:1\nEND:VCARD\n"],
  ])("%s", async (_, content) => {
    const entries = await collect(readAddressBook(streamOf(content)));
    expect(entries.map(({ phone }) => phone)).toEqual(["1"]);
  });
});

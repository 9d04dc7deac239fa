import { isContactSyncError } from "@contact-sync/client";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { runs } from "../../client/test/support/runs.ts";
import { readAddressBook } from "../../src/readers/detect.ts";
import { readDirectory } from "../../src/readers/directory.ts";
import type { UnreadablePlace } from "../../src/readers/text/address-book-entry.ts";
import type { ByteStream } from "../../src/readers/text/byte-stream.ts";
import { fixture, streamOf } from "./support.ts";

/** All that can be seen of a reading: entries, reports, and how it ended. */
async function outcome(
  read: (onUnreadable: (place: UnreadablePlace) => void) => AsyncIterable<unknown>,
): Promise<unknown[]> {
  const seen: unknown[] = [];
  try {
    for await (const entry of read((place) => seen.push(place))) {
      seen.push(entry);
    }
  } catch (error) {
    if (!isContactSyncError(error)) {
      throw error;
    }
    seen.push(error.message);
  }
  return seen;
}

const book = (source: ByteStream) =>
  outcome((onUnreadable) => readAddressBook(source, { onUnreadable }));
const directory = (source: ByteStream) => outcome(() => readDirectory(source));

const cutsOf = (bytes: Buffer) =>
  fc.array(fc.nat({ max: bytes.length }), { maxLength: Math.min(40, bytes.length) });

const VCARDS = [
  "ez-vcard/John_Doe_ANDROID.vcf",
  "ez-vcard/John_Doe_IPHONE.vcf",
  "ez-vcard/outlook-2003.vcf",
  "android-2.1.vcf",
  "icloud-3.0.vcf",
  "uris-4.0.vcf",
  "agent-2.1.vcf",
];
const TABLES = ["google-new.csv", "google-old.csv", "outlook-english.csv", "outlook-german.csv"];

const OTHERS = [
  "thunderbird.ldif",
  "expo-contacts.json",
  "telegram.json",
  "field/f02-contacts-without-phone.ndjson",
  "field/f04-card.jcard",
  "windows.contact",
  "yealink.xml",
];

describe("what is read does not depend on how the bytes come", () => {
  test.each([...VCARDS, ...TABLES, ...OTHERS])("%s, cut anywhere", async (name) => {
    const bytes = fixture(name);
    const whole = await book(streamOf(bytes));
    await fc.assert(
      fc.asyncProperty(cutsOf(bytes), async (cuts) => {
        expect(await book(streamOf(bytes, cuts))).toEqual(whole);
      }),
      { numRuns: runs(6) },
    );
  });

  test.each([...VCARDS, ...TABLES, ...OTHERS])("%s, byte by byte, also in UTF-16", async (name) => {
    const utf8 = fixture(name);
    const everywhere = (bytes: Buffer) => Array.from(bytes, (_, position) => position);
    const whole = await book(streamOf(utf8));
    expect(await book(streamOf(utf8, everywhere(utf8)))).toEqual(whole);
    const utf16 = Buffer.from(utf8.toString(), "utf16le");
    expect(await book(streamOf(utf16, everywhere(utf16)))).toEqual(whole);
  });

  // Pieces of all formats, in orders that no program writes.
  const fragment = fc.constantFrom(
    ..."BEGIN:VCARD|END:VCARD|VERSION:2.1|TEL:|TEL;CELL:|item1.TEL;|AGENT:|PHOTO;ENCODING=b:".split(
      "|",
    ),
    "NOTE;ENCODING=QUOTED-PRINTABLE:=D8=",
    "TEL;X-CUSTOM(CHARSET=UTF-8,ENCODING=QUOTED-PRINTABLE,=",
    "+20 100 000 1001",
    "٠١٠٠",
    "\uFEFF",
    "é",
    "\\n",
    "=\r\n",
    "\r\n ",
    "\r\n",
    "\n",
    "\r",
    "\r\r\n",
    '"',
    ",",
    ";",
    ":",
    "=",
    " ::: ",
    "Phone",
    "Name,Phone\n",
    "user_id,phone,verified_at\n",
    "0f0e0d0c-1111-4111-8111-0a0b0c0d0e0f",
    '{"phone":"1"}\n',
    '[{"phones":[{"number":"',
    '"}]}',
    "null",
    '"1"',
    "]",
    '["vcard",[["tel",{},"uri","tel:1"]]]',
    "dn: a\n",
    "mobile: 1\n",
    "mobile:: KzE=\n",
    "changetype: delete\n",
    "<vcards><vcard>",
    "<tel><uri>tel:1</uri></tel>",
    "<tel><text>",
    "&#49;",
    "<!--",
    "</text></tel>",
    "</vcard></vcards>",
    '{"user_id":"0f0e0d0c-1111-4111-8111-0a0b0c0d0e0f","phone":"1"}\n',
  );
  const content = fc.oneof(
    fc.array(fragment, { maxLength: 40 }).map((fragments) => Buffer.from(fragments.join(""))),
    fc
      .array(fragment, { maxLength: 40 })
      .map((fragments) => Buffer.from(fragments.join(""), "latin1")),
    fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes)),
  );

  test.each([
    ["an address book", book],
    ["a directory", directory],
  ])("%s of anything, which never fails in another way than it should", async (_, read) => {
    await fc.assert(
      fc.asyncProperty(
        content.chain((bytes) => fc.tuple(fc.constant(bytes), cutsOf(bytes))),
        async ([bytes, cuts]) => {
          expect(await read(streamOf(bytes, cuts))).toEqual(await read(streamOf(bytes)));
        },
      ),
      { numRuns: runs(50) },
    );
  });
});

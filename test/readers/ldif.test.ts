import { describe, expect, test } from "vitest";
import { readLdif } from "../../src/readers/ldif/ldif.ts";
import { failure, fixture, phonesOf, reading, streamOf } from "./support.ts";

const read = (content: string | Buffer) =>
  reading((options) => readLdif(streamOf(content), options));

const record = (...lines: string[]) => ["dn: cn=A", ...lines, "", ""].join("\n");

test("SOGo's", async () => {
  expect(await read(fixture("field/f01-sogo.ldif"))).toEqual({
    entries: [
      { phone: "+20 2 2579 0005", line: 9 },
      { phone: "+20 100 123 0027", line: 10 },
    ],
    unreadable: [],
  });
});

test("all that LDIF allows", async () => {
  const { entries, unreadable } = await read(fixture("thunderbird.ldif"));
  expect(entries).toEqual([
    { phone: "+1 202 555 0171", line: 9 },
    { phone: "+1 202 555 0172", line: 11 },
    { phone: "+1 202 555 0173", line: 14 },
    { phone: "+1 202 555 0174", line: 15 },
    { phone: "+1 202 555 0175", line: 23 },
    { phone: "+1-202-555-0176", line: 24 },
    { phone: "+1 202 555 0177", line: 25 },
    { phone: "+1 202 555 0178", line: 35 },
    { phone: "+1 202 555 0179", line: 45 },
  ]);
  expect(unreadable).toEqual([
    { line: 18, reason: "VALUE_ELSEWHERE" },
    { line: 30, reason: "DELETION" },
    { line: 37, reason: "DELETION" },
  ]);
});

describe("attributes by name", () => {
  test.each([
    // RFC 4519 and 4524, and their older names
    "telephoneNumber",
    "homePhone",
    "homeTelephoneNumber",
    "mobile",
    "mobileTelephoneNumber",
    "pager",
    "pagerTelephoneNumber",
    "facsimileTelephoneNumber",
    "fax",
    "internationaliSDNNumber",
    "c-TelephoneNumber",
    // Thunderbird and Netscape
    "cellPhone",
    "pagerPhone",
    "xmozillaAnyPhone",
    // Evolution
    "primaryPhone",
    "carPhone",
    "otherPhone",
    "companyPhone",
    "callbackPhone",
    "assistantPhone",
    "homeFacsimileTelephoneNumber",
    "otherFacsimileTelephoneNumber",
    "radio",
    "tty",
    // Active Directory
    "otherTelephone",
    "otherMobile",
    "otherHomePhone",
    "otherPager",
    "ipPhone",
    "otherIpPhone",
    "telephoneAssistant",
    "telephoneNumber;x-home;lang-de",
  ])("%s is read, in any case", async (name) => {
    for (const written of [name, name.toUpperCase(), name.toLowerCase()]) {
      expect((await read(record(`${written}: 1`))).entries).toEqual([{ phone: "1", line: 2 }]);
    }
  });

  test.each([
    "telexNumber",
    "employeeNumber",
    "mozillaHomePostalCode",
    "postalCode",
    "roomNumber",
    "description",
    "mail",
    "carLicense",
    "uidNumber",
    "phoneticGivenName",
    "modifyTimestamp",
  ])("%s is not", async (name) => {
    expect(await read(record(`${name}: 1`))).toEqual({ entries: [], unreadable: [] });
  });
});

test.each([
  ["CRLF", "\r\n"],
  ["CR", "\r"],
])("line ends: %s", async (_, lineEnd) => {
  const text = fixture("field/f01-sogo.ldif").toString().replaceAll("\n", lineEnd);
  expect(phonesOf((await read(text)).entries)).toEqual(["+20 2 2579 0005", "+20 100 123 0027"]);
});

test("an address is not fetched, also of a thing that is there", async () => {
  const { entries, unreadable } = await read(record(`mobile:<${import.meta.url}`));
  expect(entries).toEqual([]);
  expect(unreadable).toEqual([{ line: 2, reason: "VALUE_ELSEWHERE" }]);
});

test("what is no attribute is told, and the rest read", async () => {
  const { entries, unreadable } = await read(
    record("broken", "mobile: 1", `pager: ${"1".repeat(5000)}`, "jpegPhoto:: ".padEnd(9000, "A")),
  );
  expect(entries).toEqual([{ phone: "1", line: 3 }]);
  expect(unreadable).toEqual([
    { line: 2, reason: "MALFORMED_LINE" },
    { line: 4, reason: "LINE_TOO_LONG" },
  ]);
});

test("a file without a record", async () => {
  const { code, message } = await failure(readLdif(streamOf("mobile: 1\n")));
  expect(code).toBe("UNREADABLE_FILE");
  expect(message).toContain('"dn:"');
});

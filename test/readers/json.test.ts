import { describe, expect, test } from "vitest";
import { readJson } from "../../src/readers/json/json.ts";
import { failure, fixture, phonesOf, reading, streamOf } from "./support.ts";

const read = (content: string | Buffer) =>
  reading((options) => readJson(streamOf(content), options));
const phones = async (value: unknown) => phonesOf((await read(JSON.stringify(value))).entries);

describe("what programs write", () => {
  test("expo-contacts, old and new: the number before its digits, a contact without one told", async () => {
    const { entries, unreadable } = await read(fixture("expo-contacts.json"));
    expect(entries).toEqual([
      { phone: "+1 (202) 555-0141", line: 12 },
      { phone: "2025550142", line: 16 },
      { phone: "+1 202 555 0143", line: 23 },
    ]);
    expect(unreadable).toEqual([
      { line: 19, reason: "NO_NUMBER" },
      { line: 25, reason: "NO_NUMBER" },
    ]);
  });

  test("react-native-contacts, a contact a line", async () => {
    expect(await read(fixture("field/f03-react-native-contacts.ndjson"))).toEqual({
      entries: [{ phone: "+20 100 123 0030", line: 1 }],
      unreadable: [],
    });
  });

  test("Telegram: the list of contacts, and nothing of the chats and of the user", async () => {
    const { entries, unreadable } = await read(fixture("telegram.json"));
    expect(entries).toEqual([
      { phone: "+20 100 123 0041", line: 10 },
      { phone: "00201001230042", line: 18 },
    ]);
    expect(unreadable).toEqual([{ line: 21, reason: "NO_NUMBER" }]);
  });

  test.each<[string, unknown]>([
    ["an array of texts", ["1", "2"]],
    ["an array of numbers", [1, 2]],
    ["an array of our own objects", [{ phone: "1" }, { phone: "2" }]],
    [
      "Google's People API",
      { connections: [{ phoneNumbers: [{ value: "1", canonicalForm: "+1" }, { value: "2" }] }] },
    ],
    ["Microsoft Graph", { value: [{ businessPhones: ["1"], mobilePhone: "2", homePhones: [] }] }],
    ["the contact picker of browsers", [{ name: ["A"], tel: ["1", "2"] }]],
    [
      "Cordova, SCIM",
      [{ phoneNumbers: [{ type: "work", value: "1", pref: false }, { value: "2" }] }],
    ],
    ["Capacitor", { contacts: [{ phones: [{ type: "home", number: "1" }, { number: "2" }] }] }],
    [
      "JSContact (RFC 9553)",
      { "@type": "Card", phones: { a: { number: "tel:1" }, b: { number: "2" } } },
    ],
    ["numbers by label", { phone: { home: "1", mobile: "2", note: "x" } }],
    ["several fields", { "Mobile Phone": "1", work_phone: "2", phoneType: "x", hotel: "y" }],
    ["rows of a table", { rows: [{ Phone: "1" }, { Phone: "2" }] }],
    ["one number a field and in a list", { id: "7", phone: "1", phones: ["2"] }],
    [
      "a plain number where there is no better field",
      [{ number: "1" }, { number: "9", mobile: "2" }],
    ],
  ])("%s", async (_, value) => {
    expect(await phones(value)).toEqual(["1", "2"]);
    expect(phonesOf((await read(JSON.stringify(value, null, 2))).entries)).toEqual(["1", "2"]);
  });

  test("a region beside a number composes nothing: it is what the phone was set to", async () => {
    expect(await phones([{ phoneNumbers: [{ number: "010 0123", countryCode: "eg" }] }])).toEqual([
      "010 0123",
    ]);
  });

  test.each<[string, unknown, string[]]>([
    ["before it", { countryCode: "+20", phone: "100 123" }, ["+20 100 123"]],
    ["behind it", { phone: "(0)100 123", country_code: "20" }, ["+20 (0)100 123"]],
    ["as a number", { dialCode: 20, mobile: "100", work_phone: "200" }, ["+20 100", "+20 200"]],
    [
      "in the number's object",
      { phones: [{ number: "1", callingCode: "0049" }, "2"] },
      ["+49 1", "2"],
    ],
    ["of a contact, for its list", { isd: "1-684", phones: ["1"] }, ["+1684 1"]],
    ["beside a national number", { phone: { countryCode: "20", nationalNumber: "1" } }, ["+20 1"]],
    [
      "that it has already",
      { countryCode: "1", phones: ["+20 1", "0044 1", "001 2"] },
      ["+20 1", "0044 1", "+1 2"],
    ],
    [
      "in letters: a region, from which nothing is composed",
      { phone: "1", countryCode: "EG" },
      ["1"],
    ],
    ["of nothing", { phone: "1", countryCode: null, dialCode: "" }, ["1"]],
  ])("a calling code %s", async (_, contact, expected) => {
    expect(await phones([contact])).toEqual(expected);
  });

  test("contacts by their ids, as Firebase exports them", async () => {
    const people = {
      "-Mx1": { name: "A", phone: "1" },
      "-Mx2": { name: "B" },
      "-Mx3": { phone: "2" },
    };
    const { entries, unreadable } = await read(JSON.stringify({ contacts: people }));
    expect(phonesOf(entries)).toEqual(["1", "2"]);
    expect(unreadable).toEqual([{ line: 1, reason: "NO_NUMBER" }]);
  });

  test("favourites, wherever it is said", async () => {
    const { entries } = await read(
      '{"phone":"1","is_favorite":true}\n{"isStarred":true,"phones":["2"]}\n{"phone":"3","isFavorite":false}',
    );
    expect(entries).toEqual([
      { phone: "1", line: 1, isFavorite: true },
      { phone: "2", line: 2, isFavorite: true },
      { phone: "3", line: 3 },
    ]);
  });
});

describe("a contact without a number is told, and the book goes on", () => {
  test("one line of three", async () => {
    expect(await read(fixture("field/f02-contacts-without-phone.ndjson"))).toEqual({
      entries: [
        { phone: "+201001230028", line: 1 },
        { phone: "+201001230029", line: 3 },
      ],
      unreadable: [{ line: 2, reason: "NO_NUMBER" }],
    });
  });

  test.each([
    '{"name":"A","phone":null}',
    '{"name":"A"}',
    '{"phone":""}',
    '{"phone":"  "}',
    '{"phone":false}',
    '{"phone":{}}',
    '{"phoneNumbers":[]}',
    '{"phoneNumbers":null}',
    '{"phoneNumbers":[{"label":"home"}]}',
    '{"phoneNumbers":[{"number":null,"digits":""}]}',
    "{}",
    "null",
    '""',
  ])("%s", async (contact) => {
    const expected = [{ line: 2, reason: "NO_NUMBER" }];
    for (const text of [`"1"\n${contact}\n"2"`, `["1",\n${contact},\n"2"]`]) {
      const { entries, unreadable } = await read(text);
      expect(phonesOf(entries)).toEqual(["1", "2"]);
      expect(unreadable).toEqual(expected);
    }
  });

  test("digits where the number is empty", async () => {
    expect(await phones([{ phoneNumbers: [{ number: "", digits: "1" }] }])).toEqual(["1"]);
  });
});

describe("numbers that are JSON numbers", () => {
  test.each([
    ["201001230028", "201001230028"],
    ["201001230028.0", "201001230028"],
    ["2.01001230028e11", "201001230028"],
    ["2.01001230028E+11", "201001230028"],
    ["20100123002800000001", "20100123002800000001"],
  ])("%s", async (written, expected) => {
    expect(phonesOf((await read(`[{"phone":${written}}]`)).entries)).toEqual([expected]);
  });

  test.each(["2.01e11", "1e25", "-1", "1.5"])("%s is told", async (written) => {
    const { entries, unreadable } = await read(`[{"phone":${written}},{"phone":"1"}]`);
    expect(phonesOf(entries)).toEqual(["1"]);
    expect(unreadable).toEqual([{ line: 1, reason: "ROUNDED_NUMBER" }]);
  });
});

test("a photo in a contact is read past, whatever its length; a number as long is told", async () => {
  const photo = "A".repeat(300_000);
  const { entries, unreadable } = await read(
    `[{"image":{"base64":"${photo}"},"phone":"1"},\n{"phone":"${photo}"},{"phone":"2"}]`,
  );
  expect(phonesOf(entries)).toEqual(["1", "2"]);
  expect(unreadable).toEqual([{ line: 2, reason: "LINE_TOO_LONG" }]);
});

test("escapes, also in a field's name", async () => {
  const { entries } = await read('{"\\u0070hone":"\\u002b1\\t2"}');
  expect(phonesOf(entries)).toEqual(["+1\t2"]);
});

describe("what is no address book", () => {
  test.each([
    ["another object", '{"type":"FeatureCollection","features":[{"geometry":null}]}'],
    ["a list of other things", '{"data":[{"title":"0811"}]}'],
    ["a table of arrays", '[["Name","Phone"],["A","0811"]]'],
  ])("%s: says what is read", async (_, text) => {
    const { code, message } = await failure(readJson(streamOf(text)));
    expect(code).toBe("UNREADABLE_FILE");
    expect(message).toContain('"phoneNumbers"');
    expect(message).not.toContain("0811");
  });

  test.each(["[]", '{"contacts":[]}', ""])("nobody in it: %j", async (text) => {
    expect(await read(text)).toEqual({ entries: [], unreadable: [] });
  });

  test.each([
    ["cut off", '"1"\n{"phone":"0811', "cut off", 2],
    ["cut off behind a contact", '[{"phone":"0811"}\n,', "cut off", 2],
    ["no quotation marks", '"1"\n{phone:"0811"}', "not JSON", 2],
    ["a number without them", '"1"\n{"phone":0100 000 0811}', "not JSON", 2],
    ["a quotation mark that is missing", '"1"\n{"phone":"0811}\n{"phone":"2"}', "not JSON", 2],
    ["a comma too many", '[{"phone":"0811"},]', "not JSON", 1],
    ["the wrong bracket", '[{"phone":"0811"]', "not JSON", 1],
    ["no colon", '{"phone" "0811"}', "not JSON", 1],
    ["too deep", `{"a":${"[".repeat(200)}`, "deeper than 128", 1],
  ])("%s: named by its line alone", async (_, text, expected, at) => {
    const { code, message, line } = await failure(readJson(streamOf(text)));
    expect(code).toBe("UNREADABLE_FILE");
    expect(message).toContain(expected);
    expect(message).not.toContain("0811");
    expect(line).toBe(at);
  });

  test("phone hashes", async () => {
    const hash = "a".repeat(32);
    const { message } = await failure(readJson(streamOf(`"1"\n{"phone_hash":"${hash}"}`)));
    expect(message).toContain("line 2: An address book needs phone numbers");
    expect(message).not.toContain(hash);
  });
});

import { expect, test } from "vitest";
import { readJcards } from "../../src/readers/jcard/jcard.ts";
import { failure, fixture, phonesOf, reading, streamOf } from "./support.ts";

const read = (content: string | Buffer) =>
  reading((options) => readJcards(streamOf(content), options));

const card = (...properties: unknown[]) => [
  "vcard",
  [["version", {}, "text", "4.0"], ...properties],
];

test("a card", async () => {
  expect(await read(fixture("field/f04-card.jcard"))).toEqual({
    entries: [{ phone: "+20-100-123-0031", line: 1 }],
    unreadable: [],
  });
});

test("cards in an array, or a card a line", async () => {
  const cards = [
    card(["tel", { type: ["work", "voice"] }, "uri", "tel:+1-202-555-0151;ext=102"]),
    card(["fn", {}, "text", "tel"], ["tel", {}, "text", "+1 202 555 0152"]),
    card(["TEL", { group: "item1" }, "text", "1", "2"], ["x-mobile", {}, "unknown", "3"]),
    card(["note", {}, "text", "9"], ["adr", {}, "text", ["tel", {}, "uri", "9"]]),
  ];
  const expected = ["+1-202-555-0151", "+1 202 555 0152", "1", "2", "3"];
  for (const text of [
    JSON.stringify(cards),
    JSON.stringify(cards, null, 2),
    cards.map((each) => JSON.stringify(each)).join("\n"),
  ]) {
    expect(phonesOf((await read(text)).entries)).toEqual(expected);
  }
});

test("a photo is read past; a number as long is told", async () => {
  const long = `data:image/jpeg;base64,${"A".repeat(300_000)}`;
  const { entries, unreadable } = await read(
    JSON.stringify(
      card(["photo", {}, "uri", long], ["tel", {}, "text", long], ["tel", {}, "text", "1"]),
    ),
  );
  expect(phonesOf(entries)).toEqual(["1"]);
  expect(unreadable).toEqual([{ line: 1, reason: "LINE_TOO_LONG" }]);
});

test.each([
  ['["tel",{},"uri","tel:0811"]', "no jCard"],
  ['["vcard",[["tel",{},"uri","0811"', "cut off"],
])("%s", async (text, expected) => {
  const { code, message } = await failure(readJcards(streamOf(text)));
  expect(code).toBe("UNREADABLE_FILE");
  expect(message).toContain(expected);
  expect(message).not.toContain("0811");
});

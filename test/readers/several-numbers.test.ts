import { normalizePhoneNumber } from "@contact-sync/client";
import { expect, test } from "vitest";
import { readAddressBook } from "../../src/readers/detect.ts";
import { fixture, reading, streamOf } from "./support.ts";

async function numbersOf(fileName: string, content: string | Buffer) {
  const { entries, unreadable } = await reading((options) =>
    readAddressBook(streamOf(content), { fileName, ...options }),
  );
  expect(unreadable).toEqual([]);
  return entries.map(({ phone, line }) => {
    const number = normalizePhoneNumber(phone, { defaultRegion: "EG" });
    return `${line} ${number.ok ? number.e164 : number.reason}`;
  });
}

test("a TEL that holds two numbers gives both", async () => {
  const name = "field/v14-two-numbers-in-one-tel.vcf";
  expect(await numbersOf(name, fixture(name))).toEqual([
    "4 +201001230006",
    "4 +201112220006",
    "5 +201001230007",
    "5 +201112220007",
  ]);
});

test("a cell that holds two numbers gives both", async () => {
  const name = "field/c12-two-in-a-cell.csv";
  expect(await numbersOf(name, fixture(name))).toEqual([
    "2 +201001230017",
    "2 +201112220017",
    "3 +201001230018",
    "3 +201112220018",
  ]);
});

test("so do the strokes, dashes and words of other programs", async () => {
  const cells = [
    "0100 123 0006 / 0111 222 0006",
    "0100 123 0006 - 0111 222 0006",
    "+20 100 123 0006 +20 111 222 0006",
    "0100 123 0006 or 0111 222 0006",
    "Mob: 0100 123 0006 | Mob: 0111 222 0006",
  ];
  const numbers = await numbersOf(
    "book.csv",
    `Name,Phone\n${cells.map((cell) => `A,${cell}\n`).join("")}`,
  );
  expect(numbers).toEqual(
    cells.flatMap((_, row) => [`${row + 2} +201001230006`, `${row + 2} +201112220006`]),
  );
});

test("what can't be divided beyond doubt is given as it is, to be refused and listed", async () => {
  const numbers = await numbersOf("book.csv", 'Name,Phone\nA,"030 1234567, 7654321"\n');
  expect(numbers).toEqual(["2 SEVERAL_NUMBERS"]);
});

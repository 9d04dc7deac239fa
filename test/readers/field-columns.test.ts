import { readFileSync } from "node:fs";
import { normalizePhoneNumber } from "@contact-sync/client";
import { expect, test } from "vitest";
import { readColumns } from "./support.ts";

// The smallest exports that were read wrongly once, with their right answers.
test.each([
  ["c01-yahoo.csv", "EG", "+20225790001 +20225790002 +201001230010 +201001230011", []],
  [
    "c02-outlook-brazil-cep.csv",
    "BR",
    "+5511912340001 +5521987650002",
    ["CEP de casa", "CEP de trabalho"],
  ],
  ["c03-whatsapp-column.csv", "EG", "+20225790003 +201001230012 +201001230013 +201001230014", []],
  ["c04-korean-headers.csv", "KR", "+82212340001 +821012340002", []],
  ["c06a-shift-jis.csv", "JP", "+819012340001", []],
  ["c06b-windows-1251.csv", "RU", "+79123450001", []],
  ["c15-country-code-column.csv", "EG", "+201001230021 +14155550105 +4915112345676", []],
  ["c17-number-is-customer-number.csv", "NO", "+4741230001", ["Number"]],
  ["c20-brazil-fone.csv", "BR", "+5511912340005 +551131230006 +551131230007", []],
])("%s", async (name, defaultRegion, expected, doubtful) => {
  const told = await readColumns(
    readFileSync(new URL(`../fixtures/field/${name}`, import.meta.url)),
  );
  const numbers = told.phones.map((phone) => normalizePhoneNumber(phone, { defaultRegion }));
  expect(numbers.map((number) => (number.ok ? number.e164 : number.reason)).join(" ")).toBe(
    expected,
  );
  expect(told.doubtful).toEqual(doubtful);
});

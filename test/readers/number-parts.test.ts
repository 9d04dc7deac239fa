import { normalizePhoneNumber } from "@contact-sync/client";
import { describe, expect, test } from "vitest";
import { readCsv } from "../../src/readers/csv/csv.ts";
import { withParts } from "../../src/readers/csv/number-parts.ts";
import { readColumns, reading, streamOf } from "./support.ts";

const e164 = (phone: string) => {
  const number = normalizePhoneNumber(phone);
  return number.ok ? number.e164 : number.reason;
};

test.each([
  ["1001230021", "+20", "+201001230021"],
  ["01001230021", "20", "+201001230021"],
  ["0100 123 0021", "0020", "+201001230021"],
  ["+49 171 1234567", "+20", "+491711234567"],
  ["＋49 171 1234567", "+20", "+491711234567"],
  ["0020 100 123 0021", "+20", "+201001230021"],
  ["07911 123456", "+44", "+447911123456"],
  ["(0161) 496 0505", "+44", "+441614960505"],
  ["06 1234567", "+39", "+39061234567"],
  ["8 912 345-00-01", "7", "+79123450001"],
  ["1 415 555 0105", "+1", "+14155550105"],
  ["291 1234", "+1-868", "+18682911234"],
  ["291 1234", "+1868", "+18682911234"],
  ["1001230021", "20.0", "+201001230021"],
  ["0100 123 0021", "(+20)", "+201001230021"],
  ["0100 123 0021", "EG", "NO_COUNTRY_CODE"],
  ["0100 123 0021", "", "NO_COUNTRY_CODE"],
])("%s with the calling code %s", (number, code, expected) => {
  expect(e164(withParts(number, code, ""))).toBe(expected);
});

test.each([
  ["91234-0005", "+55", "11", "+5511912340005"],
  ["(11) 91234-0005", "+55", "11", "+5511912340005"],
  ["3123-0006", "55", "011", "+551131230006"],
  ["23125601", "49", "030", "+493023125601"],
  ["030 23125601", "49", "030", "+493023125601"],
])("%s with the calling code %s and the area code %s", (number, code, area, expected) => {
  expect(e164(withParts(number, code, area))).toBe(expected);
});

describe("which column belongs to which", () => {
  const phonesOf = async (text: string) => (await readColumns(text)).phones.map(e164);

  test.each([
    "Calling code,Phone number",
    "Country code,Phone",
    "Phone country code,Phone",
    "Dial Code,Mobile",
    "Ländervorwahl,Handy",
    "Indicatif,Téléphone",
    "Prefijo,Teléfono",
    "国家代码,手机号",
    "국가번호,휴대폰",
    "Ülke Kodu,Cep Telefonu",
    "Whatever,Phone",
  ])("%s", async (header) => {
    expect(await phonesOf(`${header}\n+20,1001230021\n+49,15112345676\n`)).toEqual([
      "+201001230021",
      "+4915112345676",
    ]);
  });

  test("one for each phone, by its name", async () => {
    const header = "Phone 1 - Country code,Phone 1 - Value,Phone 2 - Value,Phone 2 - Country code";
    const phones = await phonesOf(`${header}\n+20,0100 123 0021,0151 12345676,+49\n`);
    expect(phones).toEqual(["+201001230021", "+4915112345676"]);
  });

  test("one for each phone, by its place", async () => {
    const text = "Country code,Mobile,Country code,Home\n+20,0100 123 0021,+49,030 23125601\n";
    expect(await phonesOf(text)).toEqual(["+201001230021", "+493023125601"]);
  });

  test("one for all", async () => {
    const text = "Country code,City,Mobile,Home\n49,Berlin,0151 12345676,030 23125601\n";
    expect(await phonesOf(text)).toEqual(["+4915112345676", "+493023125601"]);
  });

  test("DDI, DDD and the number", async () => {
    expect(await phonesOf("DDI,DDD,Telefone\n55,11,91234-0005\n")).toEqual(["+5511912340005"]);
  });

  test("several numbers in a cell", async () => {
    const text = 'Code,Phone\n+20,"0100 123 0021\n0100 123 0022"\n';
    expect(await phonesOf(text)).toEqual(["+201001230021", "+201001230022"]);
  });

  test.each([
    ["a country", "Country code,Phone\nEG,0100 123 0021\n", ["Phone"]],
    ["a title", "Prefix,Phone\nDr,0100 123 0021\n", ["Phone"]],
    ["a small number", "Code,Phone\n12,0100 123 0021\n", ["Phone"]],
    ["nothing", "Country code,Phone\n,0100 123 0021\n", ["Country code", "Phone"]],
    ["a code", "Country code,Phone\n20,0100 123 0021\n", ["Country code", "Phone"]],
  ])("%s is told apart", async (_, text, read) => {
    const told = await readColumns(text);
    expect(told.read).toEqual(read);
    expect(told.phones).toHaveLength(1);
  });
});

describe("a column of codes that does not hold one in each row", () => {
  const read = (rows: string) =>
    reading((options) => readCsv(streamOf(`Name,Country code,Phone\n${rows}`), options));

  test("leaves out what it says something else of, and tells it", async () => {
    const us = "Al,1,4155550105\n".repeat(18);
    const { entries, unreadable } = await read(
      `${us}Bo,n/a,1001230021\nCy,US,4155550106\nDi,US,+14155550107\n`,
    );
    expect(entries.slice(18)).toEqual([
      { phone: "1001230021", line: 20 },
      { phone: "+14155550107", line: 22 },
    ]);
    expect(entries[0]?.phone).toBe("+1 4155550105");
    expect(unreadable).toEqual([{ line: 21, reason: "UNCLEAR_CODE" }]);
  });

  test("leaves out what stands beside a text that goes on for long, as beside a short one", async () => {
    const rows = "Al,1,4155550105\n".repeat(18);
    const { unreadable } = await read(`${rows}Bo,${"see note ".repeat(10_000)},4155550106\n`);
    expect(unreadable).toEqual([{ line: 20, reason: "UNCLEAR_CODE" }]);
  });

  test("is one though the beginning of the file has none in it", async () => {
    const { entries } = await read(`${"Al,,1001230021\n".repeat(300)}Uli,49,1711234567\n`);
    expect(entries.at(-1)?.phone).toBe("+49 1711234567");
  });
});

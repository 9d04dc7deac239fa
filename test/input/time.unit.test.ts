import { execFileSync } from "node:child_process";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parseTime, readTime } from "../../src/input/time.ts";

const READ = [
  ["2024-05-01", "2024-05-01T00:00:00.000Z"],
  ["2024-05-01 12:00", "2024-05-01T12:00:00.000Z"],
  ["2024-05-01T12:00", "2024-05-01T12:00:00.000Z"],
  ["2024-05-01T12:00:00", "2024-05-01T12:00:00.000Z"],
  ["2024-05-01T12:00Z", "2024-05-01T12:00:00.000Z"],
  ["2024-05-01t12:00:00z", "2024-05-01T12:00:00.000Z"],
  ["2024-05-01T12:00:00+02", "2024-05-01T10:00:00.000Z"],
  ["2024-05-01T12:00:00+0200", "2024-05-01T10:00:00.000Z"],
  ["2024-05-01T12:00:00+02:00", "2024-05-01T10:00:00.000Z"],
  ["2024-05-01T12:00-0330", "2024-05-01T15:30:00.000Z"],
  ["2024-05-01T12:00:00-00:00", "2024-05-01T12:00:00.000Z"],
  ["2024-05-01 12:00:00.123456+02", "2024-05-01T10:00:00.123Z"],
  ["2024-05-01 12:00:00 +02:00", "2024-05-01T10:00:00.000Z"],
  ["2024-05-01T12:00:00.5Z", "2024-05-01T12:00:00.500Z"],
  ["2024-05-01T12:00:00.007", "2024-05-01T12:00:00.007Z"],
  ["2024-05-01T12:00:00.999999999Z", "2024-05-01T12:00:00.999Z"],
  ["2024-03-10T02:30", "2024-03-10T02:30:00.000Z"], // an hour that New York left out
  ["2024-01-01T00:30+14", "2023-12-31T10:30:00.000Z"],
  ["2024-02-29", "2024-02-29T00:00:00.000Z"],
  ["0001-01-01", "0001-01-01T00:00:00.000Z"],
  ["0099-12-31T23:59:59Z", "0099-12-31T23:59:59.000Z"],
  ["9999-12-31T23:59:59.999999999Z", "9999-12-31T23:59:59.999Z"],
] as const;

const REFUSED = [
  "",
  "now",
  "infinity",
  "yesterday",
  "1714564800",
  "2024",
  "2024-05",
  "2024-5-1",
  "20240501T120000Z",
  "2024-121",
  "2024-W18-3",
  "01/05/2024",
  "May 1, 2024",
  "Wed, 01 May 2024 12:00:00 GMT",
  "2024-02-30",
  "2023-02-29",
  "2024-04-31T12:00Z",
  "2024-13-01",
  "2024-00-10",
  "2024-05-00",
  "2024-05-01T24:00",
  "2024-05-01T24:00:00Z",
  "2024-05-01T12:60",
  "2024-05-01T12:00:60Z",
  "2024-05-01T12",
  "2024-05-01T1:00",
  "2024-05-01T12:00.5",
  "2024-05-01T12:00:00.Z",
  "2024-05-01T12:00:00.1234567890Z",
  "2024-05-01T12:00:00,5Z",
  "2024-05-01T12:00:00+2",
  "2024-05-01T12:00:00+24",
  "2024-05-01T12:00:00+02:60",
  "2024-05-01T12:00:00+02:0",
  "2024-05-01T12:00:00 CEST",
  "2024-05-01T12:00:00 Europe/Berlin",
  "2024-05-01Z",
  "2024-05-01+02",
  " 2024-05-01",
  "2024-05-01\n",
  "٢٠٢٤-٠٥-٠١",
  "-2024-05-01",
  "+002024-05-01",
  "0000-12-31",
  "0001-01-01T00:00+00:01",
  "9999-12-31T23:59-00:01",
  "10000-01-01",
];

const TYPESCRIPT = new URL("../support/typescript.js", import.meta.url).href;
const PARSER = new URL("../../src/input/time.ts", import.meta.url).href;

describe("a time", () => {
  test.each(READ)("%s is %s", (text, expected) => {
    expect(parseTime(text)?.toISOString()).toBe(expected);
    expect(readTime(text)).toBe(expected);
  });

  test.each(REFUSED)("%j is none", (text) => {
    expect(parseTime(text)).toBeUndefined();
    expect(readTime(text)).toBeNull();
  });

  test("is the same in every zone that the machine may be in", () => {
    const program = `
      const { parseTime } = await import(${JSON.stringify(PARSER)});
      const texts = JSON.parse(process.argv[1]);
      process.stdout.write(JSON.stringify(texts.map((text) => parseTime(text)?.toISOString())));
    `;
    const texts = JSON.stringify(READ.map(([text]) => text));
    for (const zone of ["America/New_York", "Asia/Kathmandu"]) {
      const told = execFileSync(
        process.execPath,
        ["--import", TYPESCRIPT, "--input-type=module", "-e", program, texts],
        { encoding: "utf8", env: { ...process.env, TZ: zone } },
      );
      expect(JSON.parse(told), zone).toEqual(READ.map(([, expected]) => expected));
    }
  });

  const moment = fc.date({
    min: new Date("0001-01-02T00:00:00Z"),
    max: new Date("9999-12-30T23:59:59.999Z"),
    noInvalidDate: true,
  });

  test("that a Date writes is read as that Date", () => {
    fc.assert(
      fc.property(moment, (date) => {
        expect(parseTime(date.toISOString())).toEqual(date);
        expect(readTime(date)).toBe(date.toISOString());
      }),
    );
  });

  test("in any zone is what Date reads of it", () => {
    const offset = fc
      .tuple(
        fc.constantFrom("+", "-"),
        fc.integer({ min: 0, max: 23 }),
        fc.integer({ min: 0, max: 59 }),
      )
      .map(
        ([sign, ...parts]) => sign + parts.map((part) => String(part).padStart(2, "0")).join(":"),
      );
    fc.assert(
      fc.property(moment, offset, (date, zone) => {
        const text = date.toISOString().replace("Z", zone);
        expect(parseTime(text)).toEqual(new Date(text));
        expect(parseTime(text.replace("T", " ").replace(/:(dd)$/, "$1"))).toEqual(new Date(text));
      }),
    );
  });

  test.each([
    undefined,
    null,
    0,
    1_714_564_800_000,
    {},
    [],
    new Date(Number.NaN),
  ])("is none that %j holds", (value) => {
    expect(readTime(value)).toBeNull();
  });
});

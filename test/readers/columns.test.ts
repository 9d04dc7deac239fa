import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { nameKind } from "../../src/readers/csv/phone-columns.ts";
import { readColumns } from "./support.ts";

const HEADERS = new URL("../fixtures/headers/", import.meta.url);
const fixture = (name: string) => readFileSync(new URL(name, HEADERS), "utf8");

interface Program {
  readonly program: string;
  readonly source: string;
  readonly header: readonly string[];
  readonly row: readonly string[];
  readonly read: readonly string[];
}

const row = (cells: readonly string[]) =>
  cells.map((cell) => `"${cell.replaceAll('"', '""')}"`).join(",");

describe("headers of programs", () => {
  const programs: Program[] = JSON.parse(fixture("programs.json"));
  test.each(programs)("$program ($source)", async ({ header, row: cells, read }) => {
    const told = await readColumns(`${row(header)}\n${row(cells)}\n`);
    expect(told.read).toEqual(read);
    const names = header.map((name) => name.replace(/\s+/g, " "));
    expect([...told.read, ...told.notRead].sort()).toEqual(names.sort());
    const filled = header.filter((name, at) => read.includes(name) && cells[at] !== "");
    expect(told.phones).toHaveLength(filled.length);
  });

  const thunderbird = fixture("thunderbird.tsv")
    .trim()
    .split("\n")
    .map((line): [string, string[]] => {
      const [language = "", ...header] = line.split("\t");
      return [language, header];
    });
  test.each(thunderbird)("Thunderbird (%s), by its names alone", (_, header) => {
    const phones = header.filter((name) => nameKind(name) === "phone");
    expect(phones).toEqual(header.slice(6, 11));
  });

  test.each(thunderbird)("Thunderbird (%s), with a row", async (_, header) => {
    const cells = header.map((_, at) => (at >= 6 && at <= 10 ? `0100 123 00${at + 10}` : ""));
    const filled = { 0: "Ada", 1: "Lake", 4: "a@example.org", 15: "11511", 28: "1980", 30: "1" };
    const told = await readColumns(`${row(header)}\n${row(Object.assign(cells, filled))}\n`);
    expect(told.phones).toHaveLength(5);
    // Brazilian for a postal code, Turkish for a mobile telephone.
    expect(told.doubtful.filter((name) => name !== "CEP")).toEqual([]);
  });
});

describe("what a name may mean, the cells tell", () => {
  test.each([
    ["a number that counts", "Number,Name\n", ["40120007,A", "40120008,B", "40120009,C"], []],
    ["a bare number", "Number,Name\n", ["0100 123 0001,A", "0100 123 0002,B"], ["Number"]],
    ["a customer's, beside a telephone", "Number,Mobile\n", ["40120007,412 30 001"], ["Mobile"]],
    ["a postal code", "Celular,CEP\n", ["(11) 91234-0001,01310-100"], ["Celular"]],
    ["without its dash", "Celular,CEP\n", ["(11) 91234-0001,01310100"], ["Celular"]],
    ["a mobile telephone", "Ad,Cep\n", ["Ada,5321230001", "Bo,0532 123 00 02"], ["Cep"]],
    ["a flag", "Phone,Mobile\n", ["0100 123 0001,1", "0100 123 0002,0"], ["Phone"]],
    ["a time", "Phone,Mobile\n", ["0100 123 0001,2024-05-01 12:00"], ["Phone"]],
    ["a verified number", "id,Verified phone\n", ["1,+20 100 123 0001"], ["Verified phone"]],
    ["when it was", "Phone,Phone verified\n", ["0100 123 0001,1714521600"], ["Phone"]],
    ["either", "E-mail / Phone,X\n", ["a@example.org,", "0100 123 0001,"], ["E-mail / Phone"]],
    ["only mail", "Phone,Phone email\n", ["0100 123 0001,a@example.org"], ["Phone"]],
    ["people", "Contact,Phone\n", ["Ada Lake,0100 123 0001"], ["Phone"]],
    ["their numbers", "Name,Contact\n", ["Ada Lake,0100 123 0001"], ["Contact"]],
    ["places", "Home,Work,Phone\n", ["Cairo,Lake & Co,0100 123 0001"], ["Phone"]],
    ["coordinates", "Phone,X\n", ["0100 123 0001,+52.520008"], ["Phone"]],
    // Its first letters are those of a telephone: 전화 is ㅈㅓㄴㅎㅘ, 전환 ㅈㅓㄴㅎㅘㄴ.
    ["a rate", "전화,전환\n", ["02-1234-0001,1234567"], ["전화"]],
    ["an unknown name", "Xyzzy,Foo\n", ["+20 100 123 0001,7", "+49 171 1234567,9"], ["Xyzzy"]],
  ])("%s", async (_, header, rows, read) => {
    const text = header + rows.join("\n");
    if (read.length > 0) {
      expect((await readColumns(text)).read).toEqual(read);
    } else {
      await expect(readColumns(text)).rejects.toThrow("There is no column of phone numbers");
    }
  });

  test("an unknown name over digits is told, not read", async () => {
    const told = await readColumns("Phone,Xyzzy\n0100 123 0001,40120007\n,40120019\n");
    expect(told).toMatchObject({ read: ["Phone"], notRead: ["Xyzzy"], doubtful: ["Xyzzy"] });
  });

  test("a place that is empty at first is read where its neighbours are", async () => {
    const rows = Array.from({ length: 300 }, (_, at) => `A,0100 123 ${1000 + at},,`);
    const header = "Name,Mobile,Work,Other\n";
    const { phones } = await readColumns(`${header}${rows.join("\n")}\nB,,,0100 123 0009\n`);
    expect(phones.at(-1)).toBe("0100 123 0009");
  });

  test("what stands behind the first rows is read the same", async () => {
    const rows = Array.from({ length: 1000 }, (_, at) => `A,0100 123 ${1000 + at}`);
    const { phones } = await readColumns(`Name,Contact\n${rows.join("\n")}\n`);
    expect(phones).toHaveLength(1000);
  });
});

describe("a file without a header", () => {
  test("is read where a column holds international numbers", async () => {
    const told = await readColumns("Ada,+20 100 123 0001,4012\nBo,0100 123 0002,4013\n");
    expect(told).toEqual({
      phones: ["+20 100 123 0001", "0100 123 0002"],
      read: ["column 2"],
      notRead: ["column 1", "column 3"],
      doubtful: [],
    });
  });

  test("else it is refused, with what to do", async () => {
    const text = "Ada,0100 123 0001\nBo,0100 123 0002\n";
    await expect(readColumns(text)).rejects.toThrow("--columns");
    expect((await readColumns(text, [2])).phones).toHaveLength(2);
  });

  test("somebody's data are not shown as a column's name", async () => {
    const told = await readColumns("Ada Mobile,+20 100 123 0001\nBo,0100 123 0002\n");
    expect(told.phones).toHaveLength(2);
    expect(JSON.stringify([told.read, told.notRead])).not.toMatch(/Ada|Bo/);
  });
});

describe("columns that are asked for", () => {
  const text = "Nome,Celular,Fone de casa,CEP\nAna,(11) 91234-0001,(11) 3123-0006,01310100\n";

  test.each([
    [["Celular"], ["Celular"]],
    [
      ["fone DE casa", 2],
      ["Celular", "Fone de casa"],
    ],
    [["CEP"], ["CEP"]],
    [[4], ["CEP"]],
  ])("%j", async (columns, read) => {
    const told = await readColumns(text, columns);
    expect(told.read).toEqual(read);
    expect(told.phones).toHaveLength(read.length);
  });

  test.each([
    [["Handy"], 'there is no column "Handy". Found: "Nome", "Celular", "Fone de casa", "CEP"'],
    [[5], "there is no column number 5. The file has 4."],
    [[0], "columns must be a list"],
    [[], "columns must be a list"],
    [[" "], "columns must be a list"],
  ])("%j is refused", async (columns, message) => {
    await expect(readColumns(text, columns)).rejects.toThrow(message);
  });
});

import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { describe, expect, test } from "vitest";
import { growth, LINEAR } from "../../client/test/support/growth.ts";
import { readAddressBook } from "../../src/readers/detect.ts";
import { HOSTILE_FILES } from "./hostile-files.ts";
import { readHostileFile } from "./read-hostile-file.ts";
import { collect, failure, phonesOf, streamOf } from "./support.ts";

const cases = HOSTILE_FILES.map((file) => [`${file.format}, ${file.name}`, file] as const);

describe("twice the file takes twice as long", () => {
  test.each(cases)("%s", async (_, file) => {
    const work = (count: number) => () => readHostileFile(file, count);
    expect(await growth(work, 1_000)).toBeLessThan(LINEAR);
  });
});

const RUNNER = fileURLToPath(new URL("read-hostile-file.ts", import.meta.url));
const TYPESCRIPT = new URL("../support/typescript.js", import.meta.url).href;

/** Reads a file of so many megabytes in a process with room for a tenth of what it would become. */
async function readInLittleMemory(format: string, name: string, megabytes: number) {
  const { stdout } = await promisify(execFile)(process.execPath, [
    "--max-old-space-size=40",
    "--import",
    TYPESCRIPT,
    RUNNER,
    format,
    name,
    String(megabytes),
  ]);
  return stdout.trim();
}

describe("however long it is, it is read in little memory", () => {
  test.each([
    ["vcard", "empty continuation lines", "1 entries"],
    ["vcard", "continuation lines of one character", "0 entries"],
    ["vcard", "agents below each other", "0 entries"],
    ["vcard", "a photo of one line", "0 entries"],
    ["vcard", "a photo of many lines", "0 entries"],
    ["csv", "carriage returns", "1 entries"],
    ["ldif", "empty continuation lines", "1 entries"],
    ["ldif", "continuation lines of a comment", "1 entries"],
    ["ldif", "a photo of one line", "1 entries"],
    ["json", "a text of one line", "1 entries"],
    ["json", "numbers with many fields", "1 entries"],
    ["jcard", "a photo", "1 entries"],
    ["xcard", "a text", "0 entries"],
    ["xcard", "attributes", "0 entries"],
    ["xcard", "a number in pieces", "0 entries"],
  ])(
    "%s, %s",
    async (format, name, answer) => {
      expect(await readInLittleMemory(format, name, 3)).toBe(answer);
    },
    180_000,
  );

  test.each([
    ["columns in a row", "more than 65536 columns"],
    ["columns", "more than 65536 columns"],
    ["lines in one cell", "does not end"],
  ])(
    "csv, %s: refused, saying where",
    async (name, message) => {
      const line = name === "columns" ? 1 : 2;
      const answer = await readInLittleMemory("csv", name, 3);
      expect(answer).toContain(`line ${line}: `);
      expect(answer).toContain(message);
    },
    180_000,
  );
});

describe("what a format does not need is refused, in as little memory", () => {
  test.each([
    ["json", "arrays in arrays", "deeper than 128"],
    ["json", "objects in objects", "deeper than 128"],
    ["json", "a number in digits", "not JSON"],
    ["xcard", "elements in elements", "deeper than 128"],
    ["xcard", "a long comment", "longer than 64 KB"],
    ["xcard", "a document type", "longer than 64 KB"],
  ])(
    "%s, %s",
    async (format, name, message) => {
      expect(await readInLittleMemory(format, name, 8)).toContain(message);
    },
    180_000,
  );
});

describe("limits", () => {
  test("a row of as many columns as there may be is read, one of more is refused by its line", async () => {
    const row = (columns: number) => `Name,Phone\nA,1\n${",".repeat(columns - 1)}\nB,2\n`;
    const read = (columns: number) => readAddressBook(streamOf(row(columns)), { format: "csv" });
    expect(phonesOf(await collect(read(65_536)))).toEqual(["1", "2"]);
    const { code, line } = await failure(read(65_537));
    expect({ code, line }).toEqual({ code: "UNREADABLE_FILE", line: 3 });
  });

  test("a row of delimiters without an end is refused as well, wherever it is cut", async () => {
    const row = Buffer.from(`Phone\n1\n${",".repeat(400_000)}`);
    const everyTen = Array.from({ length: 40_000 }, (_, index) => index * 10);
    for (const cuts of [[], everyTen]) {
      const { code, line } = await failure(readAddressBook(streamOf(row, cuts), { format: "csv" }));
      expect({ code, line }).toEqual({ code: "UNREADABLE_FILE", line: 3 });
    }
  });

  test("cards in cards are read to a depth, and the others as cards that follow", async () => {
    const card = "BEGIN:VCARD\nTEL:1\nAGENT:\n";
    const places: number[] = [];
    const entries = readAddressBook(streamOf(card.repeat(20) + "END:VCARD\n".repeat(16)), {
      onUnreadable: ({ line }) => places.push(line),
    });
    expect(await collect(entries)).toHaveLength(20);
    expect(places).toEqual([46, 49, 52, 55]);
  });
});

describe("a zero byte, which a program's fault leaves in a name or a note", () => {
  const names = "Alice,1\n".repeat(20);
  test.each([
    ["vCard", `BEGIN:VCARD\nFN:A\0b\nTEL:1\n${"TEL:1\n".repeat(40)}END:VCARD\n`, 41],
    ["CSV", `Name,Phone\nA\0b,1\n${names}`, 21],
    ["CSV, in quotes", `Name,Phone\n"A\0b",1\n"B"\0,2\n${names}${names}`, 42],
  ])("in a %s file, does not keep the rest from being read", async (_, content, count) => {
    expect(await collect(readAddressBook(streamOf(content)))).toHaveLength(count);
  });
});

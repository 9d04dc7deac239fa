import { execFile } from "node:child_process";
import { createReadStream } from "node:fs";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { createNormalizer } from "@contact-sync/client";
import { beforeAll, describe, expect, test } from "vitest";
import { readAddressBook } from "../../src/readers/detect.ts";
import { readDirectory } from "../../src/readers/directory.ts";

const SAMPLE = new URL("../../examples/address-book/", import.meta.url);
const at = (name: string) => fileURLToPath(new URL(name, SAMPLE));

const CONTACTS = at("contacts.vcf");
const PEOPLE = at("people.csv");

test("the generator writes the committed files, byte for byte", async () => {
  const directory = await mkdtemp(join(tmpdir(), "address-book-"));
  try {
    await promisify(execFile)(process.execPath, [at("generate.js"), directory]);
    for (const name of ["contacts.vcf", "people.csv"]) {
      const [fresh, committed] = await Promise.all([
        readFile(join(directory, name), "utf8"),
        readFile(at(name), "utf8"),
      ]);
      expect(fresh === committed, `${name} is not what generate.js writes`).toBe(true);
    }
  } finally {
    await rm(directory, { recursive: true });
  }
});

describe("what the demo shows", () => {
  const normalize = createNormalizer({ defaultRegion: "EG" });
  const people: { userId: string; e164: string | undefined; phone: string }[] = [];
  const accepted: string[] = [];
  const refused: Record<string, number> = {};
  const notations = new Map<string, Set<string>>();

  beforeAll(async () => {
    for await (const { userId, phone } of readDirectory(createReadStream(PEOPLE))) {
      const result = normalize(phone);
      people.push({ userId, phone, e164: result.ok ? result.e164 : undefined });
    }
    for await (const { phone } of readAddressBook(createReadStream(CONTACTS))) {
      const result = normalize(phone);
      if (result.ok) {
        accepted.push(result.e164);
        notations.set(result.e164, (notations.get(result.e164) ?? new Set()).add(phone));
      } else {
        refused[result.reason] = (refused[result.reason] ?? 0) + 1;
      }
    }
  });

  test("80 people, each once, in E.164; the first is the book's owner", () => {
    expect(people).toHaveLength(80);
    expect(new Set(people.map(({ userId }) => userId)).size).toBe(80);
    expect(new Set(people.map(({ e164 }) => e164)).size).toBe(80);
    expect(people.every(({ phone, e164 }) => phone === e164)).toBe(true);
    expect(accepted).toContain(people[0]?.e164);
  });

  test("60 of the others are in the book, under whatever notation", () => {
    const numbers = new Set(accepted);
    const found = people.slice(1).filter(({ e164 }) => e164 !== undefined && numbers.has(e164));
    expect(found).toHaveLength(60);
    expect(found.filter(({ phone }) => notations.get(phone)?.has(phone)).length).toBeLessThan(30);
  });

  test("the rest: duplicates in another notation, and what is no number", () => {
    expect({ numbers: accepted.length, distinct: new Set(accepted).size, refused }).toEqual({
      numbers: 335,
      distinct: 305,
      refused: {
        SHORT_CODE: 7,
        NOT_A_NUMBER: 5,
        TOO_LONG: 2,
        TOO_SHORT: 2,
        INVALID_COUNTRY_CODE: 1,
      },
    });
  });

  test("numbers of more than a dozen countries", () => {
    const codes = [
      "20",
      "966",
      "971",
      "44",
      "1",
      "49",
      "33",
      "39",
      "55",
      "54",
      "52",
      "91",
      "234",
      "90",
    ];
    for (const code of codes) {
      expect(
        accepted.some((number) => number.startsWith(`+${code}`)),
        code,
      ).toBe(true);
    }
  });
});

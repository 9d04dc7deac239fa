import { hash } from "node:crypto";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { HASH_RULE, type HashBookOptions, hashBook } from "../src/hashing/book-hasher.ts";
import { hashPhoneNumbers } from "../src/hashing/hash-phone-numbers.ts";
import { phoneHash } from "../src/hashing/phone-hash.ts";
import { createSlices } from "../src/slices/slices.ts";
import type { DeviceContact } from "../src/sources/source.ts";
import vectors from "../vectors/phone-numbers.json" with { type: "json" };
import { runs } from "./support/runs.ts";

const NOTHING = new Map<string, string>();

type Pages = Parameters<typeof hashBook>[0];

function hashed(pages: Pages, options: Partial<HashBookOptions> = {}) {
  const given = { region: "EG", salt: "salt", known: NOTHING, slices: createSlices(), ...options };
  return hashBook(pages, given);
}

const card = (id: string, ...phoneNumbers: string[]): DeviceContact => ({
  id,
  name: `Name of ${id}`,
  phoneNumbers,
});

const inEgypt = phoneHash("+201001234567");
const inGermany = phoneHash("+4915112345672");

describe("hashing a book", () => {
  test("gives each hash once, and each card and number that leads to it", async () => {
    const book = await hashed([
      [card("1", "0100 123 4567", "+49 1511 2345672"), card("2")],
      [card("3", "+20 100 123 4567", "0100 123 4567", "0100 123 4567")],
    ]);
    expect(book.hashes).toEqual([inEgypt, inGermany]);
    expect(book.contactsOf.get(inEgypt)).toEqual([
      { id: "1", name: "Name of 1", number: "0100 123 4567" },
      { id: "3", name: "Name of 3", number: "+20 100 123 4567" },
      { id: "3", name: "Name of 3", number: "0100 123 4567" },
    ]);
    expect(book.contactsOf.get(inGermany)).toHaveLength(1);
    expect(book.rejected).toEqual([]);
    expect(book.contacts).toBe(3);
    expect(book.broken).toBeUndefined();
    expect(HASH_RULE).toBeGreaterThanOrEqual(1);
  });

  test("divides a text with several numbers, and tells of those that can't be read", async () => {
    const texts = ["0100 123 4567; +49 1511 2345672", "+20 100 123 4567 / 0100 123 4567", "112"];
    const book = await hashed([[card("1", ...texts, "0111 222 0017; 0111 222 00177")]]);
    expect(book.hashes).toEqual([inEgypt, inGermany, phoneHash("+201112220017")]);
    expect(book.contactsOf.get(inEgypt)?.map(({ number }) => number)).toEqual(texts.slice(0, 2));
    expect(book.rejected).toEqual([
      { id: "1", name: "Name of 1", number: "112", reason: "SHORT_CODE" },
      {
        id: "1",
        name: "Name of 1",
        number: "0111 222 0017; 0111 222 00177",
        reason: "TOO_LONG",
      },
    ]);
  });

  test("answers as hashPhoneNumbers does, whether the texts are known or not", async () => {
    const numbers = vectors.map(({ input }) => input);
    const texts = fc.array(fc.oneof(fc.constantFrom(...numbers), fc.string({ unit: "binary" })));
    await fc.assert(
      fc.asyncProperty(texts, texts, async (before, now) => {
        const pages = [now.map((text, index) => card(String(index), text))];
        const { known } = await hashed([before.map((text) => card("", text))]);
        const expected = hashPhoneNumbers(now, { defaultRegion: "EG" });
        for (const book of [await hashed(pages), await hashed(pages, { known })]) {
          expect(book.hashes).toEqual(expected.hashes);
          expect(book.rejected.map(({ id, reason }) => `${id} ${reason}`)).toEqual([
            ...new Set(expected.rejected.map(({ index, reason }) => `${index} ${reason}`)),
          ]);
        }
      }),
      { numRuns: runs(60) },
    );
  });

  test("takes the digest that it is given", async () => {
    let digests = 0;
    const sha256 = (text: string) => {
      digests += 1;
      return hash("sha256", text);
    };
    const { hashes } = await hashed([[card("1", "0100 123 4567")]], { sha256 });
    expect(hashes).toEqual([inEgypt]);
    expect(digests).toBe(1);
  });

  test("refuses a region that there is not, before it reads", async () => {
    const pages = { [Symbol.iterator]: () => expect.unreachable() };
    await expect(hashed(pages, { region: "UK" })).rejects.toThrow(/^INVALID_REGION/);
  });
});

describe("what is known of a book", () => {
  const first = [card("1", "0100 123 4567", "112", "0111 222 0017; 5"), card("2", "nobody")];

  test("is neither normalised nor hashed again", async () => {
    const before = await hashed([first]);
    expect(before.normalized).toBe(4);
    const sha256 = () => expect.unreachable();
    const again = await hashed([first], { known: before.known, sha256 });
    expect(again).toEqual({ ...before, normalized: 0 });
    const more = await hashed([[...first, card("3", "0111 222 0018")]], { known: before.known });
    expect(more.normalized).toBe(1);
    expect(more.hashes).toEqual([...before.hashes, phoneHash("+201112220018")]);
  });

  test("is what the book has now, and neither names nor numbers", async () => {
    const { known } = await hashed([first]);
    const fewer = await hashed([[card("1", "0100 123 4567")]], { known });
    expect([...fewer.known]).toEqual([...known].slice(0, 1));
    for (const [fingerprint, value] of known) {
      expect(fingerprint).toMatch(/^[0-9a-f]{16}$/);
      expect(value).toMatch(/^(?:[0-9a-f]{32}|![A-Z_]+)(?:,(?:[0-9a-f]{32}|![A-Z_]+))*$/);
    }
  });

  test("is not believed with another salt, in another region, or when it is none of ours", async () => {
    const before = await hashed([first]);
    const { known } = before;
    for (const options of [{ salt: "other" }, { region: "DE" }]) {
      expect((await hashed([first], { known, ...options })).normalized).toBe(4);
    }
    expect((await hashed([first], { known, region: "eg" })).normalized).toBe(0);
    for (const value of ["", "!", "!NO_REASON", "!toString", inEgypt.toUpperCase(), "a,b", 7]) {
      const spoilt = new Map([...known.keys()].map((name) => [name, value as string]));
      expect(await hashed([first], { known: spoilt })).toEqual(before);
    }
  });
});

describe("a reading that goes wrong", () => {
  test("answers what was read before it broke off", async () => {
    const fault = new Error("the system took the permission away");
    const faults: [unknown, unknown][] = [
      [fault, fault],
      [undefined, expect.any(Error)],
      [null, expect.any(Error)],
    ];
    for (const [thrown, broken] of faults) {
      const pages = (async function* () {
        yield [card("1", "0100 123 4567")];
        throw thrown;
      })();
      const book = await hashed(pages);
      expect(book).toMatchObject({ hashes: [inEgypt], contacts: 1 });
      expect(book.broken).toEqual(broken);
    }
  });

  test("breaks off at what is no page, and at a card that can't be read", async () => {
    const unreadable = {
      get phoneNumbers() {
        throw new Error("released");
      },
    };
    for (const page of [null, 5, [card("1", "0100 123 4567"), unreadable]]) {
      const pages = [[card("0", "0111 222 0017")], page, [card("2", "112")]] as never;
      const book = await hashed(pages);
      expect(book.broken).toBeInstanceOf(Error);
      expect(book.hashes[0]).toBe(phoneHash("+201112220017"));
      expect(book.rejected).toEqual([]);
    }
  });

  test("does not end at what is no card, and tells of it", async () => {
    const odd = [
      null,
      undefined,
      "0100 123 4567",
      {},
      { id: "a" },
      { id: 7, name: 8, phoneNumbers: [null, 5, {}, "0100 123 4567"] },
      { id: "b", phoneNumbers: null },
      { id: "c", phoneNumbers: "0100 123 4567" },
      { id: {}, phoneNumbers: { 0: "0100 123 4567", length: 1 } },
    ];
    const book = await hashed([odd] as never);
    expect(book.contacts).toBe(odd.length);
    expect(book.contactsOf).toEqual(
      new Map([[inEgypt, [{ id: "7", name: undefined, number: "0100 123 4567" }]]]),
    );
    expect(book.rejected.every(({ reason }) => reason === "NOT_A_NUMBER")).toBe(true);
    expect(book.rejected.map(({ id }) => id)).toEqual(["", "", "", "7", "7", "7", "c", ""]);
  });

  test("is ended by the signal, also where the source throws for it", async () => {
    for (const reads of ["on", "to the end", "no more", "nothing"]) {
      const controller = new AbortController();
      const pages = (async function* () {
        if (reads !== "nothing") yield [card("1", "0100 123 4567")];
        controller.abort();
        if (reads.startsWith("no")) throw new DOMException("aborted", "AbortError");
        if (reads === "on") yield [card("2", "112")];
      })();
      const slices = createSlices(controller.signal);
      await expect(hashed(pages, { slices })).rejects.toMatchObject({ code: "ABORTED" });
    }
  });

  test("costs little for texts of any length", async () => {
    const texts = ["1".repeat(1e7), "+20 100 123 4567 ".repeat(1e6), "a".repeat(2_501)];
    const book = await hashed([[card("1", ...texts)]]);
    expect(book.rejected.map(({ reason }) => reason)).toEqual(texts.map(() => "TOO_LONG"));
    expect(book.known.size).toBe(0);
  });
});

describe("progress", () => {
  test("tells of pages, then of about a hundred steps, the last of which is the end", async () => {
    const seen: string[] = [];
    const pages = [0, 1].map((page) =>
      Array.from({ length: 500 }, (_, index) => card(`${page}-${index}`, `0100 ${1e6 + index}`)),
    );
    await hashed(pages, {
      onProgress: ({ phase, done, total }) => seen.push(`${phase} ${done}/${total}`),
    });
    expect(seen.slice(0, 3)).toEqual(["reading 500/null", "reading 1000/null", "hashing 10/1000"]);
    expect(seen.at(-1)).toBe("hashing 1000/1000");
    expect(seen).toHaveLength(102);
  });

  test("is whoever listens to it who answers for their own faults", async () => {
    const onProgress = () => {
      throw new Error("theirs");
    };
    await expect(hashed([[card("1", "112")]], { onProgress })).rejects.toThrow("theirs");
  });
});

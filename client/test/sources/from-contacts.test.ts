import { Readable } from "node:stream";
import { describe, expect, test } from "vitest";
import { fromContacts, toSource } from "../../src/sources/from-contacts.ts";
import type { DeviceContact } from "../../src/sources/source.ts";
import { readBook } from "../support/read-book.ts";

const OMAR = { id: "1", name: "Omar", phoneNumbers: ["0100 123 4567"] };
const AYLIN = { id: "2", phoneNumbers: ["+44 20 7946 0958", "+44 20 7946 0959"] };
const BOOK: DeviceContact[] = [OMAR, AYLIN];
const many = (count: number) =>
  Array.from({ length: count }, (_, at) => ({ id: `${at}`, phoneNumbers: [`+2010000${at}`] }));

function* generated(cards: readonly DeviceContact[] = BOOK) {
  yield* cards;
}
async function* awaited(cards: readonly DeviceContact[] = BOOK) {
  for (const card of cards) yield await Promise.resolve(card);
}
function readable(cards: readonly DeviceContact[]): AsyncIterable<DeviceContact> {
  return new ReadableStream<DeviceContact>({
    start(controller) {
      for (const card of cards) controller.enqueue(card);
      controller.close();
    },
  });
}

const KINDS: [string, () => Iterable<DeviceContact> | AsyncIterable<DeviceContact>][] = [
  ["a list", () => BOOK],
  ["a set", () => new Set(BOOK)],
  ["a generator", () => generated()],
  ["an async generator", () => awaited()],
  ["values of a map", () => new Map(BOOK.map((card) => [card.id, card])).values()],
  ["a stream of the web", () => readable(BOOK)],
  ["a stream of Node", () => Readable.from(BOOK)],
  ["an iterable of one's own", () => ({ [Symbol.iterator]: () => generated() })],
  ["an async iterable of one's own", () => ({ [Symbol.asyncIterator]: () => awaited() })],
];

describe("contacts themselves", () => {
  test.each(KINDS)("of %s are the whole book", async (_, make) => {
    expect(await readBook(toSource(make()))).toMatchObject({
      access: "full",
      cards: BOOK,
      error: null,
    });
    const part = await readBook(fromContacts(make(), { access: "partial" }));
    expect(part).toMatchObject({ access: "partial", cards: BOOK });
  });

  test.each(KINDS)("of %s are the same in a second reading, or an error", async (_, make) => {
    const contacts = make();
    await readBook(toSource(contacts));
    const second = await readBook(toSource(contacts)).then(
      ({ cards }) => cards,
      ({ code }) => code,
    );
    expect([BOOK, "CONTACTS_UNAVAILABLE"]).toContainEqual(second);
  });

  test.each([
    ["a generator", () => generated(many(500))],
    ["an async generator", () => awaited(many(500))],
    ["a stream of the web", () => readable(many(500))],
    ["values of a set", () => new Set(many(500)).values()],
  ])("of %s that was left in the middle are an error", async (_, make) => {
    const contacts = make();
    const { pages } = await toSource(contacts).read({ signal: undefined });
    for await (const page of pages) if (page.length > 0) break;
    await expect(readBook(toSource(contacts))).rejects.toMatchObject({
      code: "CONTACTS_UNAVAILABLE",
    });
  });

  test("come in pages of 200", async () => {
    expect((await readBook(toSource(many(450)))).sizes).toEqual([200, 200, 50]);
    expect((await readBook(toSource(awaited(many(450))))).sizes).toEqual([200, 200, 50]);
    expect((await readBook(toSource([]))).sizes).toEqual([]);
    expect((await readBook(toSource(many(400)))).sizes).toEqual([200, 200]);
  });

  test("of a list may become none: an empty list is a book", async () => {
    const contacts = [...BOOK];
    await readBook(toSource(contacts));
    contacts.length = 0;
    expect(await readBook(toSource(contacts))).toMatchObject({ access: "full", cards: [] });
  });

  test("are taken with numbers as ids, null names and missing numbers", async () => {
    const odd = [
      { id: 7, name: null, phoneNumbers: null },
      { id: "", name: " ", phoneNumbers: ["0100", "", null, { number: "0111", label: "m" }] },
      { name: "Omar", phoneNumbers: [20100, { digits: "0122" }, {}, true, Number.NaN] },
      OMAR,
      { ...OMAR },
      { ...OMAR, phoneNumbers: ["0111 222 3333"] },
    ] as unknown as DeviceContact[];
    expect((await readBook(toSource(odd))).cards).toEqual([
      { id: "7", phoneNumbers: [] },
      { id: "unnamed-1", phoneNumbers: ["0100", "0111"] },
      { id: "unnamed-2", name: "Omar", phoneNumbers: ["20100", "0122"] },
      OMAR,
      { ...OMAR, phoneNumbers: ["0111 222 3333"] },
    ]);
  });

  test.each([
    ["a text", "+201001234567"],
    ["nothing", null],
    ["another form", { id: "1", phones: [] }],
    ["one number", { id: "1", phoneNumbers: "0100 123 4567" }],
  ])("that hold %s in place of a card are an error with its place", async (_, card) => {
    const { cards, error } = await readBook(toSource([OMAR, card] as DeviceContact[]));
    expect(error).toMatchObject({ code: "INVALID_ARGUMENT", index: 1 });
    expect((error as Error).message).not.toMatch(/0100|2010/);
    expect(cards).toEqual([]);
  });

  test.each([
    ["a promise", Promise.resolve([]), /await/],
    ["an answer of a library", { data: [] }, /iterable/],
    ["a text", "0100 123 4567", /iterable/],
    ["nothing", undefined, /fromExpoContacts/],
    ["null", null, /fromExpoContacts/],
  ])("are no contacts: %s", (_, given, message) => {
    expect(() => toSource(given as unknown as DeviceContact[])).toThrow(message);
    expect(() => fromContacts(given as unknown as DeviceContact[])).toThrow(message);
  });

  test("with an option that does not exist, or of another value, are refused", () => {
    expect(() => fromContacts([], { acess: "full" } as object)).toThrow(/did you mean access/);
    expect(() => fromContacts([], { access: "none" as "full" })).toThrow(/"partial"/);
  });

  test("that break off give what was read and the error", async () => {
    function* broken() {
      yield* many(250);
      throw new Error("unplugged");
    }
    const { access, cards, error } = await readBook(toSource(broken()));
    expect(access).toBe("full");
    expect(cards.length).toBe(250);
    expect(error).toMatchObject({ message: "unplugged" });
  });

  test("are let go when the reader leaves early, and end with the signal", async () => {
    let isClosed = false;
    function* open() {
      try {
        yield* many(1_000);
      } finally {
        isClosed = true;
      }
    }
    const abort = new AbortController();
    const { pages } = await toSource(open()).read({ signal: abort.signal });
    const seen: number[] = [];
    const reading = (async () => {
      for await (const page of pages) {
        seen.push(page.length);
        abort.abort();
      }
    })();
    await expect(reading).rejects.toMatchObject({ code: "ABORTED" });
    expect(seen).toEqual([200]);
    expect(isClosed).toBe(true);
    await expect(toSource(BOOK).read({ signal: abort.signal })).rejects.toMatchObject({
      code: "ABORTED",
    });
  });
});

test("a source stays what it is", () => {
  const source = fromContacts(BOOK);
  expect(toSource(source)).toBe(source);
});

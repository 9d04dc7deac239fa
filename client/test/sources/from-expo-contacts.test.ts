import { afterEach, describe, expect, test } from "vitest";
import { type ExpoContacts, fromExpoContacts } from "../../src/sources/from-expo-contacts.ts";
import { readBook } from "../support/read-book.ts";

interface Card {
  id: string;
  fullName?: string | null;
  phones?: { number?: string | null }[] | null;
}

const book = (count: number): Card[] =>
  Array.from({ length: count }, (_, at) => ({
    id: `c${at}`,
    fullName: `Contact ${at}`,
    phones: [{ number: `+2010000${at}` }],
  }));

const GRANTED = { status: "granted", granted: true, canAskAgain: true };

/** The new module, as 57.0.6 is typed, over a book that may change between pages. */
function fakeExpo(cards: Card[], answers: object[] = [GRANTED]) {
  const asked: string[] = [];
  const listeners = new Set<() => void>();
  let removed = 0;
  let pages = 0;
  const beforePage: ((page: number) => void)[] = [];
  const permission = (name: string) => async () => {
    asked.push(name);
    return (answers.length > 1 ? answers.shift() : answers[0]) as typeof GRANTED;
  };
  const module: ExpoContacts = {
    getPermissionsAsync: permission("get"),
    requestPermissionsAsync: permission("request"),
    addContactsChangeListener(listener) {
      listeners.add(listener);
      return {
        remove() {
          removed += 1;
          listeners.delete(listener);
        },
      };
    },
    Contact: {
      async getAllDetails(fields, { limit = cards.length, offset = 0 } = {}) {
        expect(fields).toEqual(["fullName", "phones"]);
        for (const act of beforePage) act(pages);
        pages += 1;
        return cards.slice(offset, offset + limit);
      },
    },
    // What the root of 56 and newer has beside it.
    getContactsAsync: () => Promise.reject(new Error('import it from "expo-contacts/legacy"')),
  };
  return {
    module,
    asked,
    cards,
    pages: () => pages,
    removed: () => removed,
    change: () => {
      for (const listener of listeners) listener();
    },
    onPage: (act: (page: number) => void) => beforePage.push(act),
  };
}

describe("the new expo-contacts", () => {
  test.each([0, 1, 499, 500, 501, 1_000, 1_203])("reads a book of %d in pages", async (count) => {
    const expo = fakeExpo(book(count));
    const { access, cards, error, sizes } = await readBook(fromExpoContacts(expo.module));
    expect({ access, error }).toEqual({ access: "full", error: null });
    expect(cards.map(({ id }) => id)).toEqual(expo.cards.map(({ id }) => id));
    const first = { id: "c0", name: "Contact 0", phoneNumbers: ["+20100000"] };
    expect(cards[0]).toEqual(count === 0 ? undefined : first);
    expect(Math.max(0, ...sizes)).toBeLessThanOrEqual(500);
    expect(expo.removed()).toBe(1);
    expect(expo.asked).toEqual(["get", "get"]);
  });

  test.each([
    ["none", { status: "denied", granted: false, canAskAgain: false }],
    ["some", { ...GRANTED, accessPrivileges: "limited" }],
  ])("whose access becomes %s meanwhile is not read to its end", async (_, after) => {
    const expo = fakeExpo(book(1_200), [GRANTED, after]);
    // As it is where the system gives nothing any more, and no error.
    expo.onPage((page) => {
      if (page === 1) expo.cards.splice(0);
    });
    const { cards, error } = await readBook(fromExpoContacts(expo.module));
    expect(cards.length).toBe(500);
    expect(error).toMatchObject({ code: "CONTACTS_UNAVAILABLE" });
  });

  test("takes cards without names, phones or numbers", async () => {
    const { module } = fakeExpo([
      { id: "1" },
      { id: "2", fullName: null, phones: null },
      { id: "3", phones: [{}, { number: null }, { number: "0100" }] },
    ]);
    const { cards } = await readBook(fromExpoContacts(module));
    expect(cards).toEqual([
      { id: "1", phoneNumbers: [] },
      { id: "2", phoneNumbers: [] },
      { id: "3", phoneNumbers: ["0100"] },
    ]);
  });

  test.each([
    ["all", { ...GRANTED, accessPrivileges: "all" }, "full"],
    ["limited", { ...GRANTED, accessPrivileges: "limited" }, "partial"],
    ["of a kind to come", { ...GRANTED, accessPrivileges: "favourites" }, "partial"],
    ["none", { ...GRANTED, accessPrivileges: "none" }, "none"],
    ["denied", { status: "denied", granted: false, canAskAgain: false }, "none"],
    ["denied once", { status: "denied", granted: false, canAskAgain: true }, "none"],
  ])("tells access that is %s, and does not ask again", async (_, answer, access) => {
    const expo = fakeExpo(book(3), [answer]);
    const read = await readBook(fromExpoContacts(expo.module));
    expect(read.access).toBe(access);
    expect(read.cards.length).toBe(access === "none" ? 0 : 3);
    if (access !== "full") expect(read.canAskAgain).toBe(answer.canAskAgain);
    expect(expo.asked).toEqual(access === "full" ? ["get", "get"] : ["get"]);
    expect(expo.pages()).toBe(access === "none" ? 0 : 1);
  });

  test("asks where the system has not answered yet", async () => {
    const unasked = { status: "undetermined", granted: false, canAskAgain: true };
    const expo = fakeExpo(book(3), [unasked, { ...GRANTED, accessPrivileges: "limited" }]);
    expect(await readBook(fromExpoContacts(expo.module))).toMatchObject({ access: "partial" });
    expect(expo.asked).toEqual(["get", "request"]);
    const refused = fakeExpo(book(3), [unasked, { ...unasked, status: "denied" }]);
    expect(await readBook(fromExpoContacts(refused.module))).toMatchObject({ access: "none" });
    const slow = fakeExpo(book(3), [unasked, GRANTED, unasked]);
    expect(await readBook(fromExpoContacts(slow.module))).toMatchObject({
      access: "full",
      error: null,
    });
    const closed = fakeExpo(book(3), [{ ...unasked, canAskAgain: false }]);
    expect(await readBook(fromExpoContacts(closed.module))).toMatchObject({ access: "none" });
    expect(closed.asked).toEqual(["get"]);
  });

  test.each<[string, (cards: Card[]) => unknown]>([
    ["one goes", (cards) => cards.splice(3, 1)],
    ["one comes", (cards) => cards.unshift({ id: "new", phones: [{ number: "0100" }] })],
    ["most go", (cards) => cards.splice(0, 700)],
    ["their order changes", (cards) => cards.reverse()],
  ])("reads again when %s meanwhile, and misses none", async (_, change) => {
    const expo = fakeExpo(book(1_200));
    expo.onPage((page) => {
      if (page === 1) change(expo.cards);
    });
    const { access, cards, error } = await readBook(fromExpoContacts(expo.module));
    expect({ access, error }).toEqual({ access: "full", error: null });
    const ids = new Set(cards.map(({ id }) => id));
    expect(ids.size).toBe(cards.length);
    for (const { id } of expo.cards) expect(ids).toContain(id);
  });

  test("reads again when told of a change; being told late of that is no second one", async () => {
    const expo = fakeExpo(book(600));
    expo.onPage((page) => {
      if (page === 1) {
        (expo.cards[2] as Card).phones = [{ number: "0111" }];
        expo.change();
      }
      if (page === 3) expo.change(); // Android tells twice
    });
    const { error, cards } = await readBook(fromExpoContacts(expo.module));
    expect(error).toBeNull();
    expect(expo.pages()).toBe(4);
    const numbers = cards.filter(({ id }) => id === "c2").map((card) => card.phoneNumbers);
    expect(numbers).toEqual([["+20100002"], ["0111"]]);
  });

  test("breaks off when the book changes all the time: a part is no whole", async () => {
    const expo = fakeExpo(book(1_200));
    expo.onPage(() => expo.cards.shift());
    const { error, cards } = await readBook(fromExpoContacts(expo.module));
    expect(error).toMatchObject({ code: "CONTACTS_UNAVAILABLE" });
    expect(cards.length).toBeGreaterThan(1_000);
    expect(expo.removed()).toBe(1);
  });

  test("that takes no notice of limit and offset gives all at once", async () => {
    const { module } = fakeExpo([]);
    const deaf = { ...module, Contact: { getAllDetails: async () => book(1_200) } };
    const { cards, error } = await readBook(fromExpoContacts(deaf));
    expect({ count: cards.length, error }).toEqual({ count: 1_200, error: null });
  });

  test("that takes no notice of the offset comes to an end, as a part", async () => {
    const { module } = fakeExpo([]);
    const first = async (_: unknown, { limit = 0 } = {}) => book(1_200).slice(0, limit);
    const deaf = { ...module, Contact: { getAllDetails: first } };
    const { cards, error } = await readBook(fromExpoContacts(deaf));
    expect(cards.length).toBe(501);
    expect(error).toMatchObject({ code: "CONTACTS_UNAVAILABLE" });
  });

  test("gives what was read before a page failed, and the error", async () => {
    const expo = fakeExpo(book(1_200));
    expo.onPage((page) => {
      if (page === 1) throw new Error("out of memory");
    });
    const { cards, error } = await readBook(fromExpoContacts(expo.module));
    expect(cards.length).toBe(500);
    expect(error).toMatchObject({ message: "out of memory" });
    expect(expo.removed()).toBe(1);
  });

  test("ends with the signal, and lets the listener go", async () => {
    const expo = fakeExpo(book(1_200));
    const abort = new AbortController();
    expo.onPage((page) => {
      if (page === 1) abort.abort();
    });
    const { error, cards } = await readBook(fromExpoContacts(expo.module), abort.signal);
    expect(error).toMatchObject({ code: "ABORTED" });
    expect(cards.length).toBe(500);
    expect(expo.removed()).toBe(1);
  });

  test("needs no listener", async () => {
    const { module } = fakeExpo(book(600));
    const { addContactsChangeListener: _, ...without } = module;
    const throwing = {
      ...module,
      addContactsChangeListener() {
        throw new Error("not on the web");
      },
    };
    for (const one of [without, throwing]) {
      expect((await readBook(fromExpoContacts(one))).cards.length).toBe(600);
    }
  });
});

describe("the legacy expo-contacts", () => {
  const legacy = (cards: object[], answer: object = GRANTED): ExpoContacts => ({
    getPermissionsAsync: async () => answer as typeof GRANTED,
    requestPermissionsAsync: () => Promise.reject(new Error("not asked")),
    async getContactsAsync({ pageSize = 0, pageOffset = 0, fields } = {}) {
      expect(fields).toEqual(["name", "phoneNumbers"]);
      const data = cards.slice(pageOffset, pageOffset + pageSize);
      return { data, hasNextPage: pageOffset + pageSize < cards.length };
    },
  });
  const cards = book(1_203).map(({ id, fullName, phones }) => ({
    id,
    name: fullName,
    phoneNumbers: phones,
  }));

  test("reads page after page", async () => {
    const { access, cards: read, error } = await readBook(fromExpoContacts(legacy(cards)));
    expect({ access, error }).toEqual({ access: "full", error: null });
    expect(read.map(({ id }) => id)).toEqual(cards.map(({ id }) => id));
  });

  test("that promises more and gives nothing is a part, never the whole book", async () => {
    const more = { ...legacy([]), getContactsAsync: async () => ({ data: [], hasNextPage: true }) };
    const { cards: read, error } = await readBook(fromExpoContacts(more));
    expect(read).toEqual([]);
    expect(error).toMatchObject({ code: "CONTACTS_UNAVAILABLE" });
  });

  test("takes digits, and names in two parts", async () => {
    const odd = [
      { id: "1", firstName: "Omar", lastName: "Said", phoneNumbers: [{ digits: "0100" }] },
      { id: "2", name: "Aylin" },
    ];
    expect((await readBook(fromExpoContacts(legacy(odd)))).cards).toEqual([
      { id: "1", name: "Omar Said", phoneNumbers: ["0100"] },
      { id: "2", name: "Aylin", phoneNumbers: [] },
    ]);
  });

  test("tells limited access", async () => {
    const limited = legacy(cards, { ...GRANTED, accessPrivileges: "limited" });
    expect((await readBook(fromExpoContacts(limited))).access).toBe("partial");
  });

  test("whose functions throw, says which module has them", async () => {
    const message = `Method getContactsAsync imported from "expo-contacts" is deprecated.\nUse the new class-based API from "expo-contacts" or import the legacy API from "expo-contacts/legacy".`;
    const root: ExpoContacts = {
      ...legacy(cards),
      getContactsAsync: () => Promise.reject(new Error(message)),
    };
    await expect(readBook(fromExpoContacts(root))).resolves.toMatchObject({
      error: {
        code: "CONTACTS_UNAVAILABLE",
        message: expect.stringContaining("import * as Contacts"),
      },
    });
  });
});

test.each([
  ["an empty module", {}],
  ["the web's", { Contact: class {}, getPermissionsAsync: async () => GRANTED }],
])("what is not expo-contacts is told: %s", async (_, module) => {
  await expect(readBook(fromExpoContacts(module as unknown as ExpoContacts))).rejects.toThrow(
    /^CONTACTS_UNAVAILABLE: .*import \* as Contacts/,
  );
});

describe("without an argument", () => {
  const globals = globalThis as { expo?: unknown };
  afterEach(() => {
    delete globals.expo;
  });

  test.each(["Contact", "ContactNext"])("the native module is found, by %s", async (name) => {
    const { module } = fakeExpo(book(600));
    const { Contact, addContactsChangeListener, ...permissions } = module;
    const ExpoContactsNext = {
      ...permissions,
      [name]: Contact,
      addListener: (event: string, listener: () => void) => {
        expect(event).toBe("contactsDidChange");
        return addContactsChangeListener?.(listener);
      },
    };
    globals.expo = { modules: { ExpoContactsNext } };
    expect((await readBook(fromExpoContacts())).cards.length).toBe(600);
  });

  test("and without expo, it is told how to give it", async () => {
    for (const expo of [undefined, {}, { modules: {} }, { modules: { ExpoContactsNext: {} } }]) {
      globals.expo = expo;
      await expect(readBook(fromExpoContacts())).rejects.toThrow(/fromExpoContacts\(Contacts\)/);
    }
  });
});

import { describe, expect, test, vi } from "vitest";
import {
  type ContactPickerNavigator,
  fromContactPicker,
  isContactPickerThere,
} from "../../src/sources/from-contact-picker.ts";
import {
  fromReactNativeContacts,
  type ReactNativeContact,
  type ReactNativeContacts,
} from "../../src/sources/from-react-native-contacts.ts";
import { readBook } from "../support/read-book.ts";

const card = (recordID: string, more: Partial<ReactNativeContact> = {}): ReactNativeContact => ({
  recordID,
  displayName: `Contact ${recordID}`,
  phoneNumbers: [{ number: `+2010000${recordID}` }],
  ...more,
});

type Permission = Awaited<ReturnType<ReactNativeContacts["checkPermission"]>>;

function fakeContacts(
  cards: readonly ReactNativeContact[],
  checked: Permission,
  given: Permission = checked,
) {
  const asked: string[] = [];
  const module: ReactNativeContacts = {
    checkPermission: async () => {
      asked.push("check");
      return asked.includes("request") ? given : checked;
    },
    requestPermission: async () => {
      asked.push("request");
      return given;
    },
    getAllWithoutPhotos: async () => cards,
    getAll: () => Promise.reject(new Error("with photos")),
  };
  return { module, asked };
}

describe("react-native-contacts", () => {
  test("gives all cards in pages, without photos where it can", async () => {
    const cards = Array.from({ length: 450 }, (_, at) => card(`${at}`));
    const { module } = fakeContacts(cards, "authorized");
    const read = await readBook(fromReactNativeContacts(module));
    expect(read).toMatchObject({ access: "full", sizes: [200, 200, 50], error: null });
    expect(read.cards[7]).toEqual({ id: "7", name: "Contact 7", phoneNumbers: ["+20100007"] });
    const { getAllWithoutPhotos: _, ...older } = { ...module, getAll: async () => cards };
    expect((await readBook(fromReactNativeContacts(older))).cards.length).toBe(450);
  });

  test("may give cards without names or numbers, and ids that are numbers", async () => {
    const cards = [
      card("1", { displayName: "", givenName: "Omar", familyName: "Said" }),
      card("2", { displayName: null, givenName: null, familyName: null }),
      { recordID: 3, phoneNumbers: null },
      null,
    ] as unknown as ReactNativeContact[];
    const read = await readBook(fromReactNativeContacts(fakeContacts(cards, "authorized").module));
    expect(read.cards).toEqual([
      { id: "1", name: "Omar Said", phoneNumbers: ["+20100001"] },
      { id: "2", phoneNumbers: ["+20100002"] },
      { id: "3", phoneNumbers: [] },
      { id: "unnamed-1", phoneNumbers: [] },
    ]);
  });

  test.each([
    ["authorized", "authorized", "full", ["check", "check"]],
    ["limited", "limited", "partial", ["check"]],
    ["undefined", "limited", "partial", ["check", "request"]],
    ["undefined", "denied", "none", ["check", "request"]],
    ["denied", "authorized", "full", ["check", "request", "check"]],
    ["undefined", "authorized", "full", ["check", "request", "check"]],
  ] as const)("%s and then %s is %s", async (checked, given, access, asks) => {
    const { module, asked } = fakeContacts([card("1")], checked, given);
    const read = await readBook(fromReactNativeContacts(module));
    expect(read).toMatchObject({ access, error: null });
    expect(read.cards.length).toBe(access === "none" ? 0 : 1);
    expect(asked).toEqual(asks);
  });

  test("that was refused is asked once in a run of the app", async () => {
    const { module, asked } = fakeContacts([card("1")], "denied");
    for (let sync = 0; sync < 3; sync += 1) await readBook(fromReactNativeContacts(module));
    expect(asked).toEqual(["check", "request", "check", "check"]);
  });

  test("that breaks off gives the error", async () => {
    const { module } = fakeContacts([], "authorized");
    const broken: ReactNativeContacts = {
      ...module,
      getAllWithoutPhotos: () => Promise.reject(new Error("cursor window")),
    };
    const read = await readBook(fromReactNativeContacts(broken));
    expect(read).toMatchObject({ access: "full", cards: [], error: { message: "cursor window" } });
  });

  test("whose access ends meanwhile is not read to its end", async () => {
    const { module } = fakeContacts([], "authorized");
    let checked: Permission = "authorized";
    const revoked: ReactNativeContacts = {
      ...module,
      checkPermission: async () => checked,
      async getAllWithoutPhotos() {
        checked = "denied";
        return [];
      },
    };
    const { error } = await readBook(fromReactNativeContacts(revoked));
    expect(error).toMatchObject({ code: "CONTACTS_UNAVAILABLE" });
  });

  test("is read to its end where the library goes on saying what it said before it asked", async () => {
    const { module } = fakeContacts([card("1")], "denied", "authorized");
    const slow: ReactNativeContacts = { ...module, checkPermission: async () => "denied" };
    expect(await readBook(fromReactNativeContacts(slow))).toMatchObject({
      access: "full",
      error: null,
    });
  });

  test("must be the module", () => {
    for (const other of [undefined, {}, { default: fakeContacts([], "denied").module }]) {
      expect(() => fromReactNativeContacts(other as unknown as ReactNativeContacts)).toThrow(
        /^CONTACTS_UNAVAILABLE: .*import Contacts/,
      );
    }
  });
});

describe("the contact picker", () => {
  const picker = (
    select: NonNullable<ContactPickerNavigator["contacts"]>["select"],
  ): ContactPickerNavigator => ({ contacts: { select } });

  test("gives what was picked, as a part of the book", async () => {
    const source = fromContactPicker(
      picker(async (properties, options) => {
        expect([properties, options]).toEqual([["name", "tel"], { multiple: true }]);
        return [{ name: ["Omar", "O."], tel: ["0100 123 4567", "0111"] }, { tel: [] }, {}];
      }),
    );
    expect(await readBook(source)).toMatchObject({
      access: "partial",
      cards: [
        { id: "picked-0", name: "Omar", phoneNumbers: ["0100 123 4567", "0111"] },
        { id: "picked-1", phoneNumbers: [] },
        { id: "picked-2", phoneNumbers: [] },
      ],
    });
  });

  test("names no two cards alike, also of two pickings", async () => {
    const source = fromContactPicker(picker(async () => [{ tel: ["0100"] }, { tel: ["0111"] }]));
    const picked = [await readBook(source), await readBook(source)].flatMap(({ cards }) => cards);
    expect(new Set(picked.map(({ id }) => id)).size).toBe(4);
  });

  test("opens within the call: a gesture lasts no longer", () => {
    let isOpen = false;
    const source = fromContactPicker(
      picker(async () => {
        isOpen = true;
        return [];
      }),
    );
    void source.read({ signal: undefined });
    expect(isOpen).toBe(true);
  });

  test("that was closed gives a part with nobody in it, never an empty whole", async () => {
    for (const select of [
      async () => [],
      () => Promise.reject(new DOMException("closed", "AbortError")),
    ]) {
      const read = await readBook(fromContactPicker(picker(select)));
      expect(read).toMatchObject({ access: "partial", canAskAgain: true, cards: [], error: null });
    }
  });

  test.each([
    ["SecurityError", /a click or a touch/],
    ["InvalidStateError", /open already/],
    ["TypeError", /could not be shown/],
  ])("that does not open says why: %s", async (name, message) => {
    const source = fromContactPicker(picker(() => Promise.reject(new DOMException("", name))));
    await expect(readBook(source)).rejects.toMatchObject({ code: "CONTACTS_UNAVAILABLE" });
    await expect(readBook(source)).rejects.toThrow(message);
  });

  test("is not everywhere", async () => {
    expect(isContactPickerThere()).toBe(false);
    expect(isContactPickerThere(picker(async () => []))).toBe(true);
    // Of an app's shell: another thing of that name.
    vi.stubGlobal("navigator", { contacts: { find: () => {}, pickContact: () => {} } });
    expect(isContactPickerThere()).toBe(false);
    await expect(readBook(fromContactPicker())).rejects.toThrow(/has no contact picker/);
    vi.unstubAllGlobals();
    await expect(readBook(fromContactPicker())).rejects.toThrow(/has no contact picker/);
    await expect(readBook(fromContactPicker({}))).rejects.toThrow(/offer a file/);
  });
});

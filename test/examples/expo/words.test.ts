import type { DeviceContact, Friend, RejectedNumber } from "@contact-sync/client";
import { REJECTION_REASONS } from "@contact-sync/client";
import { describe, expect, test } from "vitest";
import { FIRST, type Screen } from "../../../examples/expo/src/screen.ts";
import * as words from "../../../examples/expo/src/words.ts";

const NOW = new Date("2026-11-27T08:00:00Z");
const at = (minutes: number) => new Date(NOW.getTime() + minutes * 60_000);
const showing = (screen: Partial<Screen>): Screen => ({ ...FIRST, step: "showing", ...screen });
const notices = (screen: Partial<Screen>) => words.noticesOf(showing(screen), NOW);
const card = (id: string, name: string | undefined, ...phoneNumbers: string[]): DeviceContact =>
  name === undefined ? { id, phoneNumbers } : { id, name, phoneNumbers };

describe("notices", () => {
  test("there are none where all is well", () => {
    expect(notices({ access: "full" })).toEqual([]);
  });

  test("a limited permission says how many contacts were shared", () => {
    const cards = Array.from({ length: 12 }, (_, index) => card(String(index), "A", "1"));
    expect(notices({ access: "partial", cards })).toMatchObject([
      { kind: "partial", title: "You shared 12 contacts" },
    ]);
    expect(notices({ access: "partial", cards: cards.slice(0, 1) })[0]?.title).toBe(
      "You shared 1 contact",
    );
  });

  test("a reading that broke off says so, and not that somebody has shared a part", () => {
    const cards = [card("1", "A", "1")];
    expect(notices({ access: "partial", isInterrupted: true, cards })).toMatchObject([
      { kind: "interrupted" },
    ]);
  });

  test("no permission says whether the system would ask again", () => {
    expect(notices({ access: "none", canAskAgain: true })[0]?.text).not.toContain("settings");
    expect(notices({ access: "none", canAskAgain: false })[0]?.text).toContain("settings");
  });

  test.each([
    [at(-5), "in a minute"],
    [at(1), "in a minute"],
    [at(12.5), "in 13 minutes"],
    [at(60), "in an hour"],
    [at(61), "in 2 hours"],
    [at(47 * 60), "in 47 hours"],
    [at(72 * 60), "in 3 days"],
  ])("numbers that wait say when they can follow: %s", (until, when) => {
    const [notice] = notices({ access: "full", waiting: { numbers: 2500, until } });
    expect(notice?.title).toBe("2,500 numbers have to wait");
    expect(notice?.text).toContain(`can follow ${when}.`);
  });

  test("a removal names both figures", () => {
    const removal = { wouldRemove: 1200, contactsCount: 2000 };
    expect(notices({ access: "full", removal })[0]).toMatchObject({
      kind: "removal",
      title: "Have 1,200 of your 2,000 contacts been deleted?",
    });
  });

  test("a fault names its code, and says what to do where that is known", () => {
    const fault = { code: "UNSAFE_DATABASE", requestId: "f8b8" };
    expect(notices({ fault })[0]?.text).toContain("UNSAFE_DATABASE, f8b8");
    // It may have come in the midst of it.
    expect(notices({ fault })[0]?.text).not.toMatch(/nothing was/i);
    expect(notices({ fault: { code: "UNAUTHENTICATED" } })[0]?.text).toBe("Please sign in again.");
  });

  test("the most pressing comes first", () => {
    const kinds = notices({
      access: "partial",
      offline: true,
      fault: { code: "UNKNOWN" },
      removal: { wouldRemove: 1, contactsCount: 1 },
      waiting: { numbers: 1, until: NOW },
    }).map(({ kind }) => kind);
    expect(kinds).toEqual(["fault", "removal", "offline", "partial", "waiting"]);
  });
});

describe("progress", () => {
  const progressOf = (progress: Screen["progress"]) => words.progressOf(showing({ progress }));

  test("is a share where the total is known, and a count where it is not", () => {
    expect(progressOf(null).share).toBeNull();
    expect(progressOf({ phase: "reading", done: 1500, total: null })).toEqual({
      text: "Reading contacts … 1,500",
      share: null,
    });
    expect(progressOf({ phase: "hashing", done: 1, total: 4 }).share).toBe(0.25);
    expect(progressOf({ phase: "sending", done: 0, total: 0 }).share).toBe(1);
    expect(progressOf({ phase: "sending", done: 3, total: 2 }).share).toBe(1);
  });
});

describe("lists", () => {
  const friend = (
    userId: string,
    id: string,
    name: string | undefined,
    number: string,
  ): Friend => ({
    userId,
    contacts: [name === undefined ? { id, number } : { id, name, number }],
  });

  test("friends are sorted by the names that this phone has", () => {
    const friends = [
      friend("3", "c", "Zoë", "3"),
      { userId: "4", contacts: [] },
      friend("1", "a", undefined, "0100 000 0001"),
      friend("2", "b", " Aylin ", "2"),
    ];
    const screen = showing({ friends });
    expect(words.friendRows(screen).map(({ name }) => name)).toEqual([
      "0100 000 0001",
      "Aylin",
      "Zoë",
    ]);
    expect(words.unnamedText(screen)).toMatch(/^1 more of your contacts is here/);
  });

  test("friends without names are counted, and there may be none", () => {
    const friends = ["1", "2"].map((userId) => ({ userId, contacts: [] }));
    expect(words.unnamedText(showing({ friends }))).toMatch(/^2 of your contacts are here/);
    expect(words.unnamedText(showing({}))).toBeNull();
  });

  test("a number on several cards is shown once, two numbers both", () => {
    const contacts = [
      { id: "a", name: "Omar", number: "1" },
      { id: "b", name: "Dad", number: "1" },
      { id: "a", name: "Omar", number: "2" },
    ];
    const [row] = words.friendRows(showing({ friends: [{ userId: "1", contacts }] }));
    expect(row).toMatchObject({ name: "Omar", numbers: ["1", "2"] });
  });

  test("invited are cards with a number that can be read, of whom nobody is here", () => {
    const cards = [
      card("1", "Here", "1"),
      card("2", "Bakery", "112"),
      card("3", "Nobody"),
      card("4", "Zoë", "113", "+442079460958"),
      card("5", undefined, "+442079460959"),
    ];
    const rejected = [
      { id: "2", name: "Bakery", number: "112", reason: "SHORT_CODE" },
      { id: "4", name: "Zoë", number: "113", reason: "SHORT_CODE" },
    ] satisfies RejectedNumber[];
    const screen = showing({ cards, rejected, friends: [friend("u", "1", "Here", "1")] });
    expect(words.inviteRows(screen)).toEqual([
      { id: "5", name: "+442079460959", number: "+442079460959" },
      { id: "4", name: "Zoë", number: "+442079460958" },
    ]);
    expect(words.rejectedRows(screen)[0]).toEqual({
      name: "Bakery",
      number: "112",
      why: REJECTION_REASONS.SHORT_CODE,
    });
  });
});

describe("joiners", () => {
  const joiner = (userId: string, name?: string): Friend => ({
    userId,
    contacts: name === undefined ? [] : [{ id: userId, name, number: "1" }],
  });
  const newsOf = (...news: Friend[]) => words.newsOf(showing({ news }));

  test("are told by name, whichever way it is written, and without one where there is none", () => {
    expect(newsOf(joiner("1", "نادية نصار"), joiner("2"))).toEqual([
      { text: "\u2068نادية نصار\u2069 is here now", userIds: ["1"] },
      { text: "Somebody you know is here now", userIds: ["2"] },
    ]);
  });

  test("who are many are one sentence", () => {
    const many = ["A", "B", "C", "D"].map((name) => joiner(name, name));
    expect(newsOf(...many.slice(0, 3))).toHaveLength(3);
    expect(newsOf(...many)).toEqual([
      {
        text: "\u2068A\u2069, \u2068B\u2069 and 2 others are here now",
        userIds: ["A", "B", "C", "D"],
      },
    ]);
  });
});

test("an invitation holds nothing of anybody's address book", () => {
  expect(words.inviteText("https://example.com/get")).toBe(
    "Join me on Example: https://example.com/get",
  );
});

test("what could not be forgotten on the service is told", () => {
  expect(words.forgottenText({ ...FIRST, forgottenOnService: true })).toContain("on the service.");
  expect(words.forgottenText(FIRST)).toContain("still has what was sent");
});

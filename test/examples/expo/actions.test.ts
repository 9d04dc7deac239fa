import type {
  ContactSource,
  Contacts,
  DeviceContact,
  FriendChanges,
  FriendFinder,
  SyncOptions,
  SyncOutcome,
} from "@contact-sync/client";
import { expect, test } from "vitest";
import { createActions } from "../../../examples/expo/src/actions.ts";
import type { ScreenEvent } from "../../../examples/expo/src/screen.ts";

const CARDS: DeviceContact[] = [
  { id: "1", name: "Aylin", phoneNumbers: ["1"] },
  { id: "2", phoneNumbers: [] },
];
const BOOK: ContactSource = {
  name: "a book",
  read: async () => ({
    access: "full",
    pages: (async function* () {
      for (const card of CARDS) yield [card];
    })(),
  }),
};
const OUTCOME = { friends: [] as unknown, joined: [] as unknown } as SyncOutcome;
const CHANGES: FriendChanges = { joined: [], left: [], friends: [], offline: false };

/** A finder that does as it is told, and the events that come of it. */
function open(overrides: Partial<FriendFinder> = {}, isAllowed = false, isWanted = isAllowed) {
  const events: ScreenEvent[] = [];
  const asked: SyncOptions[] = [];
  let tell: (changes: FriendChanges) => void = () => {};
  let isSubscribed = true;
  const finder: FriendFinder = {
    async sync(source: Contacts, options: SyncOptions = {}) {
      asked.push(options);
      const reading = await (source as ContactSource).read({});
      for await (const _ of reading.pages);
      options.onProgress?.({ phase: "reading", done: 2, total: null });
      return OUTCOME;
    },
    friends: async () => [],
    subscribe(listener) {
      tell = listener;
      return () => {
        isSubscribed = false;
      };
    },
    refresh: async () => CHANGES,
    forget: async () => ({ onService: true }),
    ...overrides,
  };
  let wanted = isWanted;
  let comeBack = () => {};
  const actions = createActions({
    finder,
    dispatch: (event) => events.push(event),
    hasAccess: async () => isAllowed,
    wish: {
      read: async () => wanted,
      async write(isWanted) {
        wanted = isWanted;
      },
    },
    onReturn(listener) {
      comeBack = listener;
      return () => {
        comeBack = () => {};
      };
    },
  });
  return {
    actions,
    events,
    asked,
    types: () => events.map(({ type }) => type),
    tell: (changes: FriendChanges) => tell(changes),
    isSubscribed: () => isSubscribed,
    isWanted: () => wanted,
    comeBack: () => comeBack(),
  };
}

test("the first start explains, and asks for nothing", async () => {
  const { actions, types, asked } = open();
  actions.start(BOOK);
  await expect.poll(types).toEqual(["known", "explain"]);
  expect(asked).toEqual([]);
});

test("a start with access finds friends at once", async () => {
  const { actions, types } = open({}, true);
  actions.start(BOOK);
  await expect.poll(types).toEqual(["known", "find", "progress", "found"]);
});

test("who has forgotten their contacts is not found again by a start or a return", async () => {
  const { actions, types, isWanted, comeBack } = open({}, true);
  const stop = actions.start(BOOK);
  await expect.poll(types).toEqual(["known", "find", "progress", "found"]);
  await actions.forget();
  expect(isWanted()).toBe(false);
  comeBack();
  stop();
  actions.start(BOOK);
  await expect.poll(types).toContain("explain");
  expect(types().filter((type) => type === "find")).toHaveLength(1);
  await actions.find(BOOK);
  expect(isWanted()).toBe(true);
});

test("permission alone is no wish", async () => {
  const { actions, types, comeBack } = open({}, true, false);
  actions.start(BOOK);
  comeBack();
  await expect.poll(types).toEqual(["known", "explain"]);
});

test("whoever comes back finds who is new, until it is stopped", async () => {
  const { actions, types, comeBack } = open({}, true);
  const stop = actions.start(BOOK);
  await expect.poll(types).toHaveLength(4);
  comeBack();
  await expect.poll(types).toHaveLength(7);
  stop();
  comeBack();
  expect(types()).toHaveLength(7);
});

test("what the subscription tells is shown until it is stopped", async () => {
  const { actions, tell, types, isSubscribed } = open();
  const stop = actions.start(BOOK);
  await expect.poll(types).toEqual(["known", "explain"]);
  tell(CHANGES);
  expect(types()).toEqual(["known", "explain", "changes"]);
  stop();
  expect(isSubscribed()).toBe(false);
});

test("the cards that were read come with the outcome, once, though the book is read again", async () => {
  const twice: Partial<FriendFinder> = {
    async sync(source) {
      for (const _ of [1, 2]) {
        const reading = await (source as ContactSource).read({});
        for await (const _page of reading.pages);
      }
      return OUTCOME;
    },
  };
  const { actions, events } = open(twice);
  await actions.find(BOOK);
  expect(events.at(-1)).toEqual({ type: "found", outcome: OUTCOME, cards: CARDS });
});

test("two touches are one sync, and it can be ended", async () => {
  let signal: AbortSignal | undefined;
  const { actions, types } = open({
    sync: (_source, options) =>
      new Promise((_, reject) => {
        signal = options?.signal;
        signal?.addEventListener("abort", () => reject({ code: "ABORTED" }));
      }),
  });
  const first = actions.find(BOOK);
  await actions.find(BOOK);
  actions.cancel();
  await first;
  expect(signal?.aborted).toBe(true);
  expect(types()).toEqual(["find", "failed"]);
});

test("nothing is removed unless somebody has said so", async () => {
  const { actions, asked } = open();
  await actions.find(BOOK);
  await actions.find(BOOK, { confirmRemoval: true });
  expect(asked.map(({ confirmRemoval }) => confirmRemoval)).toEqual([false, true]);
});

test.each(["sync", "refresh", "forget"] as const)("what %s throws is told", async (method) => {
  const error = new Error("broken");
  const { actions, events } = open({ [method]: () => Promise.reject(error) });
  await { sync: () => actions.find(BOOK), refresh: actions.refresh, forget: actions.forget }[
    method
  ]();
  expect(events.at(-1)).toEqual({ type: "failed", error });
});

test("forgetting ends what is under way", async () => {
  const { actions, events } = open({
    sync: (_source, options) =>
      new Promise((_, reject) => {
        options?.signal?.addEventListener("abort", () => reject({ code: "ABORTED" }));
      }),
  });
  const finding = actions.find(BOOK);
  await actions.forget();
  await finding;
  expect(events).toContainEqual({ type: "forgotten", onService: true });
});

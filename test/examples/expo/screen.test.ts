import type {
  DeviceContact,
  Friend,
  FriendChanges,
  RejectedNumber,
  SyncOutcome,
} from "@contact-sync/client";
import { describe, expect, test } from "vitest";
import { FIRST, next, type Screen, type ScreenEvent } from "../../../examples/expo/src/screen.ts";

const friend = (userId: string, name = userId): Friend => ({
  userId,
  contacts: [{ id: `card of ${userId}`, name, number: "0100 000 0001" }],
});
const AYLIN = friend("Aylin");
const OMAR = friend("Omar");

const OUTCOME: SyncOutcome = {
  friends: [AYLIN],
  joined: [],
  left: [],
  rejected: [],
  access: "full",
  canAskAgain: false,
  interrupted: undefined,
  plan: "full",
  offline: false,
  waiting: null,
  removal: null,
  budget: null,
};
const CARDS: DeviceContact[] = [{ id: "1", name: "Aylin", phoneNumbers: ["0100 000 0001"] }];
const found = (outcome: Partial<SyncOutcome> = {}, cards = CARDS): ScreenEvent => ({
  type: "found",
  outcome: { ...OUTCOME, ...outcome },
  cards,
});
const changes = (told: Partial<FriendChanges>): ScreenEvent => ({
  type: "changes",
  changes: { joined: [], left: [], friends: [], offline: false, ...told },
});
const screenAfter = (...events: ScreenEvent[]): Screen => events.reduce(next, FIRST);
const aborted = { code: "ABORTED" };

describe("finding friends", () => {
  test("begins with the explanation, and with what the storage knows", () => {
    const screen = screenAfter({ type: "known", friends: [AYLIN] }, { type: "explain" });
    expect(screen).toMatchObject({ step: "explaining", friends: [AYLIN], access: null });
  });

  test("keeps what was to be seen while it looks", () => {
    const screen = screenAfter(found(), { type: "find" });
    expect(screen).toMatchObject({ step: "finding", friends: [AYLIN], cards: CARDS });
  });

  test("shows how far it is, and not once it has ended", () => {
    const progress = { phase: "hashing", done: 5, total: 10 } as const;
    expect(screenAfter({ type: "find" }, { type: "progress", progress }).progress).toEqual(
      progress,
    );
    expect(screenAfter({ type: "find" }, found()).progress).toBeNull();
    expect(screenAfter(found(), { type: "progress", progress }).progress).toBeNull();
  });

  test("shows whatever the outcome says", () => {
    const told = {
      access: "partial",
      canAskAgain: true,
      offline: true,
      waiting: { numbers: 40, until: new Date(0) },
      removal: { wouldRemove: 8, contactsCount: 10 },
      rejected: [{ id: "1", number: "112", reason: "SHORT_CODE" } as RejectedNumber],
    } as const;
    expect(screenAfter(found(told))).toMatchObject({ step: "showing", ...told });
  });

  test("an outcome takes the place of the last one's notices", () => {
    const { offline, waiting, removal, fault } = screenAfter(
      found({ offline: true, waiting: { numbers: 1, until: new Date(0) } }),
      { type: "failed", error: new Error("broken") },
      { type: "find" },
      found(),
    );
    expect({ offline, waiting, removal, fault }).toEqual({
      offline: false,
      waiting: null,
      removal: null,
      fault: null,
    });
  });
});

test("a reading that broke off is told apart from a limited permission", () => {
  expect(screenAfter(found({ access: "partial" })).isInterrupted).toBe(false);
  const broken = found({ access: "partial", interrupted: new Error("gone") });
  expect(screenAfter(broken).isInterrupted).toBe(true);
  expect(screenAfter(broken, found()).isInterrupted).toBe(false);
});

describe("X is here now", () => {
  test("is said of joiners of a sync and of a subscription, of each once, the newest first", () => {
    const screen = screenAfter(
      found({ joined: [AYLIN] }),
      changes({ joined: [OMAR], friends: [AYLIN, OMAR] }),
      changes({ joined: [AYLIN], friends: [AYLIN, OMAR] }),
    );
    expect(screen.news.map(({ userId }) => userId)).toEqual(["Aylin", "Omar"]);
    expect(screen.friends).toEqual([AYLIN, OMAR]);
  });

  test("has a name as soon as there is one", () => {
    const nameless = { userId: "Omar", contacts: [] };
    const told = screenAfter(changes({ joined: [nameless], friends: [nameless] }));
    expect(told.news).toEqual([nameless]);
    expect(next(told, found({ friends: [AYLIN, OMAR] })).news).toEqual([OMAR]);
  });

  test("goes when it was seen, and with whoever leaves", () => {
    const joined = screenAfter(found({ joined: [AYLIN, OMAR] }));
    expect(next(joined, { type: "seen", userIds: ["Aylin"] }).news).toEqual([OMAR]);
    expect(next(joined, changes({ left: ["Omar"], friends: [AYLIN] })).news).toEqual([AYLIN]);
  });
});

test("a refresh may find out that there is no network, or that there is one again", () => {
  const offline = screenAfter(found(), changes({ offline: true, friends: [AYLIN] }));
  expect(offline).toMatchObject({ offline: true, friends: [AYLIN] });
  expect(next(offline, changes({ friends: [AYLIN] })).offline).toBe(false);
});

describe("a removal", () => {
  test("that is not meant is left, and nothing else with it", () => {
    const removal = { wouldRemove: 8, contactsCount: 10 };
    const screen = screenAfter(found({ removal }), { type: "keep" });
    expect(screen).toMatchObject({ removal: null, friends: [AYLIN] });
  });
});

describe("errors", () => {
  test("have their code, and by what the service's people find them", () => {
    const error = { code: "UNSAFE_DATABASE", details: { request_id: "f8b82640" } };
    const { step, fault } = screenAfter(found(), { type: "find" }, { type: "failed", error });
    expect(step).toBe("showing");
    expect(fault).toEqual({ code: "UNSAFE_DATABASE", requestId: "f8b82640" });
  });

  test.each([
    new TypeError("of the app"),
    "a text",
    null,
    undefined,
    { code: 5 },
  ])("of any other kind say so: %s", (error) => {
    expect(screenAfter({ type: "failed", error }).fault).toEqual({ code: "UNKNOWN" });
  });

  test("before there was anything to see lead back to the explanation", () => {
    expect(screenAfter({ type: "find" }, { type: "failed", error: new Error() }).step).toBe(
      "explaining",
    );
  });

  test("of somebody who has ended it themselves are none", () => {
    const screen = screenAfter(found(), { type: "find" }, { type: "failed", error: aborted });
    expect(screen).toMatchObject({ step: "showing", fault: null, friends: [AYLIN] });
  });
});

describe("forgetting", () => {
  const forgotten: ScreenEvent = { type: "forgotten", onService: true };

  test("leaves nothing of anybody", () => {
    const screen = screenAfter(found({ joined: [AYLIN] }), forgotten);
    expect(screen).toEqual({ ...FIRST, step: "forgotten", forgottenOnService: true });
  });

  test("what was under way tells nothing afterwards", () => {
    const late = [
      found(),
      changes({ joined: [OMAR], friends: [OMAR] }),
      { type: "failed", error: aborted },
      { type: "progress", progress: { phase: "sending", done: 1, total: 2 } },
    ] satisfies ScreenEvent[];
    const screen = screenAfter(found(), forgotten);
    expect(late.reduce(next, screen)).toEqual(screen);
  });

  test("one may begin again", () => {
    expect(screenAfter(found(), forgotten, { type: "find" }, found()).friends).toEqual([AYLIN]);
  });
});

test("a screen is never changed, only followed by another", () => {
  const frozen = Object.freeze({ ...screenAfter(found({ joined: [AYLIN] })) });
  const events: ScreenEvent[] = [
    { type: "find" },
    found({ joined: [OMAR] }),
    changes({ left: ["Aylin"] }),
    { type: "seen", userIds: ["Aylin"] },
    { type: "keep" },
    { type: "failed", error: null },
    { type: "forgotten", onService: false },
  ];
  for (const event of events) expect(next(frozen, event)).not.toBe(frozen);
});

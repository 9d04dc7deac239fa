import { afterEach, expect, test, vi } from "vitest";
import type { Foreground, FriendChanges } from "../src/sync/friend-finder.ts";
import { defaultPlatform } from "../src/sync/platform.ts";
import { Subscriptions } from "../src/sync/subscriptions.ts";

const NEWS: FriendChanges = { joined: [], left: ["somebody"], friends: [], offline: false };
const IN_FRONT: Foreground = { isActive: () => true, onChange: () => () => undefined };

/** Subscriptions of which nothing waits: each nap is over when the test says so. */
function subscriptions(foreground = IN_FRONT) {
  const naps: (() => void)[] = [];
  const sleep = () => new Promise<void>((resolve) => naps.push(resolve));
  const platform = { ...defaultPlatform(undefined), sleep };
  return { all: new Subscriptions(platform, foreground), naps };
}

/** What is thrown to the app, in place of ending it. */
function thrown(): unknown[] {
  const errors: unknown[] = [];
  vi.spyOn(globalThis, "setTimeout").mockImplementation(((callback: () => void) => {
    try {
      callback();
    } catch (error) {
      errors.push(error);
    }
  }) as never);
  return errors;
}

afterEach(() => vi.restoreAllMocks());

test("a foreground that calls back at once is heard", () => {
  const foreground: Foreground = {
    isActive: () => true,
    onChange(listener) {
      listener();
      return () => undefined;
    },
  };
  const { all } = subscriptions(foreground);
  all.add(
    () => {},
    async () => {},
    undefined,
  )();
});

test("a listener that was stopped by another is not told", () => {
  const { all } = subscriptions();
  const told: string[] = [];
  let stopSecond = () => {};
  all.add(
    () => {
      told.push("first");
      stopSecond();
    },
    async () => {},
    undefined,
  );
  stopSecond = all.add(
    () => told.push("second"),
    async () => {},
    undefined,
  );
  all.tell(NEWS);
  expect(told).toEqual(["first"]);
});

test("what a listener throws ends nothing", () => {
  const errors = thrown();
  const { all } = subscriptions();
  const told: string[] = [];
  const add = (listener: () => void) => all.add(listener, async () => {}, undefined);
  add(() => {
    throw new Error("of the app");
  });
  add(() => told.push("second"));
  all.tell(NEWS);
  expect(told).toEqual(["second"]);
  expect(errors).toMatchObject([{ message: "of the app" }]);
});

test("what onError throws does not end the subscription", async () => {
  const errors = thrown();
  const { all, naps } = subscriptions();
  let asked = 0;
  const ask = async () => {
    asked += 1;
    throw new Error("signed out");
  };
  const stop = all.add(
    () => {},
    ask,
    () => {
      throw new Error("of the app");
    },
  );
  // Nothing here takes longer than promises do.
  for (let turn = 0; turn < 50 && asked < 2; turn += 1) {
    naps.shift()?.();
    await Promise.resolve();
  }
  stop();
  expect(asked).toBe(2);
  expect(errors[0]).toMatchObject({ message: "of the app" });
});

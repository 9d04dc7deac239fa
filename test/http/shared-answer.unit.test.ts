import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { sharedAnswer } from "../../src/http/shared-answer.ts";

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["performance"] });
});
afterEach(() => {
  vi.useRealTimers();
});

/** Finds out when it is told to; counts how often it was asked. */
function source() {
  const open: { resolve(answer: number): void; reject(error: Error): void }[] = [];
  return {
    open,
    find: () => new Promise<number>((resolve, reject) => open.push({ resolve, reject })),
  };
}

test("all who ask at once get one answer, found out once", async () => {
  const { open, find } = source();
  const ask = sharedAnswer(find, 60_000);
  const answers = Array.from({ length: 300 }, ask);
  expect(open).toHaveLength(1);
  open[0]?.resolve(7);
  expect(new Set(await Promise.all(answers))).toEqual(new Set([7]));
  expect(await ask()).toBe(7);
  expect(open).toHaveLength(1);
});

test("a failure is shared likewise, and asked about again later", async () => {
  const { open, find } = source();
  const ask = sharedAnswer(find, 20);
  const answers = Promise.allSettled([ask(), ask()]);
  open[0]?.reject(new Error("away"));
  expect((await answers).map(({ status }) => status)).toEqual(["rejected", "rejected"]);
  await expect(ask()).rejects.toThrow("away");
  expect(open).toHaveLength(1);
  vi.advanceTimersByTime(20);
  ask().catch(() => {});
  expect(open).toHaveLength(2);
  open[1]?.resolve(1);
  expect(await ask()).toBe(1);
});

test("one that takes long is not asked for again meanwhile", async () => {
  const { open, find } = source();
  const ask = sharedAnswer(find, 1);
  const first = ask();
  vi.advanceTimersByTime(60_000);
  const second = ask();
  expect(open).toHaveLength(1);
  open[0]?.resolve(3);
  expect([await first, await second]).toEqual([3, 3]);
});

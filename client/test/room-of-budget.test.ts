import { expect, test } from "vitest";
import type { Exchange } from "../src/sync/exchange.ts";
import { noteWaiting, roomOf } from "../src/sync/fill-up.ts";

const AT = Date.UTC(2027, 0, 1);
const HOUR_MS = 3_600_000;

/** Of a budget of 100 of which 40 were left at a moment, and which is full again in 6 hours. */
function roomAt(now: number): number {
  const budget = { limit: 100, remaining: 40, reset: 6 * 3_600, at: AT };
  return roomOf({ state: { budget }, platform: { now: () => now } } as unknown as Exchange);
}

test("grows with the time since the service has said it, and not beyond the limit", () => {
  expect([0, 1, 6, 100].map((hours) => roomAt(AT + hours * HOUR_MS))).toEqual([40, 50, 100, 100]);
});

test("is asked for, where the clock was set back since: else it would be a year's wait", () => {
  expect(roomAt(AT - 365 * 24 * HOUR_MS)).toBe(100);
});

test.each([
  ["at once", 0, 5],
  ["later, the same moment", 2, 5],
  ["after it, at once", 9, 9],
  ["with the clock set back, as long", -48, -43],
])("what waits is to come when it fits: %s", (_, hours, expected) => {
  const budget = { limit: 100, remaining: 40, reset: 6 * 3_600, at: AT };
  const now = AT + hours * HOUR_MS;
  const exchange = { state: { budget }, platform: { now: () => now }, course: {} };
  noteWaiting(exchange as unknown as Exchange, 90);
  const { until } = (exchange.course as { waiting: { until: number } }).waiting;
  expect(Math.round((until - AT) / HOUR_MS)).toBe(expected);
});

import { describe, expect, test } from "vitest";
import { changingBook } from "../../bench/phone/books.js";
import { phoneRatios, phoneTable, summarize } from "../../bench/phone/report.js";
import { watchTurns } from "../../bench/phone/turns.js";

type Sample = Parameters<typeof summarize>[0][number];
type TurnsSample = Parameters<typeof summarize>[1][number];

const BOOKS = [1_000, 10_000];
const KINDS = ["first", "nothing", "changed"] as const;
const SUBJECTS = ["sdk", "hand"] as const;
const ROUNDS = [1, 2, 3];

const numbers = (text: string) => text.replace(/[^\d.]+/g, " ");

describe("a book that changes", () => {
  const { before, after } = changingBook(3, 1_000, 20_000);
  const ids = ({ cards }: typeof before) => new Set(cards.map(({ id }) => id));

  test("stays as large, and as many of it have an account", () => {
    expect(before.cards.length).toBe(1_000);
    expect(after.cards.length).toBe(1_000);
    expect(before.friends.size).toBe(300);
    expect(after.friends.size).toBe(300);
  });

  test("loses two cards and gains two, one of each with an account", () => {
    const [was, is] = [ids(before), ids(after)];
    const added = [...is].filter((id) => !was.has(id));
    const removed = [...was].filter((id) => !is.has(id));
    expect([added.length, removed.length]).toEqual([2, 2]);
    expect(added.filter((id) => after.friends.has(id))).toHaveLength(1);
    expect(removed.filter((id) => before.friends.has(id))).toHaveLength(1);
  });

  test("has no number twice, whatever its notation", () => {
    const national = (text = "") => numbers(text).replaceAll(" ", "").slice(-10);
    const all = before.cards.map(({ phoneNumbers }) => national(phoneNumbers[0]));
    expect(new Set(all).size).toBe(1_000);
  });
});

test("the thread is held by what runs in one go, and not by what waits", async () => {
  const holding = await watchTurns(async () => {
    await new Promise((resolve) => setImmediate(resolve));
    // Of the processor's time, whatever else the machine does.
    const until = process.cpuUsage().user + 60_000;
    while (process.cpuUsage().user < until);
  });
  expect(holding.longest).toBeGreaterThan(8);
  expect(holding.over).toBeGreaterThanOrEqual(1);
  expect(holding.longest).toBeLessThanOrEqual(holding.longestByClock);

  const before = process.cpuUsage();
  const waiting = await watchTurns(() => new Promise((resolve) => setTimeout(resolve, 100)));
  const { user, system } = process.cpuUsage(before);
  expect(waiting.longest).toBeLessThan((user + system) / 1_000);
});

describe("the report", () => {
  const samples: Sample[] = ROUNDS.flatMap((round) =>
    BOOKS.flatMap((contacts) =>
      KINDS.flatMap((kind) =>
        SUBJECTS.map((subject) => ({
          round,
          contacts,
          subject,
          kind,
          // The machine is slower from round to round; the ratio is not.
          ms: round * (subject === "sdk" ? 10 : 25),
          requests: 1,
          sentBody: subject === "sdk" ? 100 : 4_000,
          receivedBody: 100,
          headers: 200,
          cpuMs: round * (subject === "sdk" ? 2 : 8),
          storedBytes: 50,
          storedTimes: 2,
        })),
      ),
    ),
  );
  const turns: TurnsSample[] = ROUNDS.flatMap((round) =>
    KINDS.flatMap((kind) =>
      SUBJECTS.map((subject) => ({
        round,
        subject,
        kind,
        count: 10,
        over: subject === "sdk" ? 0 : 5,
        longest: subject === "sdk" ? 4 : 100 * round,
        longestByClock: 200,
      })),
    ),
  );
  const summary = summarize(samples, turns);

  test("takes ratios within a round", () => {
    expect(summary.syncs).toHaveLength(6);
    for (const { sdk, hand_times_sdk: times } of summary.syncs) {
      expect(sdk.ms.median).toBe(20);
      expect(times.ms).toEqual({ median: 2.5, low: 2.5, high: 2.5 });
      expect(times.cpu_ms).toEqual({ median: 4, low: 4, high: 4 });
      expect(times.bytes.median).toBe(4_300 / 400);
    }
  });

  test("says how long the thread was held, and of how many turns", () => {
    const hand = summary.turns.find(({ subject, kind }) => subject === "hand" && kind === "first");
    expect(hand).toMatchObject({ share_over: 0.5, longest_of_all_ms: 300 });
    expect(hand?.longest_ms.median).toBe(200);
    const table = phoneTable(summary);
    expect(table).toMatch(/first sync +\| +SDK \| +4\.0 .* 0\.0 % \| +reached/);
    expect(table).toMatch(/first sync +\| +by hand \| +200\.0 .* 50\.0 % \| +missed/);
  });

  test("compares time and bytes, and the SDK's longest turn with its mark", () => {
    const ratios = phoneRatios(summary);
    expect(new Set(ratios.map(({ id }) => id)).size).toBe(ratios.length);
    expect(ratios.filter(({ mark }) => mark !== undefined)).toHaveLength(3);
    expect(ratios.find(({ id }) => id === "phone/turns/10000/first")?.value.median).toBe(0.5);
  });

  test("does not compare with a round that was not measured", () => {
    const lacking = samples.filter(({ round, subject }) => round !== 2 || subject !== "sdk");
    expect(() => summarize(lacking, turns)).toThrow("sample of the round");
  });
});

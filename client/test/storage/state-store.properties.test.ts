import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { openStateStore } from "../../src/storage/state-store.ts";
import type { Stored, TextStorage } from "../../src/storage/storage.ts";
import { type Fault, faultyStorage } from "../support/faulty-storage.ts";
import { runs } from "../support/runs.ts";

const PIECE = 128 * 1024;

const open = (storage: TextStorage) => openStateStore(storage, { name: "app" });

/** Few texts, so that sections are often the same, and lengths around those of pieces. */
const section = fc
  .record({
    letter: fc.constantFrom("a", "b", "c"),
    length: fc.constantFrom(0, 1, 50, PIECE - 1, PIECE, PIECE + 1, 2 * PIECE + 5),
  })
  .map(({ letter, length }) => letter.repeat(length));

const state: fc.Arbitrary<Stored> = fc.record({
  head: fc.jsonValue(),
  sections: fc.dictionary(fc.constantFrom("set", "known", "matches", "delta"), section, {
    maxKeys: 4,
    noNullPrototype: true,
  }),
});

const asStored = (stored: Stored | null): Stored | null =>
  stored === null ? null : JSON.parse(JSON.stringify(stored));

const how: fc.Arbitrary<Fault["how"]> = fc.oneof(
  fc.constantFrom("before", "after", "lost", "quota" as const),
  fc.record({ torn: fc.integer({ min: 0, max: PIECE }) }),
);

const step = fc.record({
  next: fc.option(state, { freq: 6 }), // null: clear
  fault: fc.option(fc.record({ at: fc.nat(40), how })),
  isNewStart: fc.boolean(),
});

test("whatever fails, what is read is the last state or the one that was under way, never mixed", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 8 }), async (steps) => {
      const { storage, fail, restart, entries } = faultyStorage();
      let store = open(storage);
      let last: Stored | null = null;
      for (const { next, fault, isNewStart } of steps) {
        fail(fault === null ? [] : [fault]);
        const wanted = asStored(next);
        const error = await (next === null ? store.clear() : store.write(next)).then(
          () => null,
          (thrown: unknown) => thrown ?? "failed",
        );
        restart();
        if (isNewStart) store = open(storage);
        const read = await store.read();
        expect(error === null ? [wanted] : [last, wanted]).toContainEqual(read);
        last = read;
      }
      await open(storage).clear();
      await open(storage).clear();
      expect([...entries.keys()].filter((name) => name.includes("head"))).toEqual([]);
    }),
    { numRuns: runs(50) },
  );
});

describe("of a write that had not reached the disk, any of its calls may be lost", () => {
  const long = (letter: string, pieces: number) => letter.repeat(pieces * PIECE);
  const OLDER: Stored = { head: 0, sections: { set: long("x", 1), matches: long("m", 2) } };
  const OLD: Stored = { head: 1, sections: { set: long("y", 2), matches: long("m", 2) } };
  const NEXT: Stored = { head: 2, sections: { set: long("z", 2), known: "k" } };

  test.each([
    ["by a new start", false],
    ["by one that runs on", true],
  ])("%s", async (_, warm) => {
    const base = new Map<string, string>();
    const effects: ((entries: Map<string, string>) => void)[] = [];
    const storage: TextStorage = {
      getItem: (name) => base.get(name),
      setItem: (name, text) => {
        base.set(name, text);
        effects.push((entries) => entries.set(name, text));
      },
      removeItem: (name) => {
        base.delete(name);
        effects.push((entries) => entries.delete(name));
      },
    };
    let store = open(storage);
    await store.write(OLDER);
    await store.write(OLD);
    const before = new Map(base);
    effects.length = 0;
    if (!warm) store = open(storage);
    await store.write(NEXT);
    expect(effects.length).toBeGreaterThan(4);
    expect(effects.length).toBeLessThan(16);
    let olds = 0;
    for (let subset = 0; subset < 2 ** effects.length; subset += 1) {
      const entries = new Map(before);
      effects.forEach((effect, at) => {
        if (subset & (1 << at)) effect(entries);
      });
      const { storage: after, entries: there } = faultyStorage();
      for (const entry of entries) there.set(...entry);
      const read = await open(after).read();
      if (read?.head === 1) olds += 1;
      expect([OLD, NEXT]).toContainEqual(read);
    }
    expect(olds).toBeGreaterThan(0);
    expect(olds).toBeLessThan(2 ** effects.length);
  });
});

test("two that write at once without a lock leave what one of them wrote, never a mixture", async () => {
  const written = (writer: string, round: number): Stored => ({
    head: `${writer}${round}`,
    sections: {
      set: `${writer}${round}`.repeat(PIECE / 2 + 1),
      // Shared by both, now and then.
      known: `${round % 2}`.repeat(40),
      matches: writer.repeat(PIECE + round),
    },
  });
  const first: Stored = { head: "first", sections: { set: "first" } };
  const all = [first, ...["a", "b"].flatMap((who) => [0, 1, 2].map((at) => written(who, at)))];
  let lost = 0;
  await fc.assert(
    fc.asyncProperty(fc.scheduler(), async (scheduler) => {
      const entries = new Map<string, string>();
      const one = (): TextStorage => ({
        getItem: (name) =>
          scheduler.schedule(Promise.resolve(), `get ${name}`).then(() => entries.get(name)),
        setItem: (name, text) =>
          scheduler.schedule(Promise.resolve(), `set ${name}`).then(() => entries.set(name, text)),
        removeItem: (name) =>
          scheduler.schedule(Promise.resolve(), `remove ${name}`).then(() => entries.delete(name)),
      });
      const direct: TextStorage = {
        getItem: (name) => entries.get(name),
        setItem: (name, text) => entries.set(name, text),
        removeItem: (name) => entries.delete(name),
      };
      await open(direct).write(first);
      const tab = async (writer: string) => {
        const store = open(one());
        for (let round = 0; round < 3; round += 1) {
          await store.write(written(writer, round)).catch((error) => {
            expect(error).toMatchObject({ code: "STORAGE_UNAVAILABLE" });
          });
          const read = await store.read();
          if (read !== null) expect(all).toContainEqual(read);
        }
      };
      await scheduler.waitFor(Promise.all([tab("a"), tab("b")]));
      const read = await open(direct).read();
      if (read === null) lost += 1;
      else expect(all).toContainEqual(read);
      // And it goes on from there.
      await open(direct).write(first);
      expect(await open(direct).read()).toEqual(first);
      await open(direct).clear();
      expect([...entries.keys()]).toEqual([]);
    }),
    { numRuns: runs(40) },
  );
  expect(lost).toBeLessThan(runs(40) / 4);
});

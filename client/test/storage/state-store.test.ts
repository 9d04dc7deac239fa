import { describe, expect, test, vi } from "vitest";
import { openStateStore } from "../../src/storage/state-store.ts";
import type { StateStore, Stored } from "../../src/storage/storage.ts";
import { Crash, type Fault, faultyStorage } from "../support/faulty-storage.ts";

const PIECE = 128 * 1024;

/** Texts of several pieces; the last one is cut where `length` says. */
const long = (mark: string, length: number) =>
  Array.from({ length: Math.ceil(length / 8) }, (_, at) => `${mark}${at}`.padEnd(8, "."))
    .join("")
    .slice(0, length);

const OLDER: Stored = { head: { token: "zero" }, sections: { set: long("z", 10), known: "" } };
const OLD: Stored = {
  head: { token: "one" },
  sections: { set: long("a", PIECE + 7), same: "unchanged", gone: "leaves", known: "k" },
};
const NEXT: Stored = {
  head: { token: "two", names: "Zoë 🙂" },
  sections: { set: long("b", 2 * PIECE), same: "unchanged", known: "kk", delta: "under way" },
};

const open = (storage: Parameters<typeof openStateStore>[0]) =>
  openStateStore(storage, { name: "contact-sync" });

/** Names of pieces that are in the storage. */
const pieces = (entries: ReadonlyMap<string, string>) =>
  [...entries.keys()].filter((name) => name.includes(".piece-"));

/** Pieces that no head names. */
function strays(entries: ReadonlyMap<string, string>) {
  const heads = [...entries].filter(([name]) => name.includes(".head-"));
  const named = heads.flatMap(([, text]) => {
    const { sections } = JSON.parse(text.slice(text.indexOf("{")));
    return Object.values<{ pieces: number[] }>(sections).flatMap((section) => section.pieces);
  });
  return pieces(entries).filter((name) => !named.some((number) => name.endsWith(`-${number}`)));
}

async function prepared() {
  const faulty = faultyStorage();
  const store = open(faulty.storage);
  await store.write(OLDER);
  await store.write(OLD);
  return faulty;
}

describe("a state", () => {
  test("is read as it was written, by another start of the app too", async () => {
    const { storage, largest } = await prepared();
    const store = open(storage);
    expect(await store.read()).toEqual(OLD);
    await store.write(NEXT);
    expect(await store.read()).toEqual(NEXT);
    expect(await open(storage).read()).toEqual(NEXT);
    expect(largest()).toBeLessThanOrEqual(256 * 1024);
  });

  test("is kept in a storage that gives an empty text for what it does not have", async () => {
    const { storage, entries } = faultyStorage();
    const store = open({
      ...storage,
      getItem: async (name) => (await storage.getItem(name)) ?? "",
    });
    expect(await store.read()).toBeNull();
    await store.write(OLD);
    expect(await store.read()).toEqual(OLD);
    await store.clear();
    expect([...entries.keys()]).toEqual([]);
  });

  test("is refused by a storage that gives a text whatever the name", async () => {
    const { storage } = faultyStorage();
    const store = open({ ...storage, getItem: () => "null" });
    expect(await store.read()).toBeNull();
    for (const work of [() => store.write(OLD), () => store.clear()]) {
      await expect(work()).rejects.toMatchObject({ code: "STORAGE_UNAVAILABLE" });
    }
  });

  test("is null where there is none, and after it was cleared, of which nothing stays", async () => {
    const { storage, entries } = await prepared();
    entries.set("contact-sync.other", "mine");
    entries.set("contact-sync-2.head-0", "another's");
    const store = open(storage);
    await store.clear();
    expect(await store.read()).toBeNull();
    expect([...entries.keys()]).toEqual(["contact-sync.other", "contact-sync-2.head-0"]);
    expect(await open(faultyStorage().storage).read()).toBeNull();
    await store.clear();
  });

  test("keeps two states at most, and no piece that neither names", async () => {
    const { storage, entries } = faultyStorage();
    const store = open(storage);
    for (let round = 0; round < 12; round += 1) {
      await store.write({
        head: round,
        sections: { set: long(`${round}`, PIECE * (1 + (round % 3))) },
      });
      expect(pieces(entries).length).toBeLessThanOrEqual(5);
      expect(strays(entries)).toEqual([]);
    }
    expect(await open(storage).read()).toMatchObject({ head: 11 });
  });

  test("whose sections are the same, costs two heads to read and one to write", async () => {
    const { storage, log, fail } = await prepared();
    const store = open(storage);
    await store.read();
    await store.write({ ...OLD, head: 1 });
    fail([]);
    await store.write({ ...OLD, head: 2 });
    expect(log.filter((call) => call.startsWith("set"))).toEqual(["set contact-sync.head-1"]);
    expect(log.filter((call) => call.includes("piece"))).toEqual([]);
    fail([]);
    await store.write({ head: 3, sections: { ...OLD.sections, same: "changed" } });
    expect(log.filter((call) => call.startsWith("set")).length).toBe(2);
    expect(await open(storage).read()).toMatchObject({ head: 3, sections: { same: "changed" } });
  });

  test("is as it was when it was given, whatever becomes of the objects", async () => {
    const { storage } = faultyStorage();
    const store = open(storage);
    const first = store.write(OLD);
    const head = { names: ["a"] };
    const sections: Record<string, string> = { set: "1" };
    const second = store.write({ head, sections });
    head.names.push("b");
    sections["set"] = "2";
    await Promise.all([first, second]);
    expect(await store.read()).toEqual({ head: { names: ["a"] }, sections: { set: "1" } });
  });

  test("takes storages that answer at once, and undefined for nothing", async () => {
    const entries = new Map<string, string>();
    const store = open({
      getItem: (name) => entries.get(name),
      setItem: (name, text) => entries.set(name, text),
      removeItem: (name) => entries.delete(name),
    });
    expect(await store.read()).toBeNull();
    await store.write(NEXT);
    expect(await store.read()).toEqual(NEXT);
  });

  test.each([
    ["a name of a section", { head: 1, sections: { "../x": "" } }],
    ["a name that JavaScript has a meaning for", { head: 1, sections: { ["__proto__"]: "" } }],
    ["text beyond ASCII", { head: 1, sections: { set: `${long("a", 5000)}é` } }],
    ["no text", { head: 1, sections: { set: 5 as unknown as string } }],
    ["a head for a section", { head: "x".repeat(256 * 1024), sections: {} }],
  ])("is refused for %s, and stays what it was", async (_, next) => {
    const { storage, entries } = await prepared();
    const before = new Map(entries);
    const store = open(storage);
    await expect(store.write(next)).rejects.toMatchObject({ code: "INVALID_ARGUMENT" });
    expect(entries).toEqual(before);
    expect(await store.read()).toEqual(OLD);
  });
});

describe("a crash", () => {
  /** How many calls `work` takes on a prepared storage, by a new start or by one that knows. */
  async function callsOf(work: (store: StateStore) => Promise<void>, warm: boolean) {
    const faulty = await prepared();
    const store = open(faulty.storage);
    if (warm) await store.read();
    faulty.fail([]);
    await work(store);
    return { calls: faulty.calls(), log: [...faulty.log] };
  }

  async function afterFault(
    work: (store: StateStore) => Promise<void>,
    warm: boolean,
    fault: Fault,
  ) {
    const faulty = await prepared();
    const store = open(faulty.storage);
    if (warm) await store.read();
    faulty.fail([fault]);
    const error = await work(store).then(
      () => null,
      (thrown) => thrown,
    );
    faulty.restart();
    return { ...faulty, store, error };
  }

  const WHOLE: Fault["how"][] = ["before", "after"];
  const TORN = [0, 1, 21, 40, 300, PIECE - 1].map((torn) => ({ torn }));

  describe.each([true, false])("of a store that has read before: %s", (warm) => {
    test("at any call of a write leaves the old state or the new one", async () => {
      const { log } = await callsOf((store) => store.write(NEXT), warm);
      expect(log.length).toBeGreaterThan(12);
      const outcomes = { old: 0, next: 0 };
      for (const [at, call] of log.entries()) {
        for (const how of call.startsWith("set") ? [...WHOLE, ...TORN] : WHOLE) {
          const { storage, entries, error } = await afterFault((store) => store.write(NEXT), warm, {
            at,
            how,
          });
          const read = await open(storage).read();
          const isNext = JSON.stringify(read) === JSON.stringify(NEXT);
          outcomes[isNext ? "next" : "old"] += 1;
          if (!isNext) expect(read, `${at} ${JSON.stringify(how)}`).toEqual(OLD);
          if (error === null) expect(read).toEqual(NEXT);
          // And what it left is gone after the next write.
          const again = open(storage);
          await again.write({ ...OLD, head: "again" });
          expect(await open(storage).read()).toEqual({ ...OLD, head: "again" });
          expect(strays(entries)).toEqual([]);
          await again.clear();
          expect([...entries.keys()]).toEqual([]);
        }
      }
      expect(outcomes.old).toBeGreaterThan(0);
      expect(outcomes.next).toBeGreaterThan(0);
    });

    test("at any call of a clear leaves the state or nothing", async () => {
      const { calls } = await callsOf((store) => store.clear(), warm);
      for (let at = 0; at < calls; at += 1) {
        for (const how of ["before", "after"] as const) {
          const { storage, entries } = await afterFault((store) => store.clear(), warm, {
            at,
            how,
          });
          expect([OLD, null]).toContainEqual(await open(storage).read());
          await open(storage).clear();
          expect([...entries.keys()]).toEqual([]);
        }
      }
    });

    test("a storage that loses a text and says nothing, is found out: the state stays", async () => {
      const { log } = await callsOf((store) => store.write(NEXT), warm);
      const sets = log.flatMap((call, at) => (call.startsWith("set") ? [at] : []));
      expect(sets.length).toBe(5);
      for (const at of sets) {
        const { storage, store, error } = await afterFault((it) => it.write(NEXT), warm, {
          at,
          how: "lost",
        });
        expect(error).toMatchObject({ code: "STORAGE_UNAVAILABLE" });
        expect(await store.read()).toEqual(OLD);
        expect(await open(storage).read()).toEqual(OLD);
        await store.write(NEXT);
        expect(await open(storage).read()).toEqual(NEXT);
      }
    });

    test("a storage that is full throws so, keeps the state, and is left as it was", async () => {
      const { log } = await callsOf((store) => store.write(NEXT), warm);
      const before = (await prepared()).entries;
      const sets = log.flatMap((call, at) => (call.startsWith("set") ? [at] : []));
      for (const at of sets) {
        const { storage, store, error, entries } = await afterFault((it) => it.write(NEXT), warm, {
          at,
          how: "quota",
        });
        expect(error).toMatchObject({ name: "QuotaExceededError" });
        expect(await store.read()).toEqual(OLD);
        expect(entries).toEqual(before);
        await store.write(NEXT);
        expect(await open(storage).read()).toEqual(NEXT);
      }
    });
  });

  test("a removal that the storage loses is told, and no older state comes back", async () => {
    for (let at = 0; ; at += 1) {
      const { storage, fail, log, restart } = faultyStorage();
      const store = open(storage);
      await store.write(OLDER);
      await store.write(OLD);
      fail([{ at, how: "lost" }]);
      const error = await store.clear().then(
        () => null,
        (thrown: unknown) => thrown,
      );
      const isOver = at >= log.length;
      restart();
      const read = await open(storage).read();
      if (error === null) expect(read).toBeNull();
      else expect([OLD, null]).toContainEqual(read);
      if (isOver) break;
    }
  });

  test("a head torn at any byte is none", async () => {
    const { storage, entries } = await prepared();
    await open(storage).write(NEXT);
    const [current = ""] = [...entries.keys()].filter(
      (name) => name.includes(".head-") && entries.get(name)?.includes("two"),
    );
    const text = entries.get(current) ?? "";
    expect(text.length).toBeGreaterThan(200);
    for (let length = 0; length < text.length; length += 1) {
      entries.set(current, text.slice(0, length));
      expect(await open(storage).read()).toEqual(OLD);
      entries.set(current, `${text.slice(0, length)}~${text.slice(length + 1)}`);
      expect(await open(storage).read()).toEqual(OLD);
    }
  });
});

describe("what is stored", () => {
  test("and was damaged gives the state before, then none", async () => {
    const { storage, entries } = await prepared();
    const store = open(storage);
    await store.write(NEXT);
    const head = (state: Stored) =>
      [...entries].find(([, text]) => text.includes(JSON.stringify(state.head).slice(1, 15)))?.[0];
    entries.set(head(NEXT) as string, "contact-sync state 1 0000000000000000 {}");
    expect(await store.read()).toEqual(OLD);
    entries.delete(head(OLD) as string);
    expect(await store.read()).toBeNull();
    await store.write(NEXT);
    expect(await store.read()).toEqual(NEXT);
    await store.clear();
    expect([...entries.keys()]).toEqual([]);
  });

  test("in every piece, changed, cut, exchanged or gone, is noticed", async () => {
    const kinds = {
      changed: (text: string) => `${text.slice(0, -1)}~`,
      cut: (text: string) => text.slice(0, -1),
      longer: (text: string) => `${text}.`,
      empty: () => "",
      gone: () => null,
    };
    for (const change of Object.values(kinds)) {
      const { storage, entries } = await prepared();
      await open(storage).write(NEXT);
      const { entries: before } = await prepared();
      const added = pieces(entries).filter((name) => entries.get(name) !== before.get(name));
      expect(added.length).toBe(4);
      for (const name of added) {
        const text = entries.get(name) as string;
        const changed = change(text);
        if (changed === null) entries.delete(name);
        else entries.set(name, changed);
        expect(await open(storage).read()).toEqual(OLD);
        // What is damaged is not taken over by the next write either.
        const copy = faultyStorage();
        for (const entry of entries) copy.entries.set(...entry);
        await open(copy.storage).write({ ...NEXT, head: "mended" });
        expect(await open(copy.storage).read()).toEqual({ ...NEXT, head: "mended" });
        entries.set(name, text);
      }
      expect(await open(storage).read()).toEqual(NEXT);
    }
  });

  test.each([
    ["of another version", (text: string) => text.replace("state 1", "state 2")],
    ["of somebody else", () => '{"token":"x"}'],
    ["empty", () => ""],
    ["no text", () => 5 as unknown as string],
  ])("%s is none", async (_, change) => {
    const { storage, entries } = await prepared();
    for (const [name, text] of entries)
      if (name.includes(".head-")) entries.set(name, change(text));
    expect(await open(storage).read()).toBeNull();
    await open(storage).write(NEXT);
    expect(await open(storage).read()).toEqual(NEXT);
    await open(storage).clear();
    expect([...entries.keys()]).toEqual([]);
  });

  test("and can't be read is an error, but for an older state that can", async () => {
    const { storage, entries } = await prepared();
    await open(storage).write(NEXT);
    const unreadable = new Set<string>();
    const strict = {
      ...storage,
      getItem: (name: string) => {
        if (unreadable.has(name)) throw new Error("row too big");
        return storage.getItem(name);
      },
    };
    const { entries: before } = await prepared();
    for (const name of pieces(entries))
      if (entries.get(name) !== before.get(name)) unreadable.add(name);
    expect(unreadable.size).toBe(4);
    expect(await open(strict).read()).toEqual(OLD);
    for (const name of pieces(entries)) unreadable.add(name);
    await expect(open(strict).read()).rejects.toThrow("row too big");
    // It is written over by a new state, and the one that can't be read stays until it is there.
    for (const name of pieces(entries)) unreadable.delete(name);
    for (const name of pieces(entries))
      if (entries.get(name) !== before.get(name)) unreadable.add(name);
    const copy = new Map(entries);
    const fresh = open({
      ...strict,
      setItem: (name, text) => {
        if (!name.includes(".head-")) return storage.setItem(name, text);
        expect(entries.get(name)).toContain('"one"');
        for (const [there, kept] of copy) expect(entries.get(there)).toBe(kept);
        unreadable.clear();
        return storage.setItem(name, text);
      },
    });
    await fresh.write({ ...OLD, head: "after all" });
    expect(await open(storage).read()).toEqual({ ...OLD, head: "after all" });
  });
});

describe("others that write meanwhile", () => {
  test.each([1, 4])("are written over by whoever comes last: after piece %d", async (after) => {
    const { storage, entries } = await prepared();
    const other = open(storage);
    let written = 0;
    const store = open({
      ...storage,
      setItem(name, text) {
        written += 1;
        return storage.setItem(name, text);
      },
      async getItem(name) {
        const text = await storage.getItem(name);
        if (written !== after) return text;
        written += 100;
        await other.write({ head: "theirs", sections: { set: long("t", PIECE * 2) } });
        return text;
      },
    });
    await store.write(NEXT);
    expect(written).toBeGreaterThan(100 + 4);
    expect(await store.read()).toEqual(NEXT);
    expect(await other.read()).toEqual(NEXT);
    expect(strays(entries)).toEqual([]);
  });

  test("all the time are an error, and no endless loop", async () => {
    const { storage } = await prepared();
    const other = open(storage);
    let round = 0;
    const store = open({
      ...storage,
      async setItem(name, text) {
        await storage.setItem(name, text);
        round += 1;
        await other.write({ head: round, sections: {} });
      },
    });
    await expect(store.write(NEXT)).rejects.toMatchObject({ code: "STORAGE_UNAVAILABLE" });
    expect(await store.read()).toEqual({ head: round, sections: {} });
  });

  test("and whose state is damaged, are not trusted", async () => {
    const { storage, entries } = await prepared();
    const store = open(storage);
    await store.read();
    const before = pieces(entries);
    const theirs = { head: "theirs", sections: { ...OLD.sections, known: "theirs" } };
    await open(storage).write(theirs);
    const [added = ""] = pieces(entries).filter((name) => !before.includes(name));
    expect(entries.get(added)).toBe("theirs");
    entries.set(added, "damage");
    await store.write({ ...theirs, head: "mine" });
    expect(await open(storage).read()).toEqual({ ...theirs, head: "mine" });
  });
});

describe("what a crash has left", () => {
  const MANY: Stored = { head: "many", sections: { set: long("m", 24 * PIECE) } };

  test("is found again, however much it is, and when its removal breaks off", async () => {
    for (const stopAt of [5, 20, 31, 32, 33, 40, 45, 50, 54]) {
      const faulty = await prepared();
      const { storage, entries, fail, restart } = faulty;
      const calls = [...(await measured(MANY))];
      const head = calls.findIndex((call) => call.startsWith("set contact-sync.head"));
      fail([{ at: head, how: "before" }]);
      await expect(open(storage).write(MANY)).rejects.toThrow(Crash);
      restart();
      expect(strays(entries).length).toBe(24);
      fail([{ at: stopAt, how: "before" }]);
      await expect(open(storage).write(NEXT)).rejects.toThrow(Crash);
      restart();
      await open(storage).write(NEXT);
      expect(strays(entries)).toEqual([]);
    }
  });

  test("is removed by the store itself, once the storage lets it", async () => {
    const { storage, entries } = await prepared();
    let isFull = true;
    const store = open({
      ...storage,
      setItem(name, text) {
        if (isFull && name.includes(".head-")) throw new Error("full");
        return storage.setItem(name, text);
      },
      removeItem(name) {
        if (isFull) throw new Error("busy");
        return storage.removeItem(name);
      },
    });
    await store.read();
    await store.write(OLD).catch(() => undefined); // what two heads name is known from here on
    isFull = false;
    await store.write(OLD);
    isFull = true;
    await expect(store.write(MANY)).rejects.toThrow("full");
    expect(strays(entries).length).toBe(24);
    isFull = false;
    await store.write({ ...OLD, head: "small" });
    expect(strays(entries)).toEqual([]);
  });

  async function measured(state: Stored) {
    const { storage, fail, log } = await prepared();
    fail([]);
    await open(storage).write(state);
    return log;
  }
});

test("a large state is written and read with many looks at the clock", async () => {
  const { storage } = faultyStorage();
  const texts = { set: "a".repeat(1_000_000) };
  const clock = vi.spyOn(performance, "now");
  await open(storage).write({ head: 1, sections: texts });
  const written = clock.mock.calls.length;
  expect(written).toBeGreaterThan(1_000_000 / 4_096);
  await open(storage).read();
  expect(clock.mock.calls.length - written).toBeGreaterThan(1_000_000 / 4_096);
  clock.mockRestore();
});

test("whoever was stopped by a crash is not trusted by what runs on", async () => {
  const faulty = await prepared();
  const store = open(faulty.storage);
  faulty.fail([{ at: 3, how: "before" }]);
  await expect(store.write(NEXT)).rejects.toThrow(Crash);
  await expect(store.read()).rejects.toThrow(Crash);
  faulty.restart();
  expect(await store.read()).toEqual(OLD);
});

import { mkdtemp, readdir, readFile, rm, stat, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { IDBDatabase, IDBFactory, IDBObjectStore } from "fake-indexeddb";
import { afterAll, afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { encryptedStorage } from "../../src/storage/encrypted-storage.ts";
import { fileStorage } from "../../src/storage/file-storage.ts";
import { indexedDbStorage } from "../../src/storage/indexed-db-storage.ts";
import { type Mmkv, mmkvStorage } from "../../src/storage/mmkv-storage.ts";
import { openStateStore } from "../../src/storage/state-store.ts";
import type { TextStorage } from "../../src/storage/storage.ts";
import { faultyStorage } from "../support/faulty-storage.ts";

type Connection = InstanceType<typeof IDBDatabase>;
type Store = InstanceType<typeof IDBObjectStore>;

let indexedDB = new IDBFactory();
const KEY = "00112233445566778899aabbccddeeff".repeat(2);
const folder = await mkdtemp(join(tmpdir(), "contact-sync-files-"));
afterAll(() => rm(folder, { recursive: true }));

function mmkv(): Mmkv & { readonly entries: Map<string, string> } {
  const entries = new Map<string, string>();
  return {
    entries,
    getString: (key) => entries.get(key),
    set: (key, value) => entries.set(key, value),
    remove: (key) => entries.delete(key),
  };
}

let made = 0;
const STORAGES: [string, () => TextStorage][] = [
  ["mmkvStorage", () => mmkvStorage(mmkv())],
  ["indexedDbStorage", () => indexedDbStorage(`db-${++made}`)],
  ["fileStorage", () => fileStorage(join(folder, `${++made}`, "deep"))],
  ["encryptedStorage", () => encryptedStorage(mmkvStorage(mmkv()), { key: KEY })],
];

beforeEach(() => {
  indexedDB = new IDBFactory();
  vi.stubGlobal("indexedDB", indexedDB);
});
afterEach(() => {
  vi.unstubAllGlobals();
  vi.restoreAllMocks();
});

describe.each(STORAGES)("%s", (_, make) => {
  test("keeps texts by their names", async () => {
    const storage = make();
    expect((await storage.getItem("a.head-0")) ?? null).toBeNull();
    await storage.removeItem("a.head-0");
    const texts = { "a.head-0": "one", "A.head-0": "two", "a/../b": "", é: "Zoë 🙂 \ud83d|\0" };
    for (const [name, text] of Object.entries(texts)) await storage.setItem(name, text);
    for (const [name, text] of Object.entries(texts)) {
      // UTF-8 has no half of a pair; the state is ASCII.
      const kept = await storage.getItem(name);
      expect(kept?.replace("\ufffd", "\ud83d")).toBe(text);
    }
    await storage.setItem("a.head-0", "three");
    expect(await storage.getItem("a.head-0")).toBe("three");
    await storage.removeItem("a.head-0");
    expect((await storage.getItem("a.head-0")) ?? null).toBeNull();
    expect(await storage.getItem("A.head-0")).toBe("two");
  });

  test("keeps a state of several pieces", async () => {
    const store = openStateStore(make(), { name: "contact-sync.user" });
    const state = { head: { token: "t" }, sections: { set: "0123456789abcdef".repeat(40_000) } };
    await store.write(state);
    expect(await store.read()).toEqual(state);
    await store.write({ ...state, head: 2 });
    expect(await store.read()).toEqual({ ...state, head: 2 });
    await store.clear();
    expect(await store.read()).toBeNull();
  });
});

describe("mmkvStorage", () => {
  test("takes older releases, which say delete, and calls methods on their instance", async () => {
    class Older {
      readonly #entries = new Map<string, string>();
      getString(key: string) {
        return this.#entries.get(key);
      }
      set(key: string, value: string) {
        this.#entries.set(key, value);
      }
      delete(key: string) {
        this.#entries.delete(key);
      }
    }
    const storage = mmkvStorage(new Older());
    await storage.setItem("a", "text");
    expect(await storage.getItem("a")).toBe("text");
    await storage.removeItem("a");
    expect(await storage.getItem("a")).toBeUndefined();
  });

  test.each([
    [undefined],
    [{}],
    [class {}],
    [{ getString() {}, set() {} }],
  ])("refuses what is no instance: %s", (other) => {
    expect(() => mmkvStorage(other as unknown as Mmkv)).toThrow(/createMMKV\(\)/);
  });
});

describe("indexedDbStorage", () => {
  const deleteDatabase = (name: string) =>
    new Promise<void>((resolve, reject) => {
      const request = indexedDB.deleteDatabase(name);
      request.onsuccess = () => resolve();
      request.onerror = () => reject(request.error);
    });

  test("opens when it is first needed, once", async () => {
    const open = vi.spyOn(indexedDB, "open");
    const storage = indexedDbStorage();
    expect(open).not.toHaveBeenCalled();
    await Promise.all([storage.setItem("a", "1"), storage.setItem("b", "2")]);
    expect(await storage.getItem("a")).toBe("1");
    expect(open.mock.calls).toEqual([["contact-sync", 1]]);
  });

  test("lets others delete the database, and begins again", async () => {
    const storage = indexedDbStorage("app");
    await storage.setItem("a", "1");
    await deleteDatabase("app");
    expect(await storage.getItem("a")).toBeNull();
    await storage.setItem("a", "2");
    expect(await storage.getItem("a")).toBe("2");
  });

  test("opens again where the browser has closed the connection", async () => {
    const connections: Connection[] = [];
    const { transaction } = IDBDatabase.prototype;
    vi.spyOn(IDBDatabase.prototype, "transaction").mockImplementation(function (
      this: Connection,
      ...given: Parameters<typeof transaction>
    ) {
      connections.push(this);
      return transaction.apply(this, given);
    });
    const storage = indexedDbStorage("app");
    await storage.setItem("a", "1");
    connections[0]?.close();
    expect(await storage.getItem("a")).toBe("1");
    expect(new Set(connections).size).toBe(2);
  });

  test.each([
    ["there is none", () => vi.stubGlobal("indexedDB", undefined)],
    [
      "it is switched off",
      () =>
        vi.stubGlobal("indexedDB", {
          open() {
            throw new DOMException("denied", "SecurityError");
          },
        }),
    ],
  ])("says so where %s, and tries again later", async (_, spoil) => {
    const storage = indexedDbStorage("app");
    spoil();
    await expect(storage.getItem("a")).rejects.toMatchObject({ code: "STORAGE_UNAVAILABLE" });
    await expect(storage.setItem("a", "1")).rejects.toThrow(/private windows/);
    vi.stubGlobal("indexedDB", new IDBFactory());
    await storage.setItem("a", "1");
    expect(await storage.getItem("a")).toBe("1");
  });

  test("says so where the database is another program's", async () => {
    await new Promise((resolve) => {
      const request = indexedDB.open("app", 7);
      request.onsuccess = () => resolve(request.result.close());
    });
    await expect(indexedDbStorage("app").getItem("a")).rejects.toThrow(/another name/);
    await new Promise((resolve) => {
      const request = indexedDB.open("old", 1);
      request.onsuccess = () => resolve(request.result.close());
    });
    await expect(indexedDbStorage("old").getItem("a")).rejects.toThrow(/another name/);
  });

  test("passes on that the disk is full", async () => {
    const storage = indexedDbStorage("app");
    await storage.setItem("a", "1");
    vi.spyOn(IDBObjectStore.prototype, "put").mockImplementation(function (
      this: Store,
      _value: unknown,
      key?: unknown,
    ) {
      const request = this.get(key as string);
      const { transaction } = this;
      Object.defineProperty(transaction, "error", {
        value: new DOMException("full", "QuotaExceededError"),
      });
      transaction.abort();
      return request;
    });
    await expect(storage.setItem("a", "2")).rejects.toMatchObject({ name: "QuotaExceededError" });
    expect(await storage.getItem("a")).toBe("1");
  });
});

describe("fileStorage", () => {
  const inFolder = async (name: string) => {
    const path = join(folder, name);
    return { path, storage: fileStorage(path), files: () => readdir(path) };
  };

  test("writes files that only their owner reads, in a folder likewise", async () => {
    const { path, storage, files } = await inFolder("modes");
    await storage.setItem("contact-sync.head-0", "text");
    expect(await files()).toEqual(["entry-contact-sync.head-0"]);
    expect((await stat(join(path, "entry-contact-sync.head-0"))).mode & 0o777).toBe(0o600);
    expect((await stat(path)).mode & 0o777).toBe(0o700);
    expect(await readFile(join(path, "entry-contact-sync.head-0"), "utf8")).toBe("text");
  });

  test("keeps every name inside of the folder, and apart without capitals too", async () => {
    const { storage, files } = await inFolder("names");
    const names = ["../x", "/etc/x", "..", ".", "", "a\\b", "con", "A", "a", "%0041", "a:b", "x\0"];
    for (const name of names) await storage.setItem(name, `text of ${name}`);
    const there = (await files()).map((name) => name.toLowerCase());
    expect(new Set(there).size).toBe(names.length);
    for (const name of there) expect(name).toMatch(/^entry-[a-z0-9.%-]*$/);
    for (const name of names) expect(await storage.getItem(name)).toBe(`text of ${name}`);
    await expect(storage.setItem("A".repeat(60), "")).rejects.toMatchObject({
      code: "INVALID_ARGUMENT",
    });
  });

  test("replaces a file as a whole, leaves none behind that failed, and removes old ones", async () => {
    const { path, storage, files } = await inFolder("whole");
    await storage.setItem("a", "old");
    const stale = join(path, "entry-a.left.tmp");
    const fresh = join(path, "entry-b.left.tmp");
    await writeFile(stale, "torn");
    await writeFile(fresh, "another process is writing it");
    const yesterday = Date.now() / 1000 - 24 * 60 * 60;
    await utimes(stale, yesterday, yesterday);
    expect(await storage.getItem("a")).toBe("old");
    const next = fileStorage(path);
    await next.setItem("a", "new");
    expect((await files()).sort()).toEqual(["entry-a", "entry-b.left.tmp"]);
    await Promise.all([..."123456"].map((text) => next.setItem("a", text.repeat(100_000))));
    expect(await next.getItem("a")).toMatch(/^(\d)\1{99999}$/);
    expect((await files()).length).toBe(2);
  });

  test("passes on what the file system says", async () => {
    const file = join(folder, "a-file");
    await writeFile(file, "");
    await expect(fileStorage(file).setItem("a", "text")).rejects.toMatchObject({ code: "EEXIST" });
    await expect(fileStorage(file).getItem("a")).rejects.toMatchObject({ code: "ENOTDIR" });
    const nowhere = fileStorage(join(folder, "nowhere"));
    expect(await nowhere.getItem("a")).toBeNull();
    await nowhere.removeItem("a");
  });
});

describe("encryptedStorage", () => {
  const TEXT = "9476e557c9e413deae474978709659f5,".repeat(400);

  async function sealed(text = TEXT, name = "app.piece-0") {
    const { storage, entries } = faultyStorage();
    await encryptedStorage(storage, { key: KEY }).setItem(name, text);
    return { storage, entries, name, cipher: entries.get(name) as string };
  }

  test.each([
    0, 1, 2, 3, 4_093, 4_094, 4_095, 8_188, 8_189, 131_072,
  ])("keeps a text of %d characters, ASCII or not", async (length) => {
    const { storage } = faultyStorage();
    const encrypted = encryptedStorage(storage, { key: KEY });
    for (const unit of ["a", "é"]) {
      await encrypted.setItem("x", unit.repeat(length));
      expect(await encrypted.getItem("x")).toBe(unit.repeat(length));
    }
  });

  test("shows nothing of it, and another text each time, a third longer at most", async () => {
    const { cipher } = await sealed();
    expect(cipher).toMatch(/^contact-sync sealed 1a[A-Za-z0-9+/]+$/);
    expect(cipher).not.toContain("9476e557");
    expect((await sealed()).cipher).not.toBe(cipher);
    expect((await sealed("a".repeat(128 * 1024))).cipher.length).toBeLessThan(128 * 1024 * 1.35);
  });

  test("takes the key as bytes, too", async () => {
    const { storage, name } = await sealed();
    const key = Uint8Array.from(Buffer.from(KEY, "hex"));
    const encrypted = encryptedStorage(storage, { key });
    key.fill(0); // it has a copy
    expect(await encrypted.getItem(name)).toBe(TEXT);
  });

  test("reads nothing under another key, of another name, or as it is", async () => {
    const { storage, entries, name, cipher } = await sealed();
    const other = encryptedStorage(storage, { key: KEY.replace("0", "1") });
    expect(await other.getItem(name)).toBeNull();
    entries.set("app.piece-1", cipher);
    const same = encryptedStorage(storage, { key: KEY });
    expect(await same.getItem("app.piece-1")).toBeNull();
    expect(await same.getItem(name)).toBe(TEXT);
    for (const plain of ["", "{}", TEXT, "contact-sync state 1 0 {}", "contact-sync sealed 1a"]) {
      entries.set(name, plain);
      expect(await same.getItem(name)).toBeNull();
    }
  });

  test("reads nothing where as much as a character was changed, moved or cut off", async () => {
    const { storage, entries, name, cipher } = await sealed();
    const encrypted = encryptedStorage(storage, { key: KEY });
    const begin = "contact-sync sealed 1a".length + 24;
    const part = (4_110 / 3) * 4;
    const parts = [0, 1, 2, 3].map((at) =>
      cipher.slice(begin + at * part, begin + (at + 1) * part),
    );
    const head = cipher.slice(0, begin);
    expect(head + parts.join("")).toBe(cipher);
    const others = [
      head + parts[1] + parts[0] + parts[2] + parts[3],
      head + parts[0] + parts[1] + parts[3],
      head + parts[0] + parts[1] + parts[2],
      head + parts[0],
      head,
      `${cipher}AAAA`,
      `${cipher}${parts[3]}`,
      cipher.replace("sealed 1a", "sealed 1u"),
    ];
    for (let at = 0; at < cipher.length; at += 97) {
      const letter = cipher[at] === "A" ? "B" : "A";
      others.push(cipher.slice(0, at) + letter + cipher.slice(at + 1));
      others.push(cipher.slice(0, at));
    }
    // The last character has bits that belong to no byte.
    others.push(cipher.slice(0, -1) + (cipher.endsWith("A") ? "B" : "A"));
    for (const other of others) {
      entries.set(name, other);
      expect(await encrypted.getItem(name)).toBeNull();
    }
    entries.set(name, cipher);
    expect(await encrypted.getItem(name)).toBe(TEXT);
  });

  test("makes a state of another key none, and the next write begins anew", async () => {
    const { storage, entries } = faultyStorage();
    const state = { head: 1, sections: { set: TEXT } };
    const first = openStateStore(encryptedStorage(storage, { key: KEY }), { name: "app" });
    await first.write(state);
    const key = KEY.replace("0", "1");
    const second = openStateStore(encryptedStorage(storage, { key }), { name: "app" });
    expect(await second.read()).toBeNull();
    await second.write({ ...state, head: 2 });
    expect(await second.read()).toEqual({ ...state, head: 2 });
    await second.clear();
    expect([...entries.keys()]).toEqual([]);
    // Also where less was written since, and where nothing was.
    await first.write({ head: 1, sections: { set: "x".repeat(600_000) } });
    await second.write(state);
    await second.clear();
    expect([...entries.keys()]).toEqual([]);
    await first.write({ head: 1, sections: { set: "x".repeat(600_000) } });
    await second.clear();
    expect([...entries.keys()]).toEqual([]);
  });

  test("draws from the generator it is given, and from none that gives too little", async () => {
    const { storage } = faultyStorage();
    const lengths: number[] = [];
    const encrypted = encryptedStorage(storage, {
      key: KEY,
      randomBytes(length) {
        lengths.push(length);
        return new Uint8Array(length);
      },
    });
    await encrypted.setItem("a", "text");
    expect(lengths).toEqual([18]);
    const short = encryptedStorage(storage, { key: KEY, randomBytes: () => new Uint8Array(4) });
    await expect(short.setItem("a", "text")).rejects.toThrow(/randomBytes/);
    vi.stubGlobal("crypto", undefined);
    const none = encryptedStorage(storage, { key: KEY });
    await expect(none.setItem("a", "text")).rejects.toThrow(/react-native-get-random-values/);
    vi.unstubAllGlobals();
  });

  test.each([
    ["short"],
    [new Uint8Array(31)],
    ["g".repeat(64)],
    [undefined],
  ])("refuses a key that is none: %s", (key) => {
    expect(() => encryptedStorage(faultyStorage().storage, { key: key as string })).toThrow(
      /32 bytes/,
    );
  });
});

import { ContactSyncError } from "../protocol/errors.ts";
import type { TextStorage } from "./storage.ts";

// What is used of IndexedDB: named here, since the server compiles this package without a browser's
// types.
interface DbRequest<Result = unknown> {
  readonly result: Result;
  readonly error: unknown;
  onsuccess: (() => void) | null;
  onerror: (() => void) | null;
}
interface DbStore {
  get(key: string): DbRequest;
  put(value: string, key: string): DbRequest;
  delete(key: string): DbRequest;
}
interface DbTransaction {
  readonly error: unknown;
  oncomplete: (() => void) | null;
  onabort: (() => void) | null;
  objectStore(name: string): DbStore;
}
interface Db {
  onclose: (() => void) | null;
  onversionchange: (() => void) | null;
  close(): void;
  createObjectStore(name: string): unknown;
  transaction(store: string, mode: Mode, options: { durability: "strict" }): DbTransaction;
}
interface DbOpening extends DbRequest<Db> {
  onupgradeneeded: (() => void) | null;
}
interface Platform {
  readonly indexedDB: { open(name: string, version: number): DbOpening };
}
type Mode = "readonly" | "readwrite";

const STORE = "texts";

/**
 * Keeps the state in the browser's IndexedDB, in a database of its own, which is opened when it is
 * first needed, and again where the browser has closed it.
 *
 * @param databaseName default `contact-sync`
 */
export function indexedDbStorage(databaseName = "contact-sync"): TextStorage {
  let opened: Promise<Db> | null = null;

  function open(): Promise<Db> {
    opened ??= openDatabase(databaseName, () => {
      opened = null;
    }).catch((error: unknown) => {
      opened = null; // the next call tries again
      throw error;
    });
    return opened;
  }

  async function run(mode: Mode, ask: (store: DbStore) => DbRequest): Promise<unknown> {
    const database = await open();
    let transaction: DbTransaction;
    try {
      transaction = begin(database, mode);
    } catch (error) {
      if ((error as Error).name !== "InvalidStateError") throw unusable(error);
      opened = null; // closed by the browser, as after a long sleep
      transaction = begin(await open(), mode);
    }
    return finished(transaction, ask(transaction.objectStore(STORE)));
  }

  return {
    getItem: (name) => run("readonly", (store) => store.get(name)).then(textOrNull),
    setItem: (name, text) => run("readwrite", (store) => store.put(text, name)),
    removeItem: (name) => run("readwrite", (store) => store.delete(name)),
  };
}

function begin(database: Db, mode: Mode): DbTransaction {
  // On the disk when it says so, not only in the system's memory.
  return database.transaction(STORE, mode, { durability: "strict" });
}

function textOrNull(stored: unknown): string | null {
  return typeof stored === "string" ? stored : null;
}

function openDatabase(name: string, onClosed: () => void): Promise<Db> {
  return new Promise((resolve, reject) => {
    let request: DbOpening;
    try {
      request = (globalThis as unknown as Platform).indexedDB.open(name, 1);
    } catch (error) {
      reject(unusable(error)); // there is none, or it is switched off
      return;
    }
    request.onupgradeneeded = () => request.result.createObjectStore(STORE);
    request.onerror = () => reject(unusable(request.error));
    request.onsuccess = () => {
      const database = request.result;
      database.onclose = onClosed;
      // Somebody deletes it, or has a newer version: whoever holds on would block them for ever.
      database.onversionchange = () => {
        database.close();
        onClosed();
      };
      resolve(database);
    };
  });
}

/** The request's result, once its transaction is complete. */
function finished(transaction: DbTransaction, request: DbRequest): Promise<unknown> {
  return new Promise((resolve, reject) => {
    transaction.oncomplete = () => resolve(request.result);
    // As it is: QuotaExceededError where the disk or the site's share is full.
    transaction.onabort = () => reject(transaction.error ?? request.error ?? unusable(undefined));
  });
}

function unusable(cause: unknown): ContactSyncError {
  const name = (cause as { name?: unknown } | null | undefined)?.name;
  const why =
    name === "VersionError" || name === "NotFoundError"
      ? "its database is another program's: give indexedDbStorage another name"
      : "IndexedDB is not there or is switched off, as in some browsers' private windows";
  return new ContactSyncError("STORAGE_UNAVAILABLE", why, { cause });
}

import type { Slices } from "../slices/slices.ts";

/**
 * Where the state is kept: texts by name, in the app's own storage. AsyncStorage of React Native and
 * `localStorage` are one as they are; for others there are `mmkvStorage`, `indexedDbStorage` and
 * `fileStorage`.
 */
export interface TextStorage {
  /** Null or undefined where there is none. */
  getItem(name: string): string | null | undefined | Promise<string | null | undefined>;
  setItem(name: string, text: string): unknown;
  removeItem(name: string): unknown;
}

/** What is kept, in parts: one that has not changed is not written again. */
export interface Stored {
  /** Small, and written each time, last of all. Whatever JSON holds. */
  readonly head: unknown;
  /** Large texts (ASCII) by their names. */
  readonly sections: Readonly<Record<string, string>>;
}

/**
 * Texts that belong together, of which a crash at any byte leaves the old ones or the new ones, all
 * of them.
 */
export interface StateStore {
  /**
   * Null where there is nothing, or nothing that is whole. Reads anew each time.
   *
   * @param slices of a caller who works in slices; ones that nothing ends
   */
  read(slices?: Slices): Promise<Stored | null>;
  /** Keeps it in place of what was there. Sections whose text is what it was stay as they are. */
  write(next: Stored, slices?: Slices): Promise<void>;
  /** Removes all of it. */
  clear(): Promise<void>;
}

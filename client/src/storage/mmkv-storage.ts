import { ContactSyncError } from "../protocol/errors.ts";
import type { TextStorage } from "./storage.ts";

/** What is used of an instance of `react-native-mmkv`. */
export interface Mmkv {
  getString(key: string): string | undefined;
  set(key: string, value: string): void;
  /** Since version 4. */
  remove?(key: string): unknown;
  /** Until version 3. */
  delete?(key: string): unknown;
}

/**
 * Keeps the state in an instance of `react-native-mmkv`.
 *
 * @throws ContactSyncError `INVALID_ARGUMENT`, where it is none
 * @example
 * import { createMMKV } from "react-native-mmkv";
 * createFriendFinder({ …, storage: mmkvStorage(createMMKV({ id: "contact-sync" })) });
 */
export function mmkvStorage(mmkv: Mmkv): TextStorage {
  if (
    typeof mmkv?.getString !== "function" ||
    typeof mmkv.set !== "function" ||
    (typeof mmkv.remove !== "function" && typeof mmkv.delete !== "function")
  ) {
    throw new ContactSyncError(
      "INVALID_ARGUMENT",
      "mmkvStorage takes an instance: createMMKV() of react-native-mmkv 4, new MMKV() of older ones",
    );
  }
  return {
    getItem: (name) => mmkv.getString(name),
    setItem: (name, text) => mmkv.set(name, text),
    removeItem: (name) =>
      typeof mmkv.remove === "function" ? mmkv.remove(name) : mmkv.delete?.(name),
  };
}

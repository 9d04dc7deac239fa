import { ContactSyncError } from "./errors.ts";

/** What a user may choose about being found by their number, each as they may be asked. */
export const DISCOVERABLE = {
  everybody: "Everybody who has my number finds me.",
  mutual: "Only those find me whose number I have in my own address book.",
  nobody: "Nobody finds me by my number.",
} as const;

export type Discoverable = keyof typeof DISCOVERABLE;

/**
 * For packages on top of this one.
 *
 * @throws ContactSyncError `INVALID_ARGUMENT`
 */
export function assertDiscoverable(value: unknown, name: string): Discoverable {
  if (typeof value === "string" && Object.hasOwn(DISCOVERABLE, value)) return value as Discoverable;
  throw new ContactSyncError("INVALID_ARGUMENT", `${name} must be everybody, mutual or nobody`);
}

import { ContactSyncError, isContactSyncError, MAX_CONTACTS_PER_CALL } from "@contact-sync/client";
import { invalid } from "./arguments.ts";

// What a caller hands over is read once, at the start: what a getter or a proxy throws is then the
// caller's error and not ours, and nothing can change between the check and the use.

/**
 * The list of one call, its holes filled with undefined: a hole would shift what is counted by
 * position.
 *
 * @throws ContactSyncError `INVALID_ARGUMENT`; `CONTACTS_LIMIT_EXCEEDED`, with the limit and what
 *   was received
 */
export function readList<Entry>(list: readonly Entry[], name: string): Entry[] {
  return reading(name, () => {
    if (!Array.isArray(list)) throw invalid(`${name} must be an array`);
    const received = list.length;
    assertCallSize(received);
    return Array.from({ length: received }, (_, index) => list[index] as Entry);
  });
}

/**
 * That one call has no more contacts than it may: entries, and the numbers in them, which may be
 * more.
 *
 * @throws ContactSyncError `CONTACTS_LIMIT_EXCEEDED`, with the limit and what was received
 */
export function assertCallSize(received: number): void {
  if (received > MAX_CONTACTS_PER_CALL) {
    throw new ContactSyncError(
      "CONTACTS_LIMIT_EXCEEDED",
      `at most ${MAX_CONTACTS_PER_CALL} contacts a call, received ${received}; pass an async iterable, or chunks of a merge`,
      { details: { limit: MAX_CONTACTS_PER_CALL, received } },
    );
  }
}

export function isAsyncIterable<Entry>(
  value: readonly Entry[] | AsyncIterable<Entry>,
): value is AsyncIterable<Entry> {
  return reading(
    "the list",
    () =>
      typeof value === "object" &&
      value !== null &&
      typeof (value as AsyncIterable<Entry>)[Symbol.asyncIterator] === "function",
  );
}

function reading<Result>(name: string, read: () => Result): Result {
  try {
    return read();
  } catch (cause) {
    if (isContactSyncError(cause)) throw cause;
    throw new ContactSyncError("INVALID_ARGUMENT", `${name} can't be read`, { cause });
  }
}

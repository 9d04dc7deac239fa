import { ContactSyncError } from "../protocol/errors.ts";
import type { DeviceContact } from "./source.ts";

/** Gives page after page, then null. */
export interface PageReader {
  next(): Promise<readonly DeviceContact[] | null>;
  /** Called once, at the end, however it comes. */
  stop?(): unknown;
}

/**
 * What names an object's async iterator. An old engine (Hermes 0.12) has no symbol for it, and what
 * Babel makes of `for await` looks for a text there.
 */
export const ASYNC_ITERATOR: typeof Symbol.asyncIterator =
  Symbol.asyncIterator ?? ("@@asyncIterator" as never);

/**
 * Pages as an iterable. Not an async generator: old engines have none, and what stands in for it is
 * larger than this.
 */
export function pagesOf(begin: () => PageReader): AsyncIterable<readonly DeviceContact[]> {
  return {
    [ASYNC_ITERATOR]() {
      const reader = begin();
      let isOver = false;
      const end = async () => {
        if (isOver) return;
        isOver = true;
        await reader.stop?.();
      };
      return {
        async next() {
          if (isOver) return { done: true, value: undefined };
          try {
            const page = await reader.next();
            if (page !== null) return { done: false, value: page };
          } catch (error) {
            await end();
            throw error;
          }
          await end();
          return { done: true, value: undefined };
        },
        async return() {
          await end();
          return { done: true, value: undefined };
        },
      };
    },
  };
}

/**
 * The same pages; but where access to all contacts has ended by the last one, it throws: libraries
 * may give fewer cards then, or none, without a word.
 */
export function lastingAccess(reader: PageReader, isStillFull: () => Promise<boolean>): PageReader {
  return {
    async next() {
      const page = await reader.next();
      if (page === null && !(await isStillFull())) {
        throw new ContactSyncError(
          "CONTACTS_UNAVAILABLE",
          "access to all contacts ended while they were read",
        );
      }
      return page;
    },
    stop: () => reader.stop?.(),
  };
}

export const NO_PAGES: AsyncIterable<readonly DeviceContact[]> = pagesOf(() => ({
  next: async () => null,
}));

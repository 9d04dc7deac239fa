import { readFileSync } from "node:fs";
import { isContactSyncError } from "@contact-sync/client";
import { readCsv } from "../../src/readers/csv/csv.ts";
import type { ReadColumns, UnreadablePlace } from "../../src/readers/text/address-book-entry.ts";

const FIXTURES = new URL("../fixtures/address-books/", import.meta.url);

export function fixture(name: string): Buffer {
  return readFileSync(new URL(name, FIXTURES));
}

/** A stream of one chunk, or of chunks cut at the given positions. */
export async function* streamOf(
  content: string | Buffer,
  cuts: readonly number[] = [],
): AsyncGenerator<Buffer> {
  const bytes = typeof content === "string" ? Buffer.from(content) : content;
  const ends = [...cuts, bytes.length].sort((a, b) => a - b);
  let at = 0;
  for (const end of ends) {
    yield bytes.subarray(at, end);
    at = end;
  }
}

export async function collect<T>(entries: AsyncIterable<T>): Promise<T[]> {
  const collected: T[] = [];
  for await (const entry of entries) {
    collected.push(entry);
  }
  return collected;
}

export interface Reading<T> {
  readonly entries: readonly T[];
  readonly unreadable: readonly UnreadablePlace[];
}

/** What a reader gives and what it reports. */
export async function reading<T>(
  read: (options: { onUnreadable: (place: UnreadablePlace) => void }) => AsyncIterable<T>,
): Promise<Reading<T>> {
  const unreadable: UnreadablePlace[] = [];
  const entries = await collect(read({ onUnreadable: (place) => unreadable.push(place) }));
  return { entries, unreadable };
}

/** The error that reading ends with: `code` and `message` as a command would print them. */
export async function failure(entries: AsyncIterable<unknown>): Promise<{
  code: string;
  message: string;
  line: unknown;
  cause: unknown;
}> {
  try {
    await collect(entries);
  } catch (error) {
    if (isContactSyncError(error)) {
      const { code, message, details, cause } = error;
      return { code, message, line: details?.["line"], cause };
    }
    throw error;
  }
  throw new Error("The reader was expected to fail.");
}

export const phonesOf = (entries: readonly { phone?: string }[]) =>
  entries.map(({ phone }) => phone);

/** What is read of a CSV file, and of which columns. */
export async function readColumns(
  text: string | Buffer,
  columns?: readonly (string | number)[],
): Promise<ReadColumns & { phones: string[] }> {
  let told: ReadColumns | undefined;
  const phones: string[] = [];
  const options = { columns, onColumns: (read: ReadColumns) => (told = read) };
  for await (const { phone } of readCsv(streamOf(text), options)) phones.push(phone);
  if (told === undefined) throw new Error("The columns were not told.");
  return { ...told, phones };
}

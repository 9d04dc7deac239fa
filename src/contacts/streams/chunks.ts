import {
  ContactSyncError,
  isContactSyncError,
  MAX_CONTACTS_PER_STREAM,
  RECOMMENDED_CHUNK_CONTACTS,
} from "@contact-sync/client";

/** Some entries of a stream that travel and commit together. */
export interface Chunk<Entry> {
  /** Position of the first one in the stream. */
  readonly first: number;
  readonly entries: Entry[];
}

/** What of a stream stands when it fails in the middle, in words that end a message. */
export type Kept = "the chunks before that are stored" | "nothing of it is stored";

/**
 * Cuts a stream into chunks of 5,000, the guide's recommendation for large lists.
 *
 * @throws ContactSyncError `CONTACTS_LIMIT_EXCEEDED` beyond 1,000,000 entries, `INVALID_ARGUMENT`
 *   when the stream itself fails
 */
export async function* chunksOf<Entry>(
  stream: AsyncIterable<Entry>,
  kept: Kept = "the chunks before that are stored",
): AsyncGenerator<Chunk<Entry>> {
  let first = 0;
  let entries: Entry[] = [];
  for await (const entry of readable(stream, kept)) {
    if (first + entries.length === MAX_CONTACTS_PER_STREAM) {
      throw new ContactSyncError(
        "CONTACTS_LIMIT_EXCEEDED",
        `at most ${MAX_CONTACTS_PER_STREAM} contacts a stream; ${kept}`,
        { details: { limit: MAX_CONTACTS_PER_STREAM } },
      );
    }
    entries.push(entry);
    if (entries.length === RECOMMENDED_CHUNK_CONTACTS) {
      yield { first, entries };
      first += entries.length;
      entries = [];
    }
  }
  if (entries.length > 0) yield { first, entries };
}

/** The stream, with what it throws as an error of ours. One of ours already passes as it is. */
async function* readable<Entry>(stream: AsyncIterable<Entry>, kept: Kept): AsyncGenerator<Entry> {
  let read = 0;
  try {
    for await (const entry of stream) {
      yield entry;
      read += 1;
    }
  } catch (cause) {
    if (isContactSyncError(cause)) throw cause;
    throw new ContactSyncError(
      "INVALID_ARGUMENT",
      `the stream failed after ${read} entries; ${kept}`,
      { cause, index: read },
    );
  }
}

import { readOptions } from "@contact-sync/client";
import { READ_OPTIONS, type ReadOptions } from "../text/address-book-entry.ts";
import type { ByteStream } from "../text/byte-stream.ts";
import { JsonFields } from "./json-fields.ts";
import { readJsonLines } from "./json-lines.ts";

/**
 * One contact of an NDJSON file. It has a phone or a phone hash; the other fields are as they stand
 * in the file, unchecked beyond their JSON type, and absent where they are absent there.
 */
export interface NdjsonEntry {
  /** In any notation. */
  readonly phone?: string;
  readonly phoneHash?: string;
  readonly isFavorite?: boolean | null;
  readonly lastInteraction?: string | null;
  readonly ownerId?: string | null;
  readonly linkedUserId?: string | null;
  /** The line of the file, from 1. */
  readonly line: number;
}

/**
 * Reads rows of a bulk insert, one JSON value a line: a text is a phone number, an object has
 * `phone` (also `phone_number`, `phoneNumber`, `number`) or `phone_hash`, and may have `is_favorite`,
 * `last_interaction`, `owner_id` and `linked_user_id`; camelCase is read as well. Other fields are
 * ignored. A row with neither number nor hash is reported to `onUnreadable` and left out.
 *
 * @throws ContactSyncError `UNREADABLE_FILE` with the line, never with what stands on it
 */
export async function* readNdjson(
  source: ByteStream,
  options?: ReadOptions,
): AsyncGenerator<NdjsonEntry, void, undefined> {
  const { onUnreadable } = readOptions(options, READ_OPTIONS);
  for await (const { value, line } of readJsonLines(source)) {
    const entry = typeof value === "string" ? { phone: value, line } : contactOf(value, line);
    if (entry === undefined) {
      onUnreadable?.({ line, reason: "NO_NUMBER" });
    } else {
      yield entry;
    }
  }
}

/** Undefined where it has neither a number nor a hash. */
function contactOf(value: unknown, line: number): NdjsonEntry | undefined {
  const fields = new JsonFields(value, line);
  const phone = fields.phone();
  const phoneHash = fields.text("phone_hash", "phoneHash");
  if (isMissing(phone) && isMissing(phoneHash)) {
    return undefined;
  }
  return present({
    phone: phone ?? undefined,
    phoneHash: phoneHash ?? undefined,
    isFavorite: fields.flag("is_favorite", "isFavorite"),
    lastInteraction: fields.text("last_interaction", "lastInteraction"),
    ownerId: fields.id("owner_id", "ownerId"),
    linkedUserId: fields.id("linked_user_id", "linkedUserId"),
    line,
  });
}

function isMissing(text: string | null | undefined): boolean {
  return text === undefined || text === null || text.trim() === "";
}

type Present<T> = { [Key in keyof T as undefined extends T[Key] ? never : Key]: T[Key] } & {
  [Key in keyof T as undefined extends T[Key] ? Key : never]?: Exclude<T[Key], undefined>;
};

function present<T extends object>(fields: T): Present<T> {
  const entries = Object.entries(fields).filter(([, value]) => value !== undefined);
  return Object.fromEntries(entries) as Present<T>;
}

import { ContactSyncError } from "../protocol/errors.ts";
import type { Slices } from "../slices/slices.ts";
import { checksumOf } from "./checksum.ts";

/** Changes with what a head or the pieces mean; whoever meets another one begins anew. */
const FORMAT = "contact-sync state 1";

/** What an entry of the storage may hold, in bytes: far below the 2 MB that Android's stores refuse. */
export const MAX_ENTRY = 256 * 1024;

/** Where the text of a section is, and what it must be. */
export interface SectionPlace {
  readonly length: number;
  readonly checksum: string;
  /** The numbers of its pieces, in order. */
  readonly pieces: readonly number[];
}

/** Names all that belongs to one state: it is written last, and makes the state the current one. */
export interface Head {
  /** Of two heads the one that was written later has the larger one. */
  readonly sequence: number;
  /** Above every number of a piece that may have been there when the head was written. */
  readonly above: number;
  readonly content: unknown;
  readonly sections: Readonly<Record<string, SectionPlace>>;
}

/**
 * The text of a head: ASCII, with a checksum in front.
 *
 * @throws ContactSyncError `INVALID_ARGUMENT`, where the content is too large for a head
 */
export async function writeHead(head: Head, slices: Slices): Promise<string> {
  const json = JSON.stringify(head).replace(
    /[\u0080-\uffff]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
  const text = `${FORMAT} ${await checksumOf(json, slices)} ${json}`;
  if (text.length > MAX_ENTRY) {
    throw new ContactSyncError(
      "INVALID_ARGUMENT",
      `the head of a state takes at most ${MAX_ENTRY} bytes of JSON; what is large is a section's`,
    );
  }
  return text;
}

/** Null where it is no head of this format, or not the whole of one. */
export async function readHead(text: string, slices: Slices): Promise<Head | null> {
  if (!text.startsWith(`${FORMAT} `)) return null;
  const from = FORMAT.length + 1;
  const space = text.indexOf(" ", from);
  if (space < 0) return null;
  const json = text.slice(space + 1);
  if ((await checksumOf(json, slices)) !== text.slice(from, space)) return null;
  try {
    return JSON.parse(json) as Head;
  } catch {
    return null;
  }
}

/** The numbers of all pieces that it names. */
export function piecesOf(head: Head | null): number[] {
  return head === null ? [] : Object.values(head.sections).flatMap(({ pieces }) => pieces);
}

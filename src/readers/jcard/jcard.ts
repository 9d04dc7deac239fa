import { readOptions } from "@contact-sync/client";
import { type JsonToken, JsonTokens, textOf } from "../json/json-tokens.ts";
import {
  type AddressBookEntry,
  entriesOf,
  READ_OPTIONS,
  type ReadOptions,
  type UnreadableReason,
} from "../text/address-book-entry.ts";
import type { ByteStream } from "../text/byte-stream.ts";
import { textBytes } from "../text/text-bytes.ts";
import { unreadableFile } from "../text/unreadable-file.ts";
import { isPhoneProperty, withoutScheme } from "../vcard/vcard-phone.ts";

/**
 * Reads the numbers of jCards (RFC 7095) in constant memory: one card, an array of cards, or a card
 * a line.
 *
 * @throws ContactSyncError `UNREADABLE_FILE`: no JSON from the line that it names on, or no card
 */
export async function* readJcards(
  source: ByteStream,
  options?: ReadOptions,
): AsyncGenerator<AddressBookEntry, void, undefined> {
  const { onUnreadable } = readOptions(options, READ_OPTIONS);
  const tokens = new JsonTokens();
  const cards = new CardReader((line, reason) => onUnreadable?.({ line, reason }));
  for await (const chunk of textBytes(source)) {
    // Not `yield*`, which in an async generator waits once more for each token.
    for (const token of tokens.push(chunk)) {
      for (const entry of cards.read(token)) {
        yield entry;
      }
    }
  }
  for (const token of tokens.end()) {
    yield* cards.read(token);
  }
  cards.end();
}

/**
 * An array or object that is open. A card is ["vcard", [property, …]], a property
 * ["tel", {parameters}, "uri", value, …].
 */
interface Frame {
  holds: "cards or a card" | "a card" | "properties" | "a property" | "nothing";
  /** How many values stand in it so far. */
  count: number;
  /** It is a property with a telephone number. */
  isPhone: boolean;
}

/** Behind name, parameters and type. */
const FIRST_VALUE = 3;

class CardReader {
  readonly #report: (line: number, reason: UnreadableReason) => void;
  readonly #frames: Frame[] = [];
  #sawCard = false;

  constructor(report: (line: number, reason: UnreadableReason) => void) {
    this.#report = report;
  }

  *read(token: JsonToken): Generator<AddressBookEntry, void, undefined> {
    const frame = this.#frames.at(-1);
    if (token.kind === "key") {
      return;
    }
    if (token.kind === "}" || token.kind === "]") {
      this.#frames.pop();
      return;
    }
    if (token.kind === "{" || token.kind === "[") {
      this.#frames.push({ holds: opened(frame, token.kind === "["), count: 0, isPhone: false });
    } else if (frame !== undefined) {
      yield* this.#readScalar(frame, token);
    }
    if (frame !== undefined) {
      frame.count += 1;
    }
  }

  /** Settles what only the end of the file shows. */
  end(): void {
    if (!this.#sawCard) {
      throw unreadableFile('There is no jCard (["vcard", [ … ]]) in this file.');
    }
  }

  *#readScalar(frame: Frame, token: JsonToken): Generator<AddressBookEntry, void, undefined> {
    const isText = token.kind === "text";
    if (frame.holds === "cards or a card") {
      if (isText && frame.count === 0 && textOf(token).toLowerCase() === "vcard") {
        frame.holds = "a card";
        this.#sawCard = true;
      }
    } else if (frame.holds === "a property" && isText) {
      if (frame.count === 0) {
        frame.isPhone = isPhoneProperty(textOf(token).toUpperCase());
      } else if (frame.isPhone && frame.count >= FIRST_VALUE) {
        yield* this.#readPhone(token);
      }
    }
  }

  *#readPhone(token: JsonToken): Generator<AddressBookEntry, void, undefined> {
    if (token.tooLong) {
      this.#report(token.line, "LINE_TOO_LONG");
    } else {
      yield* entriesOf(withoutScheme(textOf(token).trim()), token.line);
    }
  }
}

function opened(parent: Frame | undefined, isArray: boolean): Frame["holds"] {
  if (!isArray) {
    return "nothing";
  }
  switch (parent?.holds) {
    case undefined:
    case "cards or a card":
      return "cards or a card";
    case "a card":
      return parent.count === 1 ? "properties" : "nothing";
    case "properties":
      return "a property";
    default:
      return "nothing";
  }
}

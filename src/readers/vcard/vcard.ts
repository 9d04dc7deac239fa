import { readOptions } from "@contact-sync/client";
import {
  type AddressBookEntry,
  entriesOf,
  READ_OPTIONS,
  type ReadOptions,
  type UnreadableReason,
} from "../text/address-book-entry.ts";
import type { ByteStream } from "../text/byte-stream.ts";
import { LineSplitter } from "../text/line-splitter.ts";
import { textBytes } from "../text/text-bytes.ts";
import { unreadableFile } from "../text/unreadable-file.ts";
import { type ContentLine, ContentLines, MAX_CONTENT_LINE_BYTES } from "./vcard-content-lines.ts";
import { isPhoneProperty, phoneOf, phoneOfMessenger } from "./vcard-phone.ts";
import { parseProperty, unescapeText, type VcardProperty } from "./vcard-property.ts";

/**
 * Reads the numbers of vCards 2.1, 3.0 and 4.0, any number of cards, in constant memory.
 *
 * Nothing in a card stops the reading: what cannot be read is reported to `onUnreadable` and left
 * out. A card inside a card (AGENT) gives its numbers like any other.
 *
 * @throws ContactSyncError `UNREADABLE_FILE`, at the end, if there was no vCard at all
 */
export async function* readVcards(
  source: ByteStream,
  options?: ReadOptions,
): AsyncGenerator<AddressBookEntry, void, undefined> {
  const { onUnreadable } = readOptions(options, READ_OPTIONS);
  const lines = new LineSplitter(MAX_CONTENT_LINE_BYTES);
  const contentLines = new ContentLines(isWanted);
  const cards = new CardReader((line, reason) => onUnreadable?.({ line, reason }));
  for await (const chunk of textBytes(source)) {
    // Not `yield*`, which in an async generator waits for each line, also for those without a number.
    for (const line of lines.push(chunk)) {
      for (const entry of cards.read(contentLines.next(line))) {
        yield entry;
      }
    }
  }
  for (const line of lines.end()) {
    yield* cards.read(contentLines.next(line));
  }
  yield* cards.read(contentLines.end());
  cards.end();
}

/** An agent's agent is rare; what claims to lie deeper is a card that follows. */
const DEEPEST_CARD = 16;

const CARD_PROPERTIES = new Set(["BEGIN", "END", "AGENT", "IMPP"]);

function isWanted(name: string): boolean {
  return CARD_PROPERTIES.has(name) || isPhoneProperty(name);
}

class CardReader {
  readonly #report: (line: number, reason: UnreadableReason) => void;
  /** The lines on which the cards begin that have not ended, the innermost last. */
  readonly #open: number[] = [];
  #agentFollows = false;
  #sawCard = false;

  constructor(report: (line: number, reason: UnreadableReason) => void) {
    this.#report = report;
  }

  *read(line: ContentLine | undefined): Generator<AddressBookEntry, void, undefined> {
    if (line === undefined) {
      return;
    }
    const property = line.tooLong ? undefined : parseProperty(line.bytes);
    if (property === undefined) {
      this.#report(line.number, line.tooLong ? "LINE_TOO_LONG" : "MALFORMED_LINE");
      return;
    }
    yield* this.#readProperty(property, line.number);
  }

  /** Settles what only the end of the file shows. */
  end(): void {
    for (const line of this.#open.splice(0)) {
      this.#report(line, "UNFINISHED_CARD");
    }
    if (!this.#sawCard) {
      throw unreadableFile("There is no vCard (BEGIN:VCARD) in this file.");
    }
  }

  *#readProperty(
    property: VcardProperty,
    line: number,
  ): Generator<AddressBookEntry, void, undefined> {
    const isAgent = property.name === "AGENT";
    if (property.name === "BEGIN") {
      this.#begin(line);
    } else if (property.name === "END") {
      this.#open.pop();
    } else if (isAgent) {
      yield* this.#readInlineCard(property.value, line);
    } else if (isPhoneProperty(property.name)) {
      yield* entriesOf(phoneOf(property), line);
    } else if (property.name === "IMPP") {
      yield* entriesOf(phoneOfMessenger(property), line);
    }
    this.#agentFollows = isAgent;
  }

  #begin(line: number): void {
    this.#sawCard = true;
    const isInside = this.#agentFollows && this.#open.length < DEEPEST_CARD;
    const unfinished = isInside ? undefined : this.#open.pop();
    if (unfinished !== undefined) {
      this.#report(unfinished, "UNFINISHED_CARD");
    }
    this.#open.push(line);
  }

  /** 3.0 writes an agent's card into the property, 2.1 on the lines that follow it. */
  *#readInlineCard(value: string, line: number): Generator<AddressBookEntry, void, undefined> {
    if (!/^\s*BEGIN:VCARD/i.test(value)) {
      return;
    }
    for (const text of unescapeText(value).split("\n")) {
      const property = parseProperty(Buffer.from(text.trim()));
      if (property !== undefined && isPhoneProperty(property.name)) {
        yield* this.#readProperty(property, line);
      }
    }
  }
}

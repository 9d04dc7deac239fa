import { TextDecoder } from "node:util";
import { readOptions } from "@contact-sync/client";
import {
  type AddressBookEntry,
  entriesOf,
  READ_OPTIONS,
  type ReadOptions,
  type UnreadablePlace,
} from "../text/address-book-entry.ts";
import type { ByteStream } from "../text/byte-stream.ts";
import { peek } from "../text/peek.ts";
import { textBytes } from "../text/text-bytes.ts";
import { unreadableFile } from "../text/unreadable-file.ts";
import { withoutScheme } from "../vcard/vcard-phone.ts";
import { isAddressBook, isNumber } from "./xml-numbers.ts";
import { type XmlText, XmlTexts } from "./xml-texts.ts";

const HEAD_BYTES = 1024;

/**
 * Reads the numbers of xCards (RFC 6351) in constant memory, and of the other XML that holds
 * contacts: Windows' `.contact`, XMPP's vcard-temp, Google's contact feeds, and the phone books of
 * FRITZ!Box, Cisco, Yealink, Snom and Grandstream.
 *
 * A document type (DOCTYPE) is refused, so that no entity is ever expanded or fetched.
 *
 * @throws ContactSyncError `UNREADABLE_FILE`: no XML from the line that it names on, or no contacts
 */
export async function* readXcards(
  source: ByteStream,
  options?: ReadOptions,
): AsyncGenerator<AddressBookEntry, void, undefined> {
  const { onUnreadable } = readOptions(options, READ_OPTIONS);
  const { head, stream, close } = await peek(textBytes(source), HEAD_BYTES);
  try {
    const decoder = decoderOf(head);
    const found: XmlText[] = [];
    const texts = new XmlTexts(isNumber, (text) => found.push(text));
    for await (const chunk of stream) {
      texts.write(decoder.decode(chunk, { stream: true }));
      yield* entriesOfAll(found.splice(0), onUnreadable);
      texts.throwIfMalformed();
    }
    texts.end(decoder.decode());
    yield* entriesOfAll(found.splice(0), onUnreadable);
    texts.throwIfMalformed();
    if (!isAddressBook(texts.root) && !texts.found) {
      throw unreadableFile(
        "This XML holds no contacts that are known. Export them as vCard (.vcf) or CSV instead.",
      );
    }
  } finally {
    await close();
  }
}

function* entriesOfAll(
  texts: readonly XmlText[],
  onUnreadable: ((place: UnreadablePlace) => void) | undefined,
): Generator<AddressBookEntry, void, undefined> {
  for (const { text, line, tooLong } of texts) {
    if (tooLong) {
      onUnreadable?.({ line, reason: "LINE_TOO_LONG" });
    } else {
      yield* entriesOf(withoutScheme(text.trim()), line);
    }
  }
}

/** As the file declares; UTF-16 has become UTF-8 already. */
function decoderOf(head: Buffer): TextDecoder {
  const declared = /^\s*<\?xml[^>]*\sencoding\s*=\s*["']([\w.:-]+)["']/i.exec(
    head.toString("latin1"),
  )?.[1];
  try {
    return new TextDecoder(/^utf-?16|ucs-?2/i.test(declared ?? "") ? "utf-8" : declared);
  } catch {
    return new TextDecoder();
  }
}

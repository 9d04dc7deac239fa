import { readOptions } from "@contact-sync/client";
import {
  type AddressBookEntry,
  READ_OPTIONS,
  type ReadOptions,
} from "../text/address-book-entry.ts";
import type { ByteStream } from "../text/byte-stream.ts";
import { textBytes } from "../text/text-bytes.ts";
import { JsonContacts } from "./json-contacts.ts";
import { JsonTokens } from "./json-tokens.ts";

/**
 * Reads the numbers of contacts in JSON, in constant memory: an array of contacts, one contact, an
 * object with a list of them (`contacts`, `data`, `items`, …), or any of these a line (NDJSON).
 *
 * A contact is a text, which is its number, or an object with `phone`, `phoneNumber`, `mobile` or
 * the like, or with `phoneNumbers` or `phones`: texts, or objects with `number` or `value`. So it
 * reads what expo-contacts, react-native-contacts, Telegram Desktop, Google's and Microsoft's APIs,
 * the browser's contact picker and JSContact write. A contact without a number is reported.
 *
 * @throws ContactSyncError `UNREADABLE_FILE`: no JSON from the line that it names on, or none of
 *   these shapes
 */
export async function* readJson(
  source: ByteStream,
  options?: ReadOptions,
): AsyncGenerator<AddressBookEntry, void, undefined> {
  const { onUnreadable } = readOptions(options, READ_OPTIONS);
  const tokens = new JsonTokens();
  const contacts = new JsonContacts((line, reason) => onUnreadable?.({ line, reason }));
  for await (const chunk of textBytes(source)) {
    // Not `yield*`, which in an async generator waits once more for each token.
    for (const token of tokens.push(chunk)) {
      for (const entry of contacts.read(token)) {
        yield entry;
      }
    }
  }
  for (const token of tokens.end()) {
    yield* contacts.read(token);
  }
  contacts.end();
}

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
import { decodeText } from "../text/text-encoding.ts";
import { unreadableFile } from "../text/unreadable-file.ts";
import { withoutScheme } from "../vcard/vcard-phone.ts";
import { isPhoneAttribute } from "./ldif-attributes.ts";
import { type LdifLine, LdifLines } from "./ldif-lines.ts";

const MAX_LINE_BYTES = 64 * 1024;

/**
 * Reads the numbers of an LDIF file (RFC 2849) in constant memory: exports of Thunderbird, SOGo and
 * Evolution, of LDAP directories, and the phone books of desk phones.
 *
 * Nothing in a record stops the reading: what cannot be read is reported to `onUnreadable` and left
 * out. Of change records the numbers that are added are read; what is deleted is reported. A value
 * at an address (`:<`) is reported, and never fetched.
 *
 * @throws ContactSyncError `UNREADABLE_FILE`, at the end, if there was no record (`dn:`) at all
 */
export async function* readLdif(
  source: ByteStream,
  options?: ReadOptions,
): AsyncGenerator<AddressBookEntry, void, undefined> {
  const { onUnreadable } = readOptions(options, READ_OPTIONS);
  const splitter = new LineSplitter(MAX_LINE_BYTES);
  const lines = new LdifLines();
  const records = new RecordReader((line, reason) => onUnreadable?.({ line, reason }));
  for await (const chunk of textBytes(source)) {
    // Not `yield*`, which in an async generator waits once more for each line.
    for (const physical of splitter.push(chunk)) {
      for (const line of lines.next(physical)) {
        for (const entry of records.read(line)) {
          yield entry;
        }
      }
    }
  }
  for (const physical of splitter.end()) {
    for (const line of lines.next(physical)) {
      yield* records.read(line);
    }
  }
  for (const line of lines.end()) {
    yield* records.read(line);
  }
  records.end();
}

interface Attribute {
  /** In lower case, without options (`;lang-en`). */
  readonly name: string;
  readonly value: string;
  /** The value is an address where it stands. */
  readonly elsewhere: boolean;
}

class RecordReader {
  readonly #report: (line: number, reason: UnreadableReason) => void;
  #sawRecord = false;
  #changeType = "add";
  /** In a `modify`: the values below are those that are deleted. */
  #deletes = false;

  constructor(report: (line: number, reason: UnreadableReason) => void) {
    this.#report = report;
  }

  *read({ bytes, number, tooLong }: LdifLine): Generator<AddressBookEntry, void, undefined> {
    if (bytes.length === 0) {
      this.#changeType = "add";
      this.#deletes = false;
      return;
    }
    if (bytes.length === 1 && bytes.toString("latin1") === "-") {
      this.#deletes = false;
      return;
    }
    const attribute = parseAttribute(bytes);
    if (attribute === undefined) {
      this.#report(number, tooLong ? "LINE_TOO_LONG" : "MALFORMED_LINE");
    } else if (isPhoneAttribute(attribute.name)) {
      yield* this.#readPhone(attribute, number, tooLong);
    } else {
      this.#readStructure(attribute, number);
    }
  }

  /** Settles what only the end of the file shows. */
  end(): void {
    if (!this.#sawRecord) {
      throw unreadableFile('There is no LDIF record (a line that begins with "dn:") in this file.');
    }
  }

  *#readPhone(
    { value, elsewhere }: Attribute,
    line: number,
    tooLong: boolean,
  ): Generator<AddressBookEntry, void, undefined> {
    if (this.#deletes) {
      return;
    }
    if (elsewhere) {
      this.#report(line, "VALUE_ELSEWHERE");
    } else if (tooLong) {
      this.#report(line, "LINE_TOO_LONG");
    } else {
      // A fax number may carry what its machine can do: +1 212 555 0101$fineResolution (RFC 4517).
      yield* entriesOf(withoutScheme(value.replace(/\$.*$/s, "").trim()), line);
    }
  }

  #readStructure({ name, value }: Attribute, line: number): void {
    if (name === "dn") {
      this.#sawRecord = true;
      this.#changeType = "add";
      this.#deletes = false;
    } else if (name === "changetype") {
      this.#changeType = value.trim().toLowerCase();
      if (this.#changeType === "delete") {
        this.#report(line, "DELETION");
      }
    } else if (this.#changeType === "modify" && MODIFICATIONS.has(name)) {
      this.#modify(name, value, line);
    }
  }

  #modify(modification: string, attribute: string, line: number): void {
    this.#deletes = modification === "delete";
    if (this.#deletes && isPhoneAttribute(attribute.trim().toLowerCase().split(";")[0] ?? "")) {
      this.#report(line, "DELETION");
    }
  }
}

const MODIFICATIONS: ReadonlySet<string> = new Set(["add", "replace", "delete"]);

const ATTRIBUTE = /^([\w.-]+)((?:;[^:;]*)*):([:<]?) *(.*)$/s;

function parseAttribute(bytes: Buffer): Attribute | undefined {
  // One character a byte: what is encoded as base64 is text in the file's encoding once more.
  const [, name, , kind, value = ""] = ATTRIBUTE.exec(bytes.toString("latin1")) ?? [];
  if (name === undefined) {
    return undefined;
  }
  const valueBytes = kind === ":" ? Buffer.from(value, "base64") : Buffer.from(value, "latin1");
  return { name: name.toLowerCase(), value: decodeText(valueBytes), elsewhere: kind === "<" };
}

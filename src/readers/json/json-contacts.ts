import {
  type AddressBookEntry,
  entriesOf,
  type UnreadableReason,
} from "../text/address-book-entry.ts";
import { callingCodeIn, withCallingCode } from "../text/calling-code.ts";
import { unreadableFile } from "../text/unreadable-file.ts";
import { withoutScheme } from "../vcard/vcard-phone.ts";
import { type FieldName, FieldNames, isLabel, rankOfNumberField } from "./json-names.ts";
import { digitsOfNumber } from "./json-number.ts";
import { type JsonToken, textOf } from "./json-tokens.ts";

/** A number as it is written, and where. */
interface Written {
  readonly text: string;
  readonly line: number;
  /** The calling code that stands beside it. */
  readonly callingCode: string | undefined;
}

/** A contact that has begun. */
interface Contact {
  readonly line: number;
  /** An object outside of every list: it may be a contact, or hold a list of them. */
  readonly mayHoldList: boolean;
  /** The object in the place of a list: contacts by their ids. */
  readonly mayHoldContacts: boolean;
  readonly numbers: Written[];
  callingCode: string | undefined;
  /** `number`, which is a phone number only where there is no better field. */
  plainNumber: JsonToken | undefined;
  hasPhoneField: boolean;
  /** It gave a number, or it was reported why it gave none. */
  isSettled: boolean;
  hasList: boolean;
  hasHash: boolean;
  isFavorite: boolean;
}

/** What is open, by what stands in it. */
type Frame =
  | { readonly holds: "contacts" | "numbers" | "nothing" }
  | { readonly holds: "fields"; readonly contact: Contact; name: FieldName }
  | NumberFrame;

/** The object of one number, or of several by label or by id. */
interface NumberFrame {
  readonly holds: "number";
  readonly mayHoldNumbers: boolean;
  name: FieldName;
  /** The best so far, and its rank among the fields of a number. */
  best: JsonToken | undefined;
  rank: number;
  readonly labelled: JsonToken[];
  callingCode: string | undefined;
}

const NOTHING: Frame = { holds: "nothing" };
const CONTACTS: Frame = { holds: "contacts" };
const NUMBERS: Frame = { holds: "numbers" };
const NO_NAME: FieldName = { folded: "", field: "other" };
const NO_ENTRIES: readonly AddressBookEntry[] = [];

/** Numbers of one contact that wait for its end, which may say that it is a favourite. */
const MOST_WAITING = 64;

/** Finds contacts and their numbers among the tokens of a JSON file. */
export class JsonContacts {
  readonly #report: (line: number, reason: UnreadableReason) => void;
  readonly #names = new FieldNames();
  readonly #frames: Frame[] = [];
  #contact: Contact | undefined;
  /** Something in the file had the form of a contact; something had not. */
  #sawContacts = false;
  #sawOthers = false;
  #ready: AddressBookEntry[] = [];

  constructor(report: (line: number, reason: UnreadableReason) => void) {
    this.#report = report;
  }

  /** What the token shows to be complete. */
  read(token: JsonToken): readonly AddressBookEntry[] {
    const frame = this.#frames.at(-1);
    switch (token.kind) {
      case "key":
        if (frame !== undefined && "name" in frame) {
          frame.name = token.tooLong ? NO_NAME : this.#names.of(textOf(token));
        }
        break;
      case "{":
      case "[":
        this.#frames.push(this.#opened(frame, token.kind === "{", token.line));
        break;
      case "}":
      case "]":
        this.#frames.pop();
        if (frame !== undefined) this.#close(frame);
        break;
      default:
        this.#readScalar(frame, token);
    }
    if (this.#ready.length === 0) {
      return NO_ENTRIES;
    }
    const ready = this.#ready;
    this.#ready = [];
    return ready;
  }

  /** Settles what only the end of the file shows. */
  end(): void {
    if (this.#sawOthers && !this.#sawContacts) {
      throw unreadableFile(
        "There are no contacts in this JSON. What is read: an array of contacts or a contact a line, " +
          'each a number in quotes or an object with "phone", or with "phoneNumbers": [{"number": …}].',
      );
    }
  }

  #opened(parent: Frame | undefined, isObject: boolean, line: number): Frame {
    switch (parent?.holds) {
      case undefined:
        return isObject ? this.#beginContact(line, "a list") : CONTACTS;
      case "contacts":
        if (isObject) return this.#beginContact(line, "nothing");
        this.#sawOthers = true;
        return NOTHING;
      case "fields":
        return this.#openedInContact(parent, isObject, line);
      case "numbers":
        return isObject ? numberFrame(false) : NUMBERS;
      case "number":
        if (!parent.mayHoldNumbers) return NOTHING;
        return isObject ? numberFrame(false) : NUMBERS;
      default:
        return NOTHING;
    }
  }

  #openedInContact(
    { contact, name }: Frame & { holds: "fields" },
    isObject: boolean,
    line: number,
  ): Frame {
    if (name.field === "phone") {
      this.#sawContacts = true;
      contact.hasPhoneField = true;
      return isObject ? numberFrame(true) : NUMBERS;
    }
    if (name.field === "list" && contact.mayHoldList) {
      contact.hasList = true;
      return isObject ? this.#beginContact(line, "contacts") : CONTACTS;
    }
    if (name.field === "other" && contact.mayHoldContacts && isObject) {
      contact.hasList = true;
      return this.#beginContact(line, "nothing");
    }
    return NOTHING;
  }

  #beginContact(line: number, mayHold: "nothing" | "a list" | "contacts"): Frame {
    const contact: Contact = {
      line,
      mayHoldList: mayHold !== "nothing",
      mayHoldContacts: mayHold === "contacts",
      numbers: [],
      callingCode: undefined,
      plainNumber: undefined,
      hasPhoneField: false,
      isSettled: false,
      hasList: false,
      hasHash: false,
      isFavorite: false,
    };
    this.#contact = contact;
    return { holds: "fields", contact, name: NO_NAME };
  }

  #readScalar(frame: Frame | undefined, token: JsonToken): void {
    switch (frame?.holds) {
      case undefined:
      case "contacts":
        this.#readBareContact(token);
        break;
      case "fields":
        this.#readField(frame.contact, frame.name, token);
        break;
      case "numbers":
        this.#add(token);
        break;
      case "number":
        readNumberField(frame, token);
        break;
      default:
    }
  }

  /** A contact that is nothing but its number. */
  #readBareContact(token: JsonToken): void {
    this.#contact = undefined;
    this.#sawContacts ||= token.kind !== "literal";
    if (!this.#add(token)) {
      this.#report(token.line, "NO_NUMBER");
    }
  }

  #readField(contact: Contact, { field }: FieldName, token: JsonToken): void {
    if (field === "phone") {
      this.#sawContacts = true;
      contact.hasPhoneField = true;
      this.#add(token);
    } else if (field === "number") {
      this.#sawContacts = true;
      contact.plainNumber = token;
    } else if (field === "callingCode") {
      contact.callingCode = codeIn(token);
    } else if (field === "hash") {
      contact.hasHash ||= token.kind === "text";
    } else if (field === "favorite") {
      contact.isFavorite = token.kind === "literal" && token.bytes.toString() === "true";
    }
  }

  #close(frame: Frame): void {
    if (frame.holds === "number") {
      for (const token of frame.best === undefined ? frame.labelled : [frame.best]) {
        this.#add(token, frame.callingCode);
      }
    } else if (frame.holds === "fields") {
      this.#endContact(frame.contact);
      const outer = this.#frames.findLast((open) => open.holds === "fields");
      this.#contact = outer?.contact;
    }
  }

  #endContact(contact: Contact): void {
    this.#contact = contact;
    if (contact.plainNumber !== undefined && !contact.hasPhoneField) {
      this.#add(contact.plainNumber);
    }
    if (!contact.isSettled) {
      if (contact.hasHash) {
        throw unreadableFile(
          "An address book needs phone numbers; this is a phone hash.",
          contact.line,
        );
      }
      if (!contact.hasList) {
        this.#sawOthers = true;
        this.#report(contact.line, "NO_NUMBER");
      }
    }
    this.#flush(contact);
  }

  /** Whether it gave a number, or it was reported why not. */
  #add(token: JsonToken, callingCode?: string): boolean {
    const { line } = token;
    const contact = this.#contact;
    if (token.tooLong || (token.kind === "number" && digitsOf(token) === undefined)) {
      this.#report(line, token.tooLong ? "LINE_TOO_LONG" : "ROUNDED_NUMBER");
      if (contact !== undefined) contact.isSettled = true;
      return true;
    }
    const text = numberIn(token);
    if (text === "") {
      return false;
    }
    if (contact === undefined) {
      this.#ready.push(...entriesOf(text, line));
      return true;
    }
    contact.isSettled = true;
    contact.numbers.push({ text, line, callingCode });
    if (contact.numbers.length === MOST_WAITING) this.#flush(contact);
    return true;
  }

  #flush({ numbers, callingCode: ofContact, isFavorite }: Contact): void {
    for (const { text, line, callingCode } of numbers.splice(0)) {
      const number = withCallingCode(text, callingCode ?? ofContact);
      this.#ready.push(...entriesOf(number, line, isFavorite));
    }
  }
}

function numberFrame(mayHoldNumbers: boolean): NumberFrame {
  return {
    holds: "number",
    mayHoldNumbers,
    name: NO_NAME,
    best: undefined,
    rank: Number.POSITIVE_INFINITY,
    labelled: [],
    callingCode: undefined,
  };
}

function readNumberField(frame: NumberFrame, token: JsonToken): void {
  if (frame.name.field === "callingCode") {
    frame.callingCode = codeIn(token);
    return;
  }
  const rank = rankOfNumberField(frame.name.folded);
  if (!token.tooLong && numberIn(token) === "" && token.kind !== "number") {
    return;
  }
  if (rank !== undefined && rank < frame.rank) {
    frame.best = token;
    frame.rank = rank;
  } else if (isLabel(frame.name.folded) && frame.labelled.length < MOST_WAITING) {
    frame.labelled.push(token);
  }
}

function codeIn(token: JsonToken): string | undefined {
  const isCode = token.kind === "text" || token.kind === "number";
  return isCode && !token.tooLong ? callingCodeIn(textOf(token)) : undefined;
}

function numberIn(token: JsonToken): string {
  if (token.kind === "text") {
    return withoutScheme(textOf(token).trim());
  }
  return token.kind === "number" ? (digitsOf(token) ?? "") : "";
}

function digitsOf({ bytes }: JsonToken): string | undefined {
  return digitsOfNumber(bytes.toString("latin1"));
}

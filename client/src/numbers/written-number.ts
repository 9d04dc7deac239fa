import type { RejectionReason } from "../protocol/rejections.ts";
import { extensionStart } from "./extension.ts";
import { toPlainText } from "./plain-text.ts";

/** The digits that somebody wrote, before any numbering plan is asked. */
export interface WrittenNumber {
  /** ASCII digits, at least one, without a `+`. */
  readonly digits: string;
  /** Whether a `+` stood before them. */
  readonly international: boolean;
  /** Whether these are the digits as they stood: nothing was cut off or put before them. */
  readonly isExact: boolean;
  /** Whether there is a 0 in brackets behind a country code: dialled at home, not from abroad. */
  readonly hasZeroInBrackets: boolean;
  /** The digits without the `.0` that a spreadsheet put behind them. */
  readonly withoutFraction?: string;
}

/** Beyond this many UTF-16 units nothing is looked at: libphonenumber's own bound. */
const MAX_WRITTEN_LENGTH = 250;

/**
 * No plan's number has half as many, with every prefix that is dialled before it. A longer row of
 * digits is refused for its length or its beginning, so that its beginning is all that is judged.
 */
const MAX_DIGITS = 40;

/** The zeros of a whole number that a spreadsheet wrote with a fraction, as in `201001230016.0`. */
const FRACTION = /^\+?\d{4,}\.(0{1,2})$/;

/** Brazil's and others' `0xx11 …`: two letters hold the place of a carrier's code, which is not dialled. */
const CARRIER_BLANK = /^(\+55)?([ (]*0)[ -]?xx(?=[ )-]*\d)/;

/** A country code that stands twice, each time with its `+`. */
const REPEATED_CODE = /^\+ ?(\d{1,3})[ ().-]*(?=\+ ?\1)/;

/** A 0 in brackets behind the country code. */
const ZERO_IN_BRACKETS = /^(?:\+|00) ?\d{1,3}[ .-]*\(0\)/;

const PUNCTUATION = " ()[]./-";
const PARAMETER = /;[a-z-]+=/;

/**
 * Reads the digits out of one written phone number: any script's digits and punctuation, `tel:`
 * addresses (RFC 3966), extensions. Letters are refused, not translated: libphonenumber-js has no
 * keypad letters, and a vanity number is a company's, not a contact's.
 */
export function readWrittenNumber(input: string): WrittenNumber | RejectionReason {
  if (input.length > MAX_WRITTEN_LENGTH) return "TOO_LONG";
  const text = toPlainText(input);
  if (text === "") return "EMPTY";

  const address = readAddress(text);
  if (/^[*#]/.test(address.number)) return "SHORT_CODE";
  const start = extensionStart(address.number);
  const number = start < 0 ? address.number : address.number.slice(0, start);
  const plain = withoutRepeatedCode(withoutCarrierBlank(number));
  const read = readDigits(plain);
  if (read === undefined) return "NOT_A_NUMBER";
  // RFC 3966: a local number is completed by its context.
  const context = read.international ? "" : address.context;
  const fraction = FRACTION.exec(number)?.[1];
  return {
    digits: (context + read.digits).slice(0, MAX_DIGITS),
    international: read.international || context !== "",
    isExact: start < 0 && !address.hadExtension && context === "" && plain === number,
    hasZeroInBrackets: ZERO_IN_BRACKETS.test(number),
    ...(fraction === undefined
      ? {}
      : { withoutFraction: (context + read.digits).slice(0, -fraction.length) }),
  };
}

function withoutCarrierBlank(text: string): string {
  return text.replace(CARRIER_BLANK, "$1$2");
}

/** `+20 +20 100 …` → `+20 100 …` */
function withoutRepeatedCode(text: string): string {
  return text.replace(REPEATED_CODE, "");
}

/** The digits of a text of nothing else but punctuation and perhaps a `+` before them. */
export function readDigits(
  text: string,
): Pick<WrittenNumber, "digits" | "international"> | undefined {
  let hasDigits = false;
  let international = false;
  for (const character of text) {
    if (character >= "0" && character <= "9") hasDigits = true;
    else if (character === "+" && !hasDigits && !international) international = true;
    else if (!PUNCTUATION.includes(character)) return undefined;
  }
  return hasDigits ? { digits: text.replace(/\D/g, ""), international } : undefined;
}

interface Address {
  readonly number: string;
  /** The digits of `;phone-context=+…`; empty: none, or a domain, which says nothing. */
  readonly context: string;
  readonly hadExtension: boolean;
}

export function readAddress(text: string): Address {
  const number = text.startsWith("tel:") ? decodePercents(text.slice("tel:".length)) : text;
  const firstParameter = number.search(PARAMETER);
  if (firstParameter < 0) return { number, context: "", hadExtension: false };
  const parameters = number.slice(firstParameter);
  return {
    number: number.slice(0, firstParameter),
    context: /;phone-context=\+([\d().-]+)/.exec(parameters)?.[1]?.replace(/\D/g, "") ?? "",
    hadExtension: /;(?:ext|isub)=/.test(parameters),
  };
}

function decodePercents(text: string): string {
  return text.replace(/%([2-7][0-9a-f])/g, (_, hex) =>
    String.fromCharCode(Number.parseInt(hex, 16)),
  );
}

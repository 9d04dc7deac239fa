import { extensionStart } from "./extension.ts";
import { toPlainText } from "./plain-text.ts";
import type { RejectionReason } from "./rejections.ts";

/** The digits that somebody wrote, before any numbering plan is asked. */
export interface WrittenNumber {
  /** ASCII digits, at least one, without a `+`. */
  readonly digits: string;
  /** Whether a `+` stood before them. */
  readonly international: boolean;
  /** Whether an extension was cut off. */
  readonly hadExtension: boolean;
}

/** Beyond this many UTF-16 units nothing is looked at: libphonenumber's own bound. */
const MAX_WRITTEN_LENGTH = 250;

const DIGITS_AND_PUNCTUATION = /^[ ()[\]./-]*(\+?)[\d ()[\]./-]*\d[ ()[\]./-]*$/;
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
  const match = DIGITS_AND_PUNCTUATION.exec(number);
  if (match === null) return "NOT_A_NUMBER";
  const digits = number.replace(/\D/g, "");
  const hadExtension = start >= 0 || address.hadExtension;
  if (match[1] === "+") return { digits, international: true, hadExtension };
  // RFC 3966: a local number is completed by its context.
  return {
    digits: address.context + digits,
    international: address.context !== "",
    hadExtension,
  };
}

interface Address {
  readonly number: string;
  /** The digits of `;phone-context=+…`; empty: none, or a domain, which says nothing. */
  readonly context: string;
  readonly hadExtension: boolean;
}

function readAddress(text: string): Address {
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

import type { RejectionReason } from "../protocol/rejections.ts";
import { hasBareWords, isNoRemark, mayStandBefore, mayStandBehind } from "./beside-number.ts";
import { extensionStart } from "./extension.ts";
import { holdsRange, isLookAlike } from "./look-alikes.ts";
import { toPlainText, withPlainCharacters } from "./plain-text.ts";
import { regionsNamedIn } from "./regions.ts";

/** The digits that somebody wrote, before any numbering plan is asked. */
export interface WrittenNumber {
  /** ASCII digits, at least one, without a `+`. */
  readonly digits: string;
  /** Whether a `+` stood before them. */
  readonly international: boolean;
  /** Whether these are the digits as they stood: nothing was cut off or put before them. */
  readonly isExact: boolean;
  /** Whether nothing stood between the digits, as where a spreadsheet took the `+` away. */
  readonly isSolid: boolean;
  /** Whether there is a 0 in brackets behind a country code: dialled at home, not from abroad. */
  readonly hasZeroInBrackets: boolean;
  /** The digits without the `.0` that a spreadsheet put behind them. */
  readonly withoutFraction?: string;
  /** Regions that a remark names, as in `415 555 0106 (US)`: national digits are dialled there. */
  readonly namedRegions: readonly string[];
}

/** Beyond this many UTF-16 units nothing is looked at: libphonenumber's own bound. */
const MAX_WRITTEN_LENGTH = 250;

/**
 * No plan's number has half as many, with every prefix that is dialled before it. A longer row of
 * digits is refused for its length or its beginning, so that its beginning is all that is judged.
 */
const MAX_DIGITS = 40;

/** The zeros of a whole number that a spreadsheet wrote with a fraction, as in `201001230016.0`. */
const FRACTION = /^[+(]?\d[\d ()-]{3,}\.(0{1,2})$/;

/** Brazil's and others' `0xx11 …`: two letters hold the place of a carrier's code, which is not dialled. */
const CARRIER_BLANK = /^(\+55)?([ (]*0)[ -]?xx(?=[ )-]*\d)/;

/** A country code that stands twice, each time with its `+`. */
const REPEATED_CODE = /^\+ ?(\d{1,3})[ ().-]*(?=\+ ?\1)/;

/** Digits as a spreadsheet writes them. */
const SOLID = /^\d+(?:\.0{1,2})?$/;

/** Russia's 8, dialled at home, with a `+` before it: the code in brackets is an area's. */
const TRUNK_BEHIND_PLUS = /^\+8 ?\(\d{3}\)/;

/** A 0 in brackets behind the country code. */
const ZERO_IN_BRACKETS = /^(?:\+|00) ?\d{1,3}[ .-]*\(0\)/;

/** No numbering plan has national numbers of fewer. */
const MIN_DIGITS = 4;

const PUNCTUATION = " ()[]./-";
const PARAMETER = /;[a-z-]+=/;

/**
 * `++49 …`, where the first + may be the phone's own; and `8~10 44 …`: in the former Soviet Union
 * one waits for a tone, `~`, before going on with a call abroad.
 */
const STANDS_FOR_PLUS = /^(?:(?:8 ?~ ?10|0 ?~ ?0)[ -]*(?=[(1-9])|([ ([]*)\+[ +]*\+)/;
/** Everything that is dialled later: a meeting's number and code, with pauses. */
const DIALLED_LATER = /^[,;pw][\d ,;#*pw-]*$/;
/** WhatsApp's links hold a number in international form, without its +. */
const WHATSAPP_LINK =
  /^(?:https?:\/\/)?(?:wa\.me\/|(?:api\.)?whatsapp\.com\/send\/?\?phone=|whatsapp:\/\/send\/?\?phone=)(?:\+|%2b)?([1-9]\d{6,14})\/?(?:[?&#].*)?$/;
/** `Mobile 2: …` */
const NUMBERED_LABEL = /^([^\d+]*[^\d+\s.,:;()/-]) ?[1-9] ?:/;

/**
 * Reads the digits out of one written phone number: any script's digits and punctuation, `tel:`
 * addresses (RFC 3966), extensions, and the words beside it. Letters among the digits are refused,
 * not translated: libphonenumber-js has no keypad letters, and a vanity number is a company's, not
 * a contact's.
 */
export function readWrittenNumber(input: string): WrittenNumber | RejectionReason {
  if (input.length > MAX_WRITTEN_LENGTH) return "TOO_LONG";
  const text = toPlainText(input);
  if (text === "") return "EMPTY";
  if (/^(?:tel:)?(?:[*#]|%2[3a])/.test(text)) return "SHORT_CODE";
  if (isLookAlike(text)) return "NOT_A_NUMBER";
  return readNumber(text) ?? readLink(text) ?? readLabelled(text, input) ?? "NOT_A_NUMBER";
}

/** Reads a number without words beside it. */
function readNumber(text: string): WrittenNumber | undefined {
  const plus = withOnePlus(text);
  const address = readAddress(plus);
  const start = extensionStart(address.number);
  const number = start < 0 ? address.number : address.number.slice(0, start);
  const plain = withoutRepeatedCode(withoutCarrierBlank(number));
  const read = readDigits(plain);
  if (read === undefined) return readBeforePause(address.number);
  if (holdsRange(number) || TRUNK_BEHIND_PLUS.test(number)) return undefined;
  // RFC 3966: a local number is completed by its context.
  const context = read.international ? "" : address.context;
  const fraction = FRACTION.exec(number)?.[1];
  return {
    digits: (context + read.digits).slice(0, MAX_DIGITS),
    international: read.international || context !== "",
    isExact:
      start < 0 && !address.hadExtension && context === "" && plain === number && plus === text,
    isSolid: SOLID.test(number),
    hasZeroInBrackets: ZERO_IN_BRACKETS.test(number),
    namedRegions: [],
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

/** Of digits that were cut out of something else. */
const CUT_OUT = {
  isExact: false,
  isSolid: false,
  hasZeroInBrackets: false,
  namedRegions: [],
} as const;

function withOnePlus(text: string): string {
  const isUsual = text.indexOf("+", 1) < 0 && !text.includes("~");
  return isUsual ? text : text.replace(STANDS_FOR_PLUS, "$1+");
}

/** `+1 646 558 8656,,123456789#,,,,*123#`, as an invitation to a meeting has it. */
function readBeforePause(number: string): WrittenNumber | undefined {
  const pause = number.search(/[,;pw]/);
  if (pause < 0) return undefined;
  const later = number.slice(pause);
  if (!DIALLED_LATER.test(later) || !/[#*]|,,/.test(later)) return undefined;
  const read = readDigits(number.slice(0, pause));
  if (read === undefined) return undefined;
  return { ...read, digits: read.digits.slice(0, MAX_DIGITS), ...CUT_OUT };
}

function readLink(text: string): WrittenNumber | undefined {
  const digits = WHATSAPP_LINK.exec(text)?.[1];
  if (digits === undefined) return undefined;
  // The + is ours, so that the number has to be possible.
  return { digits, international: true, ...CUT_OUT };
}

/**
 * Reads the one number that has words before or behind it, where nothing else can be meant. No list
 * of words can be complete, so what the number looks like decides: behind a + the digits are a
 * phone number in whatever words; others must be said to be one, or begin the text, with a remark
 * set off behind them.
 */
function readLabelled(text: string, input: string): WrittenNumber | undefined {
  const written = text.replace(NUMBERED_LABEL, "$1:");
  let start = written.search(/\d/);
  if (start < 0) return undefined;
  while (start > 0 && " +([".includes(written.charAt(start - 1))) start -= 1;
  while (written.charAt(start) === " ") start += 1;
  let end = written.length;
  while (!"0123456789#".includes(written.charAt(end - 1))) end -= 1;
  const before = written.slice(0, start);
  const behind = written.slice(end);
  if (isNoRemark(before) || isNoRemark(behind)) return undefined;
  const number = readNumber(written.slice(start, end));
  if (number === undefined || number.digits.length < MIN_DIGITS) return undefined;
  if (!mayStandBefore(before, number) || !mayStandBehind(behind, number)) return undefined;
  return {
    ...number,
    isExact: number.isExact && !hasBareWords(behind),
    namedRegions: regionsNamedIn(behindDigits(input)),
  };
}

/** What stands behind the last digit, its letters as they are. */
function behindDigits(input: string): string {
  const text = withPlainCharacters(input);
  let start = text.length;
  while (start > 0 && !"0123456789".includes(text.charAt(start - 1))) start -= 1;
  return text.slice(start);
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

import { unescapeText, type VcardProperty } from "./vcard-property.ts";

// Outlook's X-MS-TEL and X-MS-RM-COMPANYTELEPHONE, Openfire's X-ASSISTANT-PHONE and their like.
const PHONE_PROPERTY =
  /^(?:TEL|X-(?:.+-)?(?:TEL|CELL|FAX|PAGER|WHATSAPP|[A-Z]*(?:PHONE|MOBILE))(?:NUMBER)?\d*)$/;

/** Messengers whose accounts are telephone numbers. */
const MESSENGER_SCHEME = /^(?:whatsapp|signal|viber|tel|sms):(?:\/\/)?/i;
const MESSENGER_SERVICE = /^(?:whatsapp|signal|viber)$/i;
const ANY_SCHEME = /^[a-z][a-z0-9+.-]*:(?:\/\/)?/i;
const WRITTEN_NUMBER = /^\+?[\d\s().-]{7,40}$/;

/** The number that a messenger's account is (IMPP, RFC 4770), or "" where it is none. */
export function phoneOfMessenger({ value, parameters }: VcardProperty): string {
  const address = unescapeText(value).trim();
  const service = parameters.get("X-SERVICE-TYPE") ?? "";
  if (!MESSENGER_SCHEME.test(address) && !MESSENGER_SERVICE.test(service)) {
    return "";
  }
  const account = decodePercent(address.replace(ANY_SCHEME, "")).trim();
  return WRITTEN_NUMBER.test(account) ? account : "";
}

/**
 * Whether a property of this name (upper case) holds a telephone number. Fax lines and pagers
 * count, as the phones' own address books count them: a book imported from a file and the same
 * book synced by the phone must be the same.
 */
export function isPhoneProperty(name: string): boolean {
  return PHONE_PROPERTY.test(name);
}

/** The number in a phone property, or "" where there is none. */
export function phoneOf({ value, parameters }: VcardProperty): string {
  const phone = withoutScheme(unescapeText(value).trim());
  if (/\p{Nd}/u.test(phone)) {
    return phone;
  }
  // WhatsApp repeats the number as its account id; it differs from the number in places (Brazil's
  // ninth digit), so that it only stands in for a missing one.
  const whatsAppId = parameters.get("WAID")?.trim() ?? "";
  return /^[0-9]+$/.test(whatsAppId) ? `+${whatsAppId}` : phone;
}

/**
 * The number of a `tel:` URI (RFC 3966); a text that is none is given back. Its context is put in
 * front where that is a country's prefix; an extension is left out, as it is no part of the number
 * that somebody registers with.
 */
export function withoutScheme(text: string): string {
  const uri = /^(?:tel|callto|sms|fax|modem):(.*)$/is.exec(text)?.[1];
  if (uri === undefined) {
    return text;
  }
  const [number = "", ...parameters] = uri.replace(/^\/\//, "").split(/[;?]/);
  const context = parameters
    .map((parameter) => /^phone-context=(\+.*)$/is.exec(parameter.trim())?.[1])
    .find((prefix) => prefix !== undefined);
  const digits = decodePercent(number).trim();
  return context !== undefined && digits !== "" && !digits.startsWith("+")
    ? `${decodePercent(context)}${digits}`
    : digits;
}

function decodePercent(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/**
 * Why a phone number was refused, as a sentence that the person who typed it can act on.
 * The keys travel as `reason` in `rejected`; the sentences may be shown as they are.
 */
export const REJECTION_REASONS = {
  NOT_A_STRING: "A phone number is text; this entry is something else. Write it in quotes.",
  EMPTY: "The entry is empty. Add a number or remove the entry.",
  NOT_A_NUMBER:
    "The entry is no phone number, or holds something besides one, such as letters. Leave only the number.",
  SEVERAL_NUMBERS:
    "The entry holds several numbers, or a second one that is not written in full. Give each number an entry of its own.",
  NO_COUNTRY_CODE:
    "The number has no country code, and none is guessed. Write it as +20…, or say which region it is dialled from.",
  INVALID_COUNTRY_CODE:
    "No country code begins like this. Check what follows the + (a leading 0 there is a mistake).",
  TOO_SHORT: "The number has too few digits. Digits are missing, perhaps the area code.",
  TOO_LONG: "The number has too many digits. Perhaps two numbers were written as one.",
  INVALID_LENGTH: "Numbers of that region never have this many digits. Check it for a lost digit.",
  AMBIGUOUS:
    "The digits can be read as more than one number, and none is guessed. Write the number with + and its country code, as in +20….",
  SHORT_CODE:
    "A short or service code, such as 112 or *123#, or a local number without its area code: nobody can be found by it.",
} as const satisfies Record<string, string>;

export type RejectionReason = keyof typeof REJECTION_REASONS;

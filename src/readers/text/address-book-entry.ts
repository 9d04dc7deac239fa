import { type OptionNames, splitPhoneNumbers } from "@contact-sync/client";

/** One number of an address book, as it is written there. Names are read past, never kept. */
export interface AddressBookEntry {
  /** In the file's own notation, never empty; it may still turn out not to be a phone number. */
  readonly phone: string;
  /** The line of the file, from 1, on which the number stands. */
  readonly line: number;
  /** Set, and then true, only where the file says so: Google's CSV labels a favourite `* starred`. */
  readonly isFavorite?: true;
}

/** The entries of one value of a file, which may hold several numbers or none. */
export function* entriesOf(
  value: string,
  line: number,
  isFavorite?: boolean,
): Generator<AddressBookEntry, void, undefined> {
  for (const written of splitPhoneNumbers(value)) {
    const phone = written.trim();
    if (phone !== "") {
      yield isFavorite === true ? { phone, line, isFavorite } : { phone, line };
    }
  }
}

/** Why a place of the file gave no number, each with a sentence that a person can act on. */
export const UNREADABLE_REASONS = {
  MALFORMED_LINE: "The line is not what this format has there; the rest was read.",
  LINE_TOO_LONG: "The line is too long for a phone number.",
  NO_NUMBER: "The contact has no phone number; the others were read.",
  UNFINISHED_CARD: "The card has no END:VCARD; the file may be cut off. What was there was read.",
  ROUNDED_NUMBER:
    "A spreadsheet has rounded the number (2.01E+11). Export again with the column formatted as text.",
  VALUE_ELSEWHERE:
    "The number stands in another file or at an address, which is not fetched. Export it into the file.",
  DELETION:
    "The record deletes a contact or a number, which an import does not do. Export the address book itself, or remove the contact by hand.",
  ABOVE_HEADER: "The row stands above the names of the columns and was not read.",
  OTHER_HEADER: "The row names other columns; the rows below were read by them.",
  STRAY_QUOTE:
    "A quotation mark has no partner before the next row; it was read as a character. Check whether the row's numbers were found.",
  UNCLEAR_CODE:
    "The column of country codes holds something else beside this number, which was left out. Write the code, as in +49.",
  SHORT_ROW:
    "The row ends before the columns of numbers, and has what looks like one; a line break or a missing delimiter has probably divided it.",
  SHIFTED_ROW:
    "The row has more cells than there are columns, and no number where the numbers are; a text in it probably needs quotation marks.",
} as const;

export type UnreadableReason = keyof typeof UNREADABLE_REASONS;

export interface UnreadablePlace {
  /** The line of the file, from 1. */
  readonly line: number;
  readonly reason: UnreadableReason;
}

/**
 * Which columns of a table numbers are read from. By their names in the file's header; one without
 * a name, or whose name might be somebody's, is called by its position: `column 3`.
 */
export interface ReadColumns {
  /** A calling code or area code that has a column of its own is read, too. */
  readonly read: readonly string[];
  /** All others. */
  readonly notRead: readonly string[];
  /** Of these, the ones that one could take for telephone numbers by their names or their digits. */
  readonly doubtful: readonly string[];
}

export interface ReadOptions {
  /** Called for each place that could not be read, while reading goes on behind it. */
  readonly onUnreadable?: ((place: UnreadablePlace) => void) | undefined;
  /** Called for a CSV file before its first number, and again where the file goes on with others. */
  readonly onColumns?: ((columns: ReadColumns) => void) | undefined;
  /**
   * The columns of a CSV file to read instead of those that are recognised: names of its header, or
   * positions from 1.
   */
  readonly columns?: readonly (string | number)[] | undefined;
}

export const READ_OPTIONS: OptionNames<ReadOptions> = {
  onUnreadable: true,
  onColumns: true,
  columns: true,
};

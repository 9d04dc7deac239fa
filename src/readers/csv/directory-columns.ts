import { unreadableFile } from "../text/unreadable-file.ts";
import { columnWords } from "./column-name.ts";
import { describeColumns } from "./header-row.ts";
import { phoneColumns } from "./phone-columns.ts";

/** The positions, from 0, of a directory's columns; undefined for one that is not there. */
export interface DirectoryColumns {
  readonly userId: number | undefined;
  readonly phone: number | undefined;
  /** When, or whether, the number was verified. */
  readonly verifiedAt: number | undefined;
}

// Best first: a file may have an id of its own beside the user's. `sub` is that of a token's.
const USER_NAMES = [
  ...["user id", "userid", "user uuid", "user", "account id", "id", "uid", "uuid", "sub"],
];
const PHONE_NAMES = ["phone", "phone number", "phonenumber", "phone e164", "e164", "msisdn"];
const BARE_PHONE_NAMES = ["number"];

// `phone_confirmed_at` is Supabase's; a flag without a time does as well.
const TIME_NAMES = [
  ...["phone confirmed at", "phone verified at", "phone number verified at", "phoneverifiedat"],
  ...["phone number confirmed at", "phone confirmed", "phone verified", "phone number verified"],
  ...["is phone verified", "verified at", "verifiedat"],
];
/** Beside an address of e-mail nobody knows which of the two they speak of. */
const BARE_TIME_NAMES = ["confirmed at", "confirmedat", "verified", "is verified", "confirmed"];

const MAIL = /^(?:e?mails?|email\p{L}+)$/u;
const VERIFICATION = /^(?:is|phone)?(?:verif|confirm)/u;
// Of a verification that is under way: `confirmation_token`, `phone_change_sent_at`.
const UNDER_WAY = /^(?:token|sent|code|change|confirmation)$/u;

/**
 * Finds a directory's columns, or the fields of a JSON object, by name.
 *
 * A number that was not verified links strangers, so a file that may say so in a way we don't know
 * is refused, and so is one of which several columns could be the number.
 *
 * @param line of a JSON object, for the error
 * @throws ContactSyncError `UNREADABLE_FILE`
 */
export function findDirectoryColumns(header: readonly string[], line?: number): DirectoryColumns {
  const words = header.map((name) => columnWords(name));
  const names = words.map((of) => of.join(" "));
  const find = (wanted: readonly string[]) =>
    wanted.map((name) => names.indexOf(name)).find((position) => position >= 0);
  const refuse = (problem: string) => unreadableFile(`${problem} ${describeColumns(header)}`, line);

  const candidates = phoneColumns(header).filter((position) => !isAbout(words[position] ?? []));
  const phone = find(PHONE_NAMES) ?? (candidates.length > 0 ? undefined : find(BARE_PHONE_NAMES));
  if (phone === undefined && candidates.length > 1) {
    throw refuse('Several columns could be the number; name the one "phone".');
  }

  const mails = words.filter((of) => of.some((word) => MAIL.test(word)));
  const named = find(TIME_NAMES);
  const isMailVerified = mails.some((of) => of.some((word) => VERIFICATION.test(word)));
  const bare = find(BARE_TIME_NAMES);
  const verifiedAt = named ?? bare;
  const isOfPhone = verifiedAt !== undefined && /phone/u.test(names[verifiedAt] ?? "");
  const isUnknown = words.some(
    (of) =>
      of.some((word) => VERIFICATION.test(word)) &&
      !of.some((word) => MAIL.test(word) || UNDER_WAY.test(word)),
  );
  if (
    (verifiedAt === undefined && isUnknown) ||
    (named === undefined && bare !== undefined && mails.length > 0) ||
    (verifiedAt !== undefined && !isOfPhone && isMailVerified)
  ) {
    throw refuse(
      'A column may say whether numbers are verified, or something else is; name it "phone_verified_at", or leave it out.',
    );
  }
  return { userId: find(USER_NAMES), phone: phone ?? candidates[0], verifiedAt };
}

/** `findDirectoryColumns` of a CSV file, which must have the two that a directory is made of. */
export function directoryColumns(
  header: readonly string[],
): DirectoryColumns & { readonly userId: number; readonly phone: number } {
  const { userId, phone, verifiedAt } = findDirectoryColumns(header);
  if (userId === undefined) {
    throw unreadableFile(`There is no column "user_id". ${describeColumns(header)}`);
  }
  if (phone === undefined) {
    throw unreadableFile(`There is no column "phone". ${describeColumns(header)}`);
  }
  return { userId, phone, verifiedAt };
}

/** About a number and not one: `phone_confirmed_at`, `phone_change`. */
function isAbout(words: readonly string[]): boolean {
  return words.some((word) => VERIFICATION.test(word) || UNDER_WAY.test(word) || word === "at");
}

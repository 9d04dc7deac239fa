import { unreadableFile } from "../text/unreadable-file.ts";
import { columnWords } from "./column-name.ts";
import { describeColumns } from "./header-row.ts";
import { phoneColumns } from "./phone-columns.ts";

/** The positions, from 0, of a directory's columns. */
export interface DirectoryColumns {
  readonly userId: number;
  readonly phone: number;
  readonly verifiedAt: number | undefined;
}

// Best first: a file may have an id of its own beside the user's.
const USER_NAMES = ["user id", "userid", "user uuid", "user", "account id", "id", "uuid"];
const PHONE_NAMES = ["phone", "phone number", "e164", "msisdn", "number"];
const TIME_NAMES = ["verified at", "verifiedat", "verified"];

/**
 * Finds a directory's columns in its header.
 *
 * @throws ContactSyncError `UNREADABLE_FILE` when one is missing, or when several could be the
 *   number: guessing there would link an account to somebody else's phone
 */
export function directoryColumns(header: readonly string[]): DirectoryColumns {
  const names = header.map((name) => columnWords(name).join(" "));
  const find = (wanted: readonly string[]) =>
    wanted.map((name) => names.indexOf(name)).find((position) => position >= 0);
  const userId = find(USER_NAMES);
  if (userId === undefined) {
    throw unreadableFile(`There is no column "user_id". ${describeColumns(header)}`);
  }
  const candidates = phoneColumns(header);
  const phone = find(PHONE_NAMES) ?? candidates[0];
  if (phone === undefined) {
    throw unreadableFile(`There is no column "phone". ${describeColumns(header)}`);
  }
  if (candidates.length > 1 && find(PHONE_NAMES) === undefined) {
    throw unreadableFile(
      `Several columns could be the number; name the one "phone". ${describeColumns(header)}`,
    );
  }
  return { userId, phone, verifiedAt: find(TIME_NAMES) };
}

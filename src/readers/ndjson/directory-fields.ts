import { type DirectoryColumns, findDirectoryColumns } from "../csv/directory-columns.ts";
import { unreadableFile } from "../text/unreadable-file.ts";
import { digitsOf, objectOf } from "./json-fields.ts";

/**
 * What stands for a value of a type that the field can't have: it is no number and no time. Of a
 * user's id any text is one, so there the value counts as missing.
 */
const WRONG_TYPE = "?";

/**
 * The fields of a directory in JSON objects, by the same names as a CSV file's columns. Objects may
 * have different fields; but once the first has a verification, one without is not verified.
 */
export class DirectoryFields {
  #names = "";
  #columns: DirectoryColumns = { userId: undefined, phone: undefined, verifiedAt: undefined };
  #hasVerification: boolean | undefined;

  /** @throws ContactSyncError `UNREADABLE_FILE` */
  read(
    value: unknown,
    line: number,
  ): { userId: string; phone: string; verifiedAt: string | undefined } {
    const object = objectOf(value, line);
    const names = Object.keys(object);
    const known = JSON.stringify(names);
    if (known !== this.#names) {
      this.#columns = findDirectoryColumns(names, line);
      this.#names = known;
    }
    const { userId, phone, verifiedAt } = this.#columns;
    const hasOne = verifiedAt !== undefined;
    this.#hasVerification ??= hasOne;
    // Writers that leave out what is null: those before this one may not have been verified.
    if (hasOne && !this.#hasVerification) {
      throw unreadableFile(
        "Here a time of verification comes, which the objects before did not have. Write it in each, null where there is none.",
        line,
      );
    }
    const values = Object.values(object);
    return {
      userId: idOf(userId === undefined ? undefined : values[userId]),
      phone: numberOf(phone === undefined ? undefined : values[phone]),
      verifiedAt: this.#hasVerification
        ? flagOf(verifiedAt === undefined ? undefined : values[verifiedAt])
        : undefined,
    };
  }
}

function textOf(value: unknown): string {
  if (value === undefined || value === null) return "";
  return typeof value === "string" ? value : WRONG_TYPE;
}

function idOf(value: unknown): string {
  return digitsOf(value) ?? (typeof value === "string" ? value : "");
}

/** A phone number, which a program may have written as a JSON number. */
function numberOf(value: unknown): string {
  return digitsOf(value) ?? textOf(value);
}

function flagOf(value: unknown): string {
  return typeof value === "boolean" ? String(value) : textOf(value);
}

import { ContactSyncError, type OptionNames, readOptions } from "@contact-sync/client";
import type { Engine } from "../engine/engine.ts";
import type { User } from "../engine/users.ts";
import { assertBoolean, assertPhoneHash, assertTime, invalid } from "../input/arguments.ts";
import { atPosition } from "../input/position.ts";
import { readList } from "../input/reading.ts";
import { unknownFieldIn } from "../input/unknown-field.ts";
import { linkPending, pendingOf } from "./linker.ts";
import { withPhoneKeys } from "./phone-keys.ts";
import { READ_PHONE_OPTIONS, type ReadPhoneOptions, readPhone } from "./read-phone.ts";

/** A number that a user has verified, by itself or by its phone hash. */
export interface VerifiedNumber {
  readonly userId: string;
  /** In any notation; a national one needs a region. */
  readonly phoneNumber?: string;
  readonly phoneHash?: string;
  /** When it was verified; default now. A newer verification takes a number over. */
  readonly verifiedAt?: Date | string | undefined;
}

const FIELDS: OptionNames<VerifiedNumber> = {
  userId: true,
  phoneNumber: true,
  phoneHash: true,
  verifiedAt: true,
};

export interface LinkResult {
  /** Entered, taken over from somebody else, or verified anew. */
  readonly phones_linked: number;
  /** On record just so, or repeated in the call. */
  readonly phones_unchanged: number;
  /** Positions of those the directory has a newer verification of. */
  readonly outdated: number[];
  /** Stored contacts whose link changed before the call returned. */
  readonly contacts_changed: number;
  /**
   * Numbers whose contacts may not all be linked yet, because a transaction was in the way; the
   * linker sees to them. Absent where there are none.
   */
  readonly links_pending?: number;
}

/** What became of one number. */
export interface NumberChange {
  /**
   * False when the directory said just so already: this user, verified at this time. Without a time
   * each call is a verification of now, and changes it.
   */
  readonly changed: boolean;
  readonly links_pending?: number;
}

export interface LinkOptions extends ReadPhoneOptions {
  /** When it was verified, as a Date or in ISO 8601; default now, by the database's clock. */
  readonly verifiedAt?: Date | string | undefined;
  /**
   * False: who holds the number finds the user all the same, but is told of no "X is here now"
   * (`silent` in matches and changes). Default true; the newest verification decides.
   */
  readonly announce?: boolean | undefined;
}

export interface LinkManyOptions extends ReadPhoneOptions {
  /** As of `link`, for all of them. */
  announce?: boolean | undefined;
  /**
   * False: enters the numbers and leaves all contacts who hold them to `linkPendingPhones`, which is
   * quicker for many thousands at once. Default true.
   */
  backfill?: boolean | undefined;
}

const LINK_MANY_OPTIONS: OptionNames<LinkManyOptions> = {
  ...READ_PHONE_OPTIONS,
  announce: true,
  backfill: true,
};

const LINK_OPTIONS: OptionNames<LinkOptions> = {
  ...READ_PHONE_OPTIONS,
  verifiedAt: true,
  announce: true,
};

/** `link` of `ContactsWithAccounts`, which describes it. */
export async function link(
  engine: Engine,
  userId: string,
  phone: string,
  givenOptions?: LinkOptions,
): Promise<boolean> {
  return (await linkNumber(engine, userId, phone, givenOptions)).changed;
}

/** `link`, which also says whether something is left to the linker. */
export async function linkNumber(
  engine: Engine,
  userId: string,
  phone: string,
  givenOptions?: LinkOptions,
): Promise<NumberChange> {
  const options = readOptions(givenOptions, LINK_OPTIONS);
  const hashes = [readPhone(engine, phone, options)];
  const { changed, keys } = await withPhoneKeys(
    engine,
    hashes,
    async (sql, phoneKeys, nextKeys) => {
      const user = engine.users.of(userId, "userId");
      const { link_phone } = await sql
        .naming([user])
        .call<{ link_phone: boolean }>("link_phone", [
          phoneKeys[0],
          user.uuid,
          assertTime(options.verifiedAt, "verifiedAt"),
          assertBoolean(options.announce ?? true, "announce"),
          nextKeys?.[0] ?? null,
        ]);
      return link_phone;
    },
  );
  // Also for one that was on record: this may be the repeat of a call that was cut off in between.
  const { links_pending } = await linkPending(engine, keys);
  return { changed, ...pendingOf(Math.min(links_pending, 1)) };
}

/** `linkMany` of `ContactsWithAccounts`, which describes it. */
export async function linkMany(
  engine: Engine,
  numbers: readonly VerifiedNumber[],
  givenOptions?: LinkManyOptions,
): Promise<LinkResult> {
  const options = readOptions(givenOptions, LINK_MANY_OPTIONS);
  const { backfill = true, announce = true } = options;
  assertBoolean(backfill, "backfill");
  assertBoolean(announce, "announce");
  const verified = readList(numbers, "numbers").map((number, index) =>
    readVerified(engine, number, index, options),
  );
  const hashes = verified.map(({ phoneHash }) => phoneHash);
  const { changed: row, keys } = await withPhoneKeys(engine, hashes, (sql, phoneKeys, nextKeys) =>
    sql.naming(verified.map(({ user }) => user)).call<{
      phones_linked: number;
      phones_unchanged: number;
      outdated_positions: number[];
    }>("link_phones", [
      phoneKeys,
      verified.map(({ user }) => user.uuid),
      verified.map(({ verifiedAt }) => verifiedAt),
      announce,
      nextKeys,
    ]),
  );
  const { contacts_changed, links_pending } = backfill
    ? await linkPending(engine, keys)
    : { contacts_changed: 0, links_pending: row.phones_linked };
  return {
    phones_linked: row.phones_linked,
    phones_unchanged: row.phones_unchanged,
    outdated: row.outdated_positions,
    contacts_changed,
    ...pendingOf(links_pending),
  };
}

interface Verified {
  readonly phoneHash: string;
  readonly user: User;
  readonly verifiedAt: string | null;
}

function readVerified(
  engine: Engine,
  number: VerifiedNumber,
  index: number,
  options: ReadPhoneOptions,
): Verified {
  const { userId, phoneNumber, phoneHash, verifiedAt } = fieldsOf(number, index);
  const user = engine.users.of(userId, "userId", index);
  return {
    phoneHash:
      phoneHash === undefined
        ? readPhone(engine, phoneNumber, options, index)
        : assertPhoneHash(phoneHash, index),
    user,
    verifiedAt: assertTime(verifiedAt, "verifiedAt", index),
  };
}

/** Reads each field once; what a getter of the caller's throws belongs to the entry it is in. */
function fieldsOf(number: VerifiedNumber, index: number): Partial<VerifiedNumber> {
  const { fields, unknown } = readFields(number, index);
  if (unknown !== undefined) throw invalid(`the entry ${atPosition(index)} ${unknown}`, index);
  return fields;
}

function readFields(number: VerifiedNumber, index: number) {
  try {
    const { userId, phoneNumber, phoneHash, verifiedAt } = number;
    const fields = { userId, phoneNumber, phoneHash, verifiedAt } as Partial<VerifiedNumber>;
    return { fields, unknown: unknownFieldIn(number, FIELDS) };
  } catch (cause) {
    throw new ContactSyncError(
      "INVALID_ARGUMENT",
      `the entry ${atPosition(index)} is not an object that can be read`,
      { index, cause },
    );
  }
}

import { hash } from "node:crypto";
import {
  assertRegion,
  ContactSyncError,
  canonicalPhoneHash,
  createPhoneHasher,
  normalizePhoneNumber,
  type OptionNames,
  type RejectionReason,
} from "@contact-sync/client";
import type { Engine } from "../engine/engine.ts";
import { assertBoolean } from "../input/arguments.ts";
import { atPosition } from "../input/position.ts";

export interface ReadPhoneOptions {
  /** Where national numbers are dialled, such as `EG`; default the engine's. */
  defaultRegion?: string | undefined;
  /**
   * Numbers begin with their country code, whether a `+` is written or not, as in Supabase's
   * `auth.users.phone` (`201001234567`). One that begins with a 0 is refused, and no region counts.
   * Default false.
   */
  international?: boolean | undefined;
}

export const READ_PHONE_OPTIONS: OptionNames<ReadPhoneOptions> = {
  defaultRegion: true,
  international: true,
};

export type ReadPhone =
  | { readonly ok: true; readonly phoneHash: string }
  | { readonly ok: false; readonly reason: RejectionReason };

const phoneHashOf = createPhoneHasher((text) => hash("sha256", text));

/**
 * A number in any notation, or a phone hash of 32 or 64 hex characters, as a phone hash; or the
 * reason why not.
 *
 * @throws ContactSyncError `INVALID_REGION`, `INVALID_ARGUMENT` for the options
 */
export function tryReadPhone(phone: unknown, options: ReadPhoneOptions): ReadPhone {
  const given = canonicalPhoneHash(phone);
  if (given !== null) return { ok: true, phoneHash: given };
  const { international = false } = options;
  assertBoolean(international, "international");
  const region = assertRegion(options.defaultRegion);
  const number = international
    ? normalizePhoneNumber(typeof phone === "string" ? withPlus(phone) : phone)
    : normalizePhoneNumber(phone, { defaultRegion: region });
  return number.ok ? { ok: true, phoneHash: phoneHashOf(number.e164) } : number;
}

/**
 * The same, with the engine's region where the options name none.
 *
 * @param index its position in a list, for the error
 * @throws ContactSyncError `INVALID_PHONE_NUMBER`, with details.reason
 */
export function readPhone(
  engine: Engine,
  phone: unknown,
  options: ReadPhoneOptions,
  index?: number,
): string {
  const defaultRegion = options.defaultRegion ?? engine.defaultRegion;
  const read = tryReadPhone(phone, { ...options, defaultRegion });
  if (!read.ok) {
    const where =
      index === undefined ? "the phone number" : `the phone number ${atPosition(index)}`;
    throw new ContactSyncError("INVALID_PHONE_NUMBER", `${where} can't be read: ${read.reason}`, {
      index,
      details: { reason: read.reason },
    });
  }
  return read.phoneHash;
}

/**
 * With a `+` before its first digit, unless there is one. No country code begins with 0: what does
 * is left as it is, to be read as `00…` or refused as a national number without a region.
 */
function withPlus(phone: string): string {
  const first = /\p{Nd}/u.exec(phone);
  if (first === null || isZero(first[0]) || /[+＋﹢]/.test(phone)) return phone;
  return `${phone.slice(0, first.index)}+${phone.slice(first.index)}`;
}

/** Of whichever script: the digits of each stand in a row that begins with its 0. */
function isZero(digit: string): boolean {
  const before = String.fromCodePoint((digit.codePointAt(0) as number) - 1);
  return !/\p{Nd}/u.test(before);
}

import { hash } from "node:crypto";
import {
  assertRegion,
  ContactSyncError,
  canonicalPhoneHash,
  createPhoneHasher,
  normalizePhoneNumber,
  type OptionNames,
} from "@contact-sync/client";
import type { Engine } from "../engine/engine.ts";
import { atPosition } from "../input/position.ts";

export interface ReadPhoneOptions {
  /** Where national numbers are dialled, such as `EG`; default the engine's. */
  defaultRegion?: string | undefined;
}

export const READ_PHONE_OPTIONS: OptionNames<ReadPhoneOptions> = { defaultRegion: true };

const phoneHashOf = createPhoneHasher((text) => hash("sha256", text));

/**
 * A number in any notation, or a phone hash of 32 or 64 hex characters, as a phone hash.
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
  const given = canonicalPhoneHash(phone);
  if (given !== null) return given;
  const defaultRegion = assertRegion(options.defaultRegion) ?? engine.defaultRegion;
  const number = normalizePhoneNumber(phone, { defaultRegion });
  if (!number.ok) {
    const where =
      index === undefined ? "the phone number" : `the phone number ${atPosition(index)}`;
    throw new ContactSyncError("INVALID_PHONE_NUMBER", `${where} can't be read: ${number.reason}`, {
      index,
      details: { reason: number.reason },
    });
  }
  return phoneHashOf(number.e164);
}

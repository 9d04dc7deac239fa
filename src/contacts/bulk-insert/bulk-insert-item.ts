import { type BulkInsertContact, ContactSyncError, type OptionNames } from "@contact-sync/client";
import type { User, Users } from "../../engine/users.ts";
import { assertPhoneHash } from "../../input/arguments.ts";
import { atPosition } from "../../input/position.ts";
import { readTime } from "../../input/time.ts";
import { unknownFieldIn } from "../../input/unknown-field.ts";

/** A contact as a bulk insert takes it: the wire's item, with a Date allowed for the time. */
export interface BulkContact extends Omit<BulkInsertContact, "last_interaction"> {
  readonly last_interaction?: string | Date | null;
}

const FIELDS: OptionNames<BulkContact> = {
  owner_id: true,
  phone_hash: true,
  is_favorite: true,
  linked_user_id: true,
  last_interaction: true,
};

/** A contact of a bulk insert, read. */
export interface BulkItem {
  readonly owner: User;
  readonly phone_hash: string;
  readonly is_favorite: boolean | null;
  /** Null: it is looked up. */
  readonly linked: User | null;
  readonly last_interaction: string | null;
}

/**
 * Reads one item of a bulk insert, refusing by position what the database would refuse.
 *
 * @throws ContactSyncError `INVALID_CONTACT`, `INVALID_PHONE_HASH`
 */
export function readBulkItem(users: Users, item: unknown, index: number): BulkItem {
  const { owner_id, phone_hash, is_favorite, linked_user_id, last_interaction } = fieldsOf(
    item,
    index,
  );
  const owner = users.read(owner_id);
  if (owner === undefined) {
    throw unusable(index, `has no usable owner_id: it must be ${users.form}`);
  }
  if (is_favorite !== undefined && is_favorite !== null && typeof is_favorite !== "boolean") {
    throw unusable(index, "has no usable is_favorite: it must be true, false, null or absent");
  }
  const isLinked = linked_user_id !== undefined && linked_user_id !== null;
  const linked = isLinked ? users.read(linked_user_id) : null;
  if (linked === undefined) {
    throw unusable(index, `has no usable linked_user_id: it must be ${users.form}, null or absent`);
  }
  const time =
    last_interaction === undefined || last_interaction === null ? null : readTime(last_interaction);
  if (time === null && last_interaction !== undefined && last_interaction !== null) {
    throw unusable(
      index,
      "has no usable last_interaction: it must be a time in ISO 8601, a Date, null or absent",
    );
  }
  return {
    owner,
    phone_hash: assertPhoneHash(phone_hash, index),
    is_favorite: is_favorite ?? null,
    linked,
    last_interaction: time,
  };
}

/** Reads each field once; what a getter of the caller's throws belongs to the item it is in. */
function fieldsOf(item: unknown, index: number): Partial<BulkContact> {
  if (typeof item !== "object" || item === null) {
    throw unusable(index, "is not an object with owner_id and phone_hash");
  }
  const { fields, unknown } = readFields(item, index);
  if (unknown !== undefined) throw unusable(index, unknown);
  return fields;
}

function readFields(item: Partial<BulkContact>, index: number) {
  try {
    const { owner_id, phone_hash, is_favorite, linked_user_id, last_interaction } = item;
    const fields = { owner_id, phone_hash, is_favorite, linked_user_id, last_interaction };
    return { fields: fields as Partial<BulkContact>, unknown: unknownFieldIn(item, FIELDS) };
  } catch (cause) {
    throw unusable(index, "can't be read", cause);
  }
}

function unusable(index: number, what: string, cause?: unknown): ContactSyncError {
  return new ContactSyncError("INVALID_CONTACT", `the contact ${atPosition(index)} ${what}`, {
    index,
    cause,
  });
}

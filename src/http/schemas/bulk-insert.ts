import { MAX_CONTACTS_PER_CALL } from "@contact-sync/client";
import { type TSchema, Type } from "typebox";
import { BatchSize, PhoneHash, Time, UserId } from "./common.ts";
import { FRIENDS_HASH, OWNER } from "./examples.ts";
import { written } from "./sync.ts";

const bulkInsertBody = <Contact extends TSchema>(contact: Contact) =>
  Type.Object(
    {
      contacts: Type.Array(contact, {
        maxItems: MAX_CONTACTS_PER_CALL,
        description: "A malformed one refuses the call, naming its position and field.",
      }),
      batchSize: Type.Optional(BatchSize),
    },
    {
      additionalProperties: false,
      examples: [{ contacts: [{ owner_id: OWNER, phone_hash: FRIENDS_HASH }] }],
    },
  );

/** The contacts themselves are for the library, whose refusals name the position and the field. */
export const BulkInsertBody = bulkInsertBody(Type.Unknown());

const kept = { description: "Absent or null: what is stored stays." };

export const DescribedBulkInsertBody = bulkInsertBody(
  Type.Object(
    {
      owner_id: UserId,
      phone_hash: PhoneHash,
      is_favorite: Type.Optional(Type.Union([Type.Boolean(), Type.Null()], kept)),
      linked_user_id: Type.Optional(
        Type.Union([UserId, Type.Null()], {
          description: "Absent or null: looked up in the directory.",
        }),
      ),
      last_interaction: Type.Optional(Type.Union([Time, Type.Null()], kept)),
    },
    { additionalProperties: false },
  ),
);

/** For a streamed body, which has no other place for it. */
export const BulkInsertQuery = Type.Object(
  { batchSize: Type.Optional(BatchSize) },
  { additionalProperties: false },
);

export const BulkInsertData = Type.Object(written);

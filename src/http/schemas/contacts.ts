import {
  DEFAULT_CONTACTS_PER_PAGE,
  MAX_CONTACTS_PER_CALL,
  MAX_CONTACTS_PER_PAGE,
  type RunMode,
  type SyncStatus,
} from "@contact-sync/client";
import { Type } from "typebox";
import { Count, Nullable, PhoneHash, Time, UserId } from "./common.ts";
import { STRANGERS_HASH } from "./examples.ts";

export const Moment = Type.String({ format: "date-time" });

export const ContactData = Type.Object({
  owner_id: UserId,
  phone_hash: PhoneHash,
  linked_user_id: Nullable(UserId),
  is_favorite: Type.Boolean(),
  last_interaction: Nullable(Moment),
  created_at: Moment,
  updated_at: Moment,
});

export const ListQuery = Type.Object(
  {
    limit: Type.Optional(
      Type.Integer({
        minimum: 1,
        maximum: MAX_CONTACTS_PER_PAGE,
        default: DEFAULT_CONTACTS_PER_PAGE,
        description: "Contacts a page.",
      }),
    ),
    cursor: Type.Optional(
      Type.String({ maxLength: 200, description: "next_cursor of the page before." }),
    ),
    linked: Type.Optional(Type.Boolean({ description: "Only contacts that have an account." })),
    favorites: Type.Optional(Type.Boolean({ description: "Only favourites." })),
  },
  { additionalProperties: false },
);

export const ListData = Type.Object({
  contacts: Type.Array(ContactData),
  next_cursor: Nullable(Type.String()),
});

export const SummaryData = Type.Object({
  contacts_count: Count,
  linked_count: Count,
  favorites_count: Count,
});

export const StatusData = Type.Object({
  sync_status: Type.Unsafe<SyncStatus["sync_status"]>(
    Type.String({ enum: ["never_synced", "completed", "failed"] }),
  ),
  contacts_count: Count,
  last_sync_at: Nullable(Moment),
  last_sync_mode: Nullable(
    Type.Unsafe<RunMode>(Type.String({ enum: ["merge", "replace", "delta"] })),
  ),
  device_contacts_count: Nullable(Count),
  synced_contacts_count: Nullable(Count),
  matched_contacts_count: Nullable(Count),
  last_error_code: Nullable(Type.String()),
});

export const InteractionBody = Type.Object(
  { at: Type.Optional(Time) },
  {
    additionalProperties: false,
    description: "When it was; default now. The body may be absent.",
    examples: [{ at: "2026-01-31T18:00:00Z" }],
  },
);

export const DeletionBody = Type.Object(
  {
    phoneHashes: Type.Array(Type.String(), {
      maxItems: MAX_CONTACTS_PER_CALL,
      description: "Of 32 or 64 hex characters.",
    }),
  },
  { additionalProperties: false, examples: [{ phoneHashes: [STRANGERS_HASH] }] },
);

export const DeletedData = Type.Object({ contacts_deleted: Count });

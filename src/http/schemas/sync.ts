import {
  DEFAULT_STATISTICS_DAYS,
  MAX_CONTACTS_PER_CALL,
  MAX_COUNT,
  MAX_STATISTICS_DAYS,
  REJECTION_REASONS,
  type RejectionReason,
  type SyncMode,
} from "@contact-sync/client";
import { Type } from "typebox";
import { BatchSize, Count, DeviceId, Nullable, PhoneHash, Region, UserId } from "./common.ts";
import { BOOK, DEVICE } from "./examples.ts";

export const DeviceContactsCount = Type.Integer({
  minimum: 0,
  maximum: MAX_COUNT,
  description: "What the device has in all; may differ from the list's length.",
});

export const Mode = Type.Unsafe<SyncMode>(
  Type.String({
    enum: ["merge", "replace"],
    description:
      "merge adds only; replace takes the list for the whole book, or of a device for all that it holds.",
  }),
);

export const ConfirmRemoval = Type.Boolean({
  description: "Lets more than half of the book be removed.",
});

export const SyncBody = Type.Object(
  {
    phoneNumbers: Type.Optional(
      Type.Array(Type.String(), {
        maxItems: MAX_CONTACTS_PER_CALL,
        description: "Numbers in any notation. Either these or phoneHashes.",
      }),
    ),
    phoneHashes: Type.Optional(
      Type.Array(Type.String(), {
        maxItems: MAX_CONTACTS_PER_CALL,
        description: "Phone hashes of 32 or 64 hex characters, where the device hashes.",
      }),
    ),
    deviceContactsCount: DeviceContactsCount,
    batchSize: Type.Optional(BatchSize),
    defaultRegion: Type.Optional(Region),
    mode: Type.Optional(Mode),
    confirmRemoval: Type.Optional(ConfirmRemoval),
    deviceId: Type.Optional(DeviceId),
  },
  {
    additionalProperties: false,
    "x-examples": {
      phone: {
        summary: "The first sync of a phone in Egypt",
        value: {
          phoneNumbers: BOOK,
          deviceContactsCount: BOOK.length,
          defaultRegion: "EG",
          mode: "replace",
          deviceId: DEVICE,
        },
      },
      guide: {
        summary: "The guide's",
        value: {
          phoneNumbers: ["+1234567890", "+1987654321"],
          deviceContactsCount: 2,
          batchSize: 500,
        },
      },
    },
  },
);

const estimated = {
  estimated_batch_size: Type.Integer(),
  estimated_batches: Type.Integer(),
  estimated_time_seconds: Type.Integer(),
  estimated_memory_mb: Type.Number(),
};

/** What any write did. */
export const written = {
  total_processed: Count,
  contacts_inserted: Count,
  contacts_updated: Count,
  matched_contacts: Count,
  processing_time_ms: Type.Integer({ minimum: 1 }),
  batch_size: Type.Integer(),
  contacts_unchanged: Count,
  duplicates: Count,
};

export const Silent = Type.Boolean({
  description: "The user joined without an announcement: show them, but tell of nobody new.",
});

export const SyncToken = Type.String({
  description: "Opaque: what the device's next delta sends as syncToken.",
});

/** What any sync did. */
export const synced = {
  ...written,
  contacts_removed: Count,
  budget: Nullable(
    Type.Object(
      {
        limit: Type.Integer({ minimum: 1, description: "What it holds when it is full." }),
        remaining: Count,
        reset: Type.Integer({ minimum: 0, description: "Seconds until it is full." }),
      },
      {
        description:
          "How many further numbers that are new to the book the caller may sync; it refills evenly. Null: any.",
      },
    ),
  ),
  sync_completed: Type.Boolean(),
  rejected: Type.Array(
    Type.Object({
      index: Count,
      reason: Type.Unsafe<RejectionReason>(Type.String({ enum: Object.keys(REJECTION_REASONS) })),
    }),
  ),
  repeated: Type.Array(
    Type.Object({
      index: Count,
      repeats: Type.Integer({
        minimum: 0,
        description: "Position of the first entry with the same number.",
      }),
    }),
    { description: "The duplicates, in the order of the list." },
  ),
  matches: Type.Array(
    Type.Object({
      index: Count,
      indexes: Type.Array(Count, {
        minItems: 1,
        description: "Every position of the number in the list; the first is index.",
      }),
      phone_hash: PhoneHash,
      user_id: UserId,
      silent: Silent,
    }),
  ),
};

export const SyncData = Type.Object({
  ...synced,
  sync_token: Type.Union([SyncToken, Type.Null()], {
    description:
      "Null without a deviceId; and where another sync of the device came between, so that its next one is a full one.",
  }),
  performance_estimate: Type.Object(estimated),
});

export const EstimateBody = Type.Object(
  {
    contactCount: Type.Integer({ minimum: 0, maximum: MAX_COUNT }),
    batchSize: Type.Optional(BatchSize),
  },
  { additionalProperties: false, examples: [{ contactCount: 5000, batchSize: 500 }] },
);

export const EstimateData = Type.Object({
  ...estimated,
  observed_contacts_per_second: Nullable(Type.Number()),
  observed_time_seconds: Nullable(Type.Number()),
});

const counted = {
  total_syncs: Count,
  completed_syncs: Count,
  failed_syncs: Count,
  avg_device_contacts: Nullable(Type.Number()),
  avg_synced_contacts: Nullable(Type.Number()),
  avg_sync_rate: Nullable(Type.Number()),
  contacts_inserted: Count,
  contacts_updated: Count,
  contacts_unchanged: Count,
  contacts_removed: Count,
  matched_contacts: Count,
  avg_processing_time_ms: Nullable(Type.Number()),
  max_processing_time_ms: Nullable(Type.Number()),
  observed_contacts_per_second: Nullable(Type.Number()),
  unchanged_syncs: Type.Integer({
    minimum: 0,
    description:
      "Syncs by token that changed nothing, of the whole service; no other figure counts them.",
  }),
};

export const StatisticsQuery = Type.Object(
  {
    days: Type.Optional(
      Type.Integer({
        minimum: 1,
        maximum: MAX_STATISTICS_DAYS,
        default: DEFAULT_STATISTICS_DAYS,
        description: "Days back, by UTC.",
      }),
    ),
  },
  { additionalProperties: false },
);

export const StatisticsData = Type.Object({
  days: Type.Integer(),
  totals: Type.Object(counted),
  daily: Type.Array(Type.Object({ sync_date: Type.String(), ...counted })),
});

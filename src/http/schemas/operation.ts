import {
  DEFAULT_STATISTICS_DAYS,
  type ErrorCode,
  type Explanation,
  MAX_STATISTICS_DAYS,
  type RunMode,
} from "@contact-sync/client";
import { ERRORS } from "@contact-sync/client/errors";
import { Type } from "typebox";
import { Count, Nullable, Region, UserId, Uuid } from "./common.ts";
import { discoverable } from "./consent.ts";
import { Moment, StatusData, SummaryData } from "./contacts.ts";
import { DevicesData } from "./devices.ts";

const MAX_MESSAGES = 1_000;
export const DEFAULT_MESSAGES = 100;

const Rate = Type.Number({ minimum: 0 });
const NullableRate = (description: string) =>
  Type.Union([Rate, Type.Null()], { description: `${description}; null without any.` });
const Code = Type.Unsafe<ErrorCode>(Type.String({ enum: Object.keys(ERRORS) }));

export const DaysQuery = Type.Object(
  {
    days: Type.Optional(
      Type.Integer({
        minimum: 1,
        maximum: MAX_STATISTICS_DAYS,
        default: DEFAULT_STATISTICS_DAYS,
        description: "Today and the days before it, by UTC.",
      }),
    ),
  },
  { additionalProperties: false },
);

const figures = {
  full_syncs: Type.Integer({
    minimum: 0,
    description: "Of whole books, by merge, replace or in a session.",
  }),
  delta_syncs: Type.Integer({
    minimum: 0,
    description: "By token, of those that changed something.",
  }),
  unchanged_syncs: Type.Integer({
    minimum: 0,
    description: "By token, of those that changed nothing.",
  }),
  failed_syncs: Count,
  contacts_processed: Count,
  contacts_inserted: Count,
  contacts_updated: Count,
  contacts_unchanged: Count,
  contacts_removed: Count,
  contacts_matched: Count,
  success_rate: NullableRate("Completed of all syncs, in per cent"),
  match_rate: NullableRate("Matched of processed contacts, in per cent"),
  p50_ms: NullableRate("Milliseconds that half of the full and delta syncs took at most, to 5 %"),
  p95_ms: NullableRate("The same of 95 %"),
  contacts_per_second: NullableRate("Contacts for each second that syncs worked"),
  budget_refusals: Count,
};

const StoredTables = Type.Array(
  Type.Object({
    table: Type.String(),
    rows_estimate: Count,
    bytes: Type.Integer({ minimum: 0, description: "With its indexes." }),
  }),
  { description: "The largest first." },
);

export const OverviewData = Type.Object({
  at: Moment,
  version: Type.String(),
  today: Type.Object(figures, { description: "Since midnight, UTC." }),
  directory: Type.Object({ numbers: Count, users: Count }),
  books: Type.Object({ owners: Count, contacts: Count, linked_contacts: Count }),
  links: Type.Object({ waiting: Count, lag_seconds: Rate, owners_in_the_way: Count }),
  storage: StoredTables,
  webhooks: Type.Object({
    on: Type.Boolean({ description: "Whether links are announced at all." }),
    waiting: Count,
    oldest_seconds: Rate,
    failed: Count,
  }),
  suspects: Type.Object({ seen: Count, held: Count }),
});

export const HistoryData = Type.Object({
  days: Type.Array(
    Type.Object({
      ...figures,
      day: Type.String({ format: "date" }),
      state: Type.Union(
        [
          Type.Object({
            directory_numbers: Count,
            contacts: Count,
            bytes: Count,
            rows: Count,
          }),
          Type.Null(),
        ],
        { description: "As upkeep last measured it that day; null: it did not." },
      ),
      joiners: Type.Object(
        { linked: Count, lag_seconds_p95: NullableRate("What 95 % of them took at most") },
        { description: "Changes of the directory that reached every book that day." },
      ),
    }),
    { description: "Each day, the oldest first." },
  ),
});

export const FailuresData = Type.Object({
  failures: Type.Array(
    Type.Object({
      code: Code,
      syncs: Count,
      owners: Type.Integer({
        minimum: 0,
        description: "Of whom such a run is still kept; older ones are of nobody.",
      }),
      last_at: Moment,
      title: Type.String(),
      cure: Type.String(),
    }),
    { description: "The most frequent first." },
  ),
});

export const MessagesQuery = Type.Object(
  {
    state: Type.Optional(
      Type.Unsafe<"waiting" | "failed">(
        Type.String({
          enum: ["waiting", "failed"],
          description: "failed: given up, until they are replayed. Default: both.",
        }),
      ),
    ),
    limit: Type.Optional(
      Type.Integer({
        minimum: 1,
        maximum: MAX_MESSAGES,
        default: DEFAULT_MESSAGES,
        description: "How many at most.",
      }),
    ),
  },
  { additionalProperties: false },
);

export const MessagesData = Type.Object({
  messages: Type.Array(
    Type.Object({
      message_id: Uuid,
      type: Type.String(),
      owners: Count,
      changed_at: Moment,
      attempts: Count,
      last_failure: Nullable(Type.String()),
      next_attempt_at: Nullable(Moment),
      set_aside_at: Nullable(Moment),
    }),
    { description: "The oldest change first." },
  ),
});

export const ReplayBody = Type.Object(
  {
    message_ids: Type.Optional(
      Type.Array(Uuid, { maxItems: MAX_MESSAGES, description: "Absent: all that failed." }),
    ),
  },
  { additionalProperties: false, description: "May be absent.", examples: [{}] },
);

export const ReplayedData = Type.Object({ replayed: Count });

export const DoctorData = Type.Object({
  findings: Type.Array(
    Type.Object({
      severity: Type.Unsafe<"error" | "warning" | "note">(
        Type.String({ enum: ["error", "warning", "note"] }),
      ),
      code: Type.String(),
      object: Type.String(),
      message: Type.String(),
      cure: Type.String(),
    }),
    { description: "The worst first; none: all is well." },
  ),
});

export const SettingsData = Type.Object({
  budget: Type.Object({
    burst: Type.Integer({ minimum: 0, description: "0: no budget." }),
    per_day: Count,
    new_account_days: Count,
    new_account_burst: Count,
  }),
  hold_suspects: Type.Integer({ minimum: 0, maximum: 100, description: "0: nobody is held." }),
  discoverable,
  keep_choices_days: Count,
  retention: Type.Object({
    silent_owner_months: Count,
    forgotten_number_months: Count,
    run_days: Count,
  }),
  sync_token_days: Count,
  default_region: Nullable(Type.String()),
  user_ids: Type.Unsafe<"uuid" | "text">(Type.String({ enum: ["uuid", "text"] })),
  sealed: Type.Boolean(),
  limits: Type.Object({
    contacts_per_call: Count,
    contacts_per_stream: Count,
    contacts_per_owner: Count,
    hashes_per_delta: Count,
    devices_per_owner: Count,
    request_bytes: Count,
    requests_per_owner: Type.Integer({ minimum: 0, description: "A minute; 0: no limit." }),
    requests_per_address: Type.Integer({ minimum: 0, description: "A minute; 0: no limit." }),
  }),
});

export const UserData = Type.Object({
  user_id: UserId,
  numbers: Count,
  status: Type.Union([StatusData, Type.Null()], {
    description: "Null of somebody who has neither synced nor got a book otherwise.",
  }),
  summary: SummaryData,
  devices: DevicesData.properties.devices,
  budget: Nullable(
    Type.Object({
      limit: Type.Integer({ minimum: 1 }),
      remaining: Count,
      reset: Count,
    }),
  ),
  discoverability: discoverable,
  blocked_users: Count,
  suspicion: Type.Integer({ minimum: 0, maximum: 100, description: "Of the last 30 days." }),
  held_at: Nullable(Moment),
  runs: Type.Array(
    Type.Object({
      started_at: Moment,
      status: Type.Unsafe<"completed" | "failed">(Type.String({ enum: ["completed", "failed"] })),
      mode: Type.Unsafe<RunMode>(Type.String({ enum: ["merge", "replace", "delta"] })),
      contacts: Count,
      inserted: Count,
      updated: Count,
      removed: Count,
      matched: Count,
      processing_time_ms: Count,
      error_code: Nullable(Code),
    }),
    { description: "The newest first, 20 at most." },
  ),
});

export const ExplainBody = Type.Object(
  {
    phoneNumber: Type.String({
      maxLength: 200,
      description: "In any notation, or its phone hash.",
    }),
    defaultRegion: Type.Optional(Region),
  },
  { additionalProperties: false, examples: [{ phoneNumber: "+1234567890" }] },
);

const STEPS: Record<Explanation["steps"][number]["step"], true> = {
  readable: true,
  not_forgotten: true,
  in_directory: true,
  not_own_number: true,
  not_blocked: true,
  discoverable: true,
  in_book: true,
  linked: true,
  not_held: true,
};

export const ExplanationData = Type.Object({
  seen: Type.Boolean({ description: "Whether the user is told who has the number." }),
  found_user_id: Type.Union([UserId, Type.Null()], {
    description: "Who has it, where anybody is known to.",
  }),
  steps: Type.Array(
    Type.Object({
      step: Type.Unsafe<Explanation["steps"][number]["step"]>(
        Type.String({ enum: Object.keys(STEPS) }),
      ),
      outcome: Type.Unsafe<Explanation["steps"][number]["outcome"]>(
        Type.String({ enum: ["yes", "no", "unknown"] }),
      ),
      detail: Type.String({ description: "For a person; it never names a number." }),
    }),
    { description: "In the order in which they decide; the first no is the reason." },
  ),
});

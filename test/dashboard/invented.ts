// What a service of some thousand users might tell its operator: a year of it, the same each time.
import {
  type DoctorFindings,
  ERROR_CODES,
  type ErrorCode,
  type Explanation,
  type OperationDay,
  type OperationFailures,
  type OperationOverview,
  type OperationSettings,
  type Suspect,
  type SyncFigures,
  type UserReport,
  type WebhookMessages,
} from "@contact-sync/client";
import { ERRORS } from "@contact-sync/client/errors";

const DAY_MS = 86_400_000;

/** An id as some app might have it: nothing of it may be taken for a part of an address. */
export const ODD_ID = "auth0|a/b?c#d %2F é";
export const HELD_ID = "b2000000-0000-4000-8000-000000000001";

/** 0 to 1, the same for the same number. */
const noise = (number: number) => (Math.sin(number * 12.9898) * 43_758.5453) % 1 ** 2;
const wave = (day: number) => 1 + 0.25 * Math.sin(day / 1.11) + 0.2 * noise(day);

function figuresOf(day: number): SyncFigures {
  const size = (365 - day) * wave(day);
  const [full, delta, unchanged] = [0.6, 3.1, 9.4].map((share) => Math.round(share * size));
  const failed = Math.round(Math.abs(noise(day + 7)) * 6);
  const [inserted, updated, removed] = [38, 1.4, 3.2].map((share) => Math.round(share * size));
  const unchangedContacts = Math.round(240 * size);
  const processed = (inserted ?? 0) + (updated ?? 0) + unchangedContacts;
  const all = (full ?? 0) + (delta ?? 0) + (unchanged ?? 0) + failed;
  return {
    full_syncs: full ?? 0,
    delta_syncs: delta ?? 0,
    unchanged_syncs: unchanged ?? 0,
    failed_syncs: failed,
    contacts_processed: processed,
    contacts_inserted: inserted ?? 0,
    contacts_updated: updated ?? 0,
    contacts_unchanged: unchangedContacts,
    contacts_removed: removed ?? 0,
    contacts_matched: Math.round(processed * (0.12 + 0.0002 * (365 - day))),
    success_rate: Math.round(((all - failed) / all) * 10_000) / 100,
    match_rate: Math.round((12 + 0.02 * (365 - day)) * 100) / 100,
    p50_ms: day > 90 ? null : Math.round(38 + 6 * noise(day)),
    p95_ms: day > 90 ? null : Math.round(310 + 90 * noise(day + 3)),
    contacts_per_second: 21_000 + Math.round(2_500 * noise(day)),
    budget_refusals: Math.max(0, Math.round(4 * noise(day + 1))),
  };
}

export function daysOf(count: number, today: number): OperationDay[] {
  return Array.from({ length: count }, (_, index) => {
    const back = count - 1 - index;
    const size = 365 - back;
    return {
      ...figuresOf(back),
      day: new Date(today - back * DAY_MS).toISOString().slice(0, 10),
      state:
        back > 200 || back === 12
          ? null
          : {
              directory_numbers: 40_000 + 160 * size,
              contacts: 3_000_000 + 21_000 * size,
              bytes: 690_000_000 + 3_670_000 * size,
              rows: 3_400_000 + 21_700 * size,
            },
      joiners: {
        linked: Math.round(160 * wave(back)),
        lag_seconds_p95: back % 11 === 0 ? null : 1.4 + Math.abs(noise(back)),
      },
    };
  });
}

export const emptyDays = (count: number, today: number): OperationDay[] =>
  daysOf(count, today).map(({ day }) => ({ ...NOTHING, day, state: null, joiners: NOBODY }));

const NOBODY = { linked: 0, lag_seconds_p95: null };
const NOTHING: SyncFigures = {
  full_syncs: 0,
  delta_syncs: 0,
  unchanged_syncs: 0,
  failed_syncs: 0,
  contacts_processed: 0,
  contacts_inserted: 0,
  contacts_updated: 0,
  contacts_unchanged: 0,
  contacts_removed: 0,
  contacts_matched: 0,
  success_rate: null,
  match_rate: null,
  p50_ms: null,
  p95_ms: null,
  contacts_per_second: null,
  budget_refusals: 0,
};

export const overviewAt = (now: number): OperationOverview => ({
  at: new Date(now).toISOString(),
  version: "0.1.0",
  today: figuresOf(0),
  directory: { numbers: 98_412, users: 91_077 },
  books: { owners: 64_210, contacts: 10_665_000, linked_contacts: 1_812_400 },
  links: { waiting: 3, lag_seconds: 1.2, owners_in_the_way: 0 },
  storage: [
    { table: "contacts", rows_estimate: 10_665_000, bytes: 1_910_400_000 },
    { table: "phones", rows_estimate: 98_412, bytes: 21_300_000 },
    { table: "contact_sync_runs", rows_estimate: 412_000, bytes: 68_200_000 },
    { table: "contact_sync_status", rows_estimate: 64_210, bytes: 14_100_000 },
    { table: "contact_sync_devices", rows_estimate: 78_900, bytes: 16_800_000 },
  ],
  webhooks: { on: true, waiting: 4, oldest_seconds: 95, failed: 2 },
  suspects: { seen: 3, held: 1 },
});

export const emptyOverviewAt = (now: number): OperationOverview => ({
  ...overviewAt(now),
  today: NOTHING,
  directory: { numbers: 0, users: 0 },
  books: { owners: 0, contacts: 0, linked_contacts: 0 },
  links: { waiting: 0, lag_seconds: 0, owners_in_the_way: 0 },
  storage: [{ table: "contacts", rows_estimate: 0, bytes: 40_960 }],
  webhooks: { on: false, waiting: 0, oldest_seconds: 0, failed: 0 },
  suspects: { seen: 0, held: 0 },
});

const failureOf = (code: ErrorCode, syncs: number, owners: number, last: number) => {
  if (!ERROR_CODES.includes(code)) throw new Error(code);
  const { title, cure } = ERRORS[code];
  return { code, syncs, owners, last_at: new Date(last).toISOString(), title, cure };
};

export const failuresAt = (now: number): OperationFailures => ({
  failures: [
    failureOf("REPLACE_NEEDS_CONFIRMATION", 61, 48, now - 6 * 60_000),
    failureOf("TIMED_OUT", 9, 9, now - 31 * 3_600_000),
    failureOf("CONTACTS_LIMIT_EXCEEDED", 4, 2, now - 4 * DAY_MS),
  ],
});

export const suspectsAt = (now: number): Suspect[] => [
  {
    owner_id: HELD_ID,
    suspicion: 92,
    neighbours_percent: 100,
    last_seen_at: new Date(now - 12 * 60_000).toISOString(),
    syncs: 14,
    budget_refusals: 9,
    contacts_inserted: 20_000,
    contacts_removed: 12_400,
    matched_contacts: 31,
    contacts_count: 7_600,
    first_sync_at: new Date(now - 19 * 3_600_000).toISOString(),
    held_at: new Date(now - 4 * 3_600_000).toISOString(),
    released_at: null,
  },
  {
    owner_id: ODD_ID,
    suspicion: 61,
    neighbours_percent: 71,
    last_seen_at: new Date(now - 3 * 3_600_000).toISOString(),
    syncs: 3,
    budget_refusals: 0,
    contacts_inserted: 2_050,
    contacts_removed: 0,
    matched_contacts: 118,
    contacts_count: 2_311,
    first_sync_at: new Date(now - 90 * DAY_MS).toISOString(),
    held_at: null,
    released_at: new Date(now - 2 * 3_600_000).toISOString(),
  },
  {
    owner_id: "01JDQ4Z6V3N8T2Y5B7C9K1M0PX",
    suspicion: 34,
    neighbours_percent: null,
    last_seen_at: new Date(now - 8 * 3_600_000).toISOString(),
    syncs: 2,
    budget_refusals: 1,
    contacts_inserted: 11_800,
    contacts_removed: 0,
    matched_contacts: 940,
    contacts_count: 11_800,
    first_sync_at: new Date(now - 8 * 3_600_000).toISOString(),
    held_at: null,
    released_at: null,
  },
];

type Message = WebhookMessages["messages"][number];

const messageOf = (number: number, now: number, more: Partial<Message>): Message => ({
  message_id: `msg_0193${number}f7a2c41e8b9`,
  type: "contacts.linked",
  owners: 12 * number + 1,
  changed_at: new Date(now - number * 3_600_000).toISOString(),
  attempts: 0,
  last_failure: null,
  next_attempt_at: null,
  set_aside_at: null,
  ...more,
});

export const failedMessagesAt = (now: number): Message[] => [
  messageOf(61, now, {
    attempts: 12,
    last_failure: "5xx",
    set_aside_at: new Date(now - 9 * 3_600_000).toISOString(),
  }),
  messageOf(60, now, {
    attempts: 12,
    last_failure: "timeout",
    set_aside_at: new Date(now - 8 * 3_600_000).toISOString(),
  }),
];

export const waitingMessagesAt = (now: number): Message[] =>
  [1, 2, 3, 4].map((number) =>
    messageOf(number, now, {
      changed_at: new Date(now - (100 - number * 20) * 1_000).toISOString(),
      attempts: number % 2,
      last_failure: number % 2 === 1 ? "unreachable" : null,
      next_attempt_at: new Date(now + number * 45_000).toISOString(),
    }),
  );

export const FINDINGS: DoctorFindings = {
  findings: [
    {
      severity: "error",
      code: "GRANT_FOREIGN",
      object: "table contacts",
      message: "The role anon may read it.",
      cure: "Run contact-sync doctor --fix, which revokes it.",
    },
    {
      severity: "warning",
      code: "INDEX_MISSING",
      object: "index contacts_linked_idx",
      message: "It is not there, so that whoever is erased has every book looked through.",
      cure: "Run contact-sync doctor --fix, which makes it without locking anybody out.",
    },
    {
      severity: "note",
      code: "STATISTICS_OLD",
      object: "table phones",
      message: "It was last analysed 41 days ago.",
      cure: "Run analyze phones, or turn autovacuum on.",
    },
  ],
};

export const SETTINGS: OperationSettings = {
  budget: { burst: 20_000, per_day: 2_000, new_account_days: 7, new_account_burst: 12_000 },
  hold_suspects: 80,
  discoverable: "everybody",
  keep_choices_days: 30,
  retention: { silent_owner_months: 18, forgotten_number_months: 0, run_days: 90 },
  sync_token_days: 30,
  default_region: "EG",
  user_ids: "text",
  sealed: true,
  limits: {
    contacts_per_call: 10_000,
    contacts_per_stream: 1_000_000,
    contacts_per_owner: 1_000_000,
    hashes_per_delta: 10_000,
    devices_per_owner: 14,
    request_bytes: 1_000_000,
    requests_per_owner: 120,
    requests_per_address: 6_000,
  },
};

const runOf = (now: number, number: number): UserReport["runs"][number] => {
  const isFailed = number === 3;
  const isFull = number === 19;
  return {
    started_at: new Date(now - (number * 26 + 2) * 3_600_000).toISOString(),
    status: isFailed ? "failed" : "completed",
    mode: isFull ? "replace" : "delta",
    contacts: isFull ? 342 : (number % 4) + 1,
    inserted: isFailed ? 0 : isFull ? 342 : number % 4,
    updated: 0,
    removed: isFailed ? 0 : number % 2,
    matched: isFull ? 55 : number % 3,
    processing_time_ms: isFull ? 212 : 9 + number,
    error_code: isFailed ? "TIMED_OUT" : null,
  };
};

export const reportAt = (userId: string, now: number): UserReport => ({
  user_id: userId,
  numbers: 1,
  status: {
    sync_status: "completed",
    contacts_count: 351,
    last_sync_at: new Date(now - 2 * 3_600_000).toISOString(),
    last_sync_mode: "delta",
    device_contacts_count: 368,
    synced_contacts_count: 351,
    matched_contacts_count: 57,
    last_error_code: null,
  },
  summary: { contacts_count: 351, linked_count: 57, favorites_count: 4 },
  devices: [
    {
      device_id: "omars-phone",
      created_at: new Date(now - 61 * DAY_MS).toISOString(),
      last_seen_at: new Date(now - 2 * 3_600_000).toISOString(),
      contacts_count: 338,
    },
    {
      device_id: "omars-tablet",
      created_at: new Date(now - 20 * DAY_MS).toISOString(),
      last_seen_at: new Date(now - 9 * DAY_MS).toISOString(),
      contacts_count: 351,
    },
  ],
  budget: { limit: 20_000, remaining: 19_640, reset: 15_552 },
  discoverability: "mutual",
  blocked_users: 2,
  suspicion: 4,
  held_at: null,
  runs: Array.from({ length: 20 }, (_, number) => runOf(now, number)),
});

export const strangerOf = (userId: string): UserReport => ({
  user_id: userId,
  numbers: 0,
  status: null,
  summary: { contacts_count: 0, linked_count: 0, favorites_count: 0 },
  devices: [],
  budget: null,
  discoverability: "everybody",
  blocked_users: 0,
  suspicion: 0,
  held_at: null,
  runs: [],
});

export const EXPLANATION: Explanation = {
  seen: false,
  found_user_id: "a1000000-0000-4000-8000-000000000001",
  steps: [
    { step: "readable", outcome: "yes", detail: "It is read as a number of Egypt." },
    { step: "not_forgotten", outcome: "yes", detail: "Nobody had it forgotten." },
    { step: "in_directory", outcome: "yes", detail: "A user verified it on 3 March 2026." },
    { step: "not_own_number", outcome: "yes", detail: "It is somebody else's." },
    { step: "not_blocked", outcome: "yes", detail: "Its holder blocks two users, not this one." },
    {
      step: "discoverable",
      outcome: "no",
      detail:
        "Its holder is found by mutual contacts only, and has no number of this user in their book.",
    },
    { step: "in_book", outcome: "yes", detail: "It is in the book." },
    { step: "linked", outcome: "unknown", detail: "There is no link to wait for." },
    { step: "not_held", outcome: "yes", detail: "The user is not held." },
  ],
};

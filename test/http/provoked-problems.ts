import { randomUUID } from "node:crypto";
import {
  ContactSyncError,
  EMPTY_DIGEST,
  type ErrorCode,
  MAX_REQUEST_BYTES,
} from "@contact-sync/client";
import { hashOf, numberOf, numbers } from "../support/use-contact-sync.ts";
import { type AppOverrides, type Request, SERVICE_KEY } from "./support.ts";

/** The n of a number that is in nobody's book. */
export const NOBODY = 9;

const SYNC = "/api/v1/contacts/sync";
const BULK = "/api/v1/contacts/bulk-insert";
const NOWHERE = `/api/v1/contacts/${hashOf(NOBODY)}`;

// Faults of starting, of the command line, and of SQL called by others: no request can bring them.
export const NOT_BY_HTTP: ErrorCode[] = [
  "UNSUPPORTED_ISOLATION_LEVEL",
  "NAME_TAKEN",
  "STREAM_INCOMPLETE",
  "KEY_MISMATCH",
  "USER_IDS_MISMATCH",
  "KEY_ROTATION", // the service does it again
  "UNSAFE_DATABASE",
  "UNSUPPORTED_CLUSTER",
  "INVALID_KEY",
  "KEY_REQUIRED",
  "DATABASE_BUSY",
  "EMBEDDED_UNAVAILABLE",
  "ABORTED",
  "CONTACTS_UNAVAILABLE", // of the phone alone
  "STORAGE_UNAVAILABLE",
  "INVALID_CONFIGURATION",
  "INVALID_RECEIPT", // nothing is asked of the service to verify one
];

// What the database and the load decide; faults-*, idempotency and rate-limits bring these in full.
export const BY_STATE: ErrorCode[] = [
  "IDEMPOTENCY_KEY_IN_USE",
  "TIMED_OUT",
  // devices brings these: what answers give is what the next request sends
  "SYNC_DIGEST_MISMATCH",
  "SESSION_INCOMPLETE",
  // sessions brings it: it takes a part that arrives between two statements of one call
  "SESSION_CHANGED",
  // contacts/consent/choosing brings it: it takes 10,000 blocks
  "BLOCK_LIMIT_EXCEEDED",
];

const sync = (body: object): Request => ({ method: "POST", url: SYNC, body });
const bulk = (contact: unknown): Request => ({
  method: "POST",
  url: BULK,
  token: SERVICE_KEY,
  body: { contacts: [contact] },
});
const phones = (body: object): Request => ({
  method: "PUT",
  url: `/api/v1/users/${randomUUID()}/phones`,
  token: SERVICE_KEY,
  body,
});

/** A request for each code, and what it takes before; the token is a user's unless it says otherwise. */
export const PROVOKED: [ErrorCode, Request[], AppOverrides?][] = [
  ["INVALID_ARGUMENT", [{ method: "GET", url: "/api/v1/contacts?cursor=x" }]],
  ["INVALID_BATCH_SIZE", [sync({ phoneNumbers: [], deviceContactsCount: 0, batchSize: 50 })]],
  ["CONTACTS_LIMIT_EXCEEDED", [sync({ phoneNumbers: numbers(10_001), deviceContactsCount: 1 })]],
  ["INVALID_PHONE_HASH", [sync({ phoneHashes: [numberOf(1)], deviceContactsCount: 1 })]],
  ["INVALID_CONTACT", [bulk({ phone_hash: numberOf(1) })]],
  [
    "REPLACE_NEEDS_CONFIRMATION",
    [
      sync({ phoneNumbers: numbers(9), deviceContactsCount: 9 }),
      sync({ phoneNumbers: [], deviceContactsCount: 0, mode: "replace" }),
    ],
  ],
  ["NOT_ALLOWED", [{ method: "POST", url: BULK }]],
  [
    "VERIFICATION_OUTDATED",
    ["2026-02-01", "2026-01-01"].map((verifiedAt) =>
      phones({ phoneNumber: numberOf(1), verifiedAt }),
    ),
  ],
  [
    "NEW_NUMBER_BUDGET_EXCEEDED",
    [0, 10_000, 20_000].map((from) =>
      sync({ phoneNumbers: numbers(10_000, from), deviceContactsCount: 30_000 }),
    ),
  ],
  ["CONTACT_NOT_FOUND", [{ method: "DELETE", url: NOWHERE }]],
  [
    "SYNC_TOKEN_EXPIRED",
    [
      {
        method: "POST",
        url: `${SYNC}/delta`,
        body: {
          syncToken: numberOf(1),
          digest: EMPTY_DIGEST,
          added: [hashOf(NOBODY)],
          removed: [],
        },
      },
    ],
  ],
  [
    "SESSION_NOT_FOUND",
    [
      {
        method: "PUT",
        url: `${SYNC}/sessions/${randomUUID()}/parts/0`,
        body: { phoneHashes: [hashOf(NOBODY)] },
      },
    ],
  ],
  ["DEVICE_NOT_FOUND", [{ method: "DELETE", url: "/api/v1/contacts/devices/phone-1" }]],
  [
    "NUMBER_HAS_ACCOUNT",
    [
      phones({ phoneNumber: numberOf(NOBODY + 1) }),
      {
        method: "POST",
        url: "/api/v1/directory/forget-number",
        token: SERVICE_KEY,
        body: { phoneNumber: numberOf(NOBODY + 1) },
      },
    ],
  ],
  ["INVALID_PHONE_NUMBER", [phones({ phoneNumber: "0100 123 4567" })]],
  ["INVALID_REGION", [sync({ phoneNumbers: [], deviceContactsCount: 0, defaultRegion: "QQ" })]],
  [
    "UNREADABLE_FILE",
    [
      {
        method: "POST",
        url: BULK,
        token: SERVICE_KEY,
        body: "{",
        headers: { "content-type": "application/x-ndjson" },
      },
    ],
  ],
  ["INVALID_REQUEST", [{ method: "POST", url: SYNC, body: '{"phoneNumbers": ["+201001234567"' }]],
  ["UNAUTHENTICATED", [{ method: "DELETE", url: NOWHERE, token: "" }]],
  ["NOT_FOUND", [{ method: "PATCH", url: NOWHERE }]],
  [
    "PAYLOAD_TOO_LARGE",
    [{ method: "POST", url: SYNC, body: `"${numberOf(1).repeat(MAX_REQUEST_BYTES / 10)}"` }],
  ],
  [
    "UNSUPPORTED_MEDIA_TYPE",
    [{ method: "POST", url: SYNC, body: numberOf(1), headers: { "content-type": "text/plain" } }],
  ],
  [
    "IDEMPOTENCY_KEY_REUSED",
    [1, 2].map((deviceContactsCount) => ({
      ...sync({ phoneNumbers: [], deviceContactsCount }),
      headers: { "idempotency-key": "k" },
    })),
  ],
  [
    "RATE_LIMITED",
    [1, 2].map(() => ({ method: "DELETE" as const, url: NOWHERE })),
    { limits: { perAddress: 0, perOwner: 1 } },
  ],
  ["OVERLOADED", [{ method: "DELETE", url: NOWHERE }], throwing("OVERLOADED")],
  ["DATABASE_NOT_MIGRATED", [{ method: "GET", url: "/readyz" }], throwing("DATABASE_NOT_MIGRATED")],
  ["DATABASE_UNAVAILABLE", [{ method: "DELETE", url: NOWHERE }], throwing("DATABASE_UNAVAILABLE")],
  ["KEYS_UNAVAILABLE", [{ method: "DELETE", url: NOWHERE }], throwing("KEYS_UNAVAILABLE")],
  ["DATABASE_READ_ONLY", [{ method: "DELETE", url: NOWHERE }], throwing("DATABASE_READ_ONLY")],
  ["DATABASE_FULL", [{ method: "DELETE", url: NOWHERE }], throwing("DATABASE_FULL")],
  ["INTERNAL", [{ method: "DELETE", url: NOWHERE }], throwing(null)],
];

/** A service whose doorkeeper meets a fault: what the fault becomes is the same wherever it is met. */
function throwing(code: ErrorCode | null): AppOverrides {
  const fault =
    code === null ? new TypeError(numberOf(1)) : new ContactSyncError(code, "for a test");
  return { verifyToken: () => Promise.reject(fault), checkReadiness: () => Promise.reject(fault) };
}

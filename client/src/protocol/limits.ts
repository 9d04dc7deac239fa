// The limits of docs/contact-batch-operations-guide.md ("Supabase Limits & Performance", "Optimal
// Batch Sizing Algorithm"), and the few that follow from them. Counts are contacts, sizes bytes
// unless named. The library and the service take their numbers from here; SQL has its own.

/** The smallest batch that the guide recommends and HTTP accepts. */
export const MIN_RECOMMENDED_BATCH_SIZE = 100;
/** The smallest batch that the library and SQL take: correct, but slow. */
export const MIN_BATCH_SIZE = 1;
/** The guide's maximum: rows that one INSERT handles. */
export const MAX_BATCH_SIZE = 1_000;
/** The guide's recommendation, and the default of the SQL functions. */
export const DEFAULT_BATCH_SIZE = 500;

/** Above this many contacts, the guide caps the batch at `LARGE_DATASET_BATCH_SIZE`. */
export const LARGE_DATASET_CONTACTS = 10_000;
export const LARGE_DATASET_BATCH_SIZE = 500;

/** The guide's target for one batch: "250KB … sweet spot for PostgreSQL". */
export const TARGET_BATCH_KB = 250;
/** The guide's average contact. */
export const DEFAULT_CONTACT_SIZE_KB = 0.5;
/** The rate that the guide's estimates assume. */
export const ESTIMATED_CONTACTS_PER_SECOND = 1_000;

/** One call takes as many, as an array or as a JSON request; more is chunked or streamed. */
export const MAX_CONTACTS_PER_CALL = 10_000;
/** What the guide cuts larger lists into. */
export const RECOMMENDED_CHUNK_CONTACTS = 5_000;
/** The guide's "1MB per request". */
export const MAX_REQUEST_BYTES = 1_048_576;
/** The guide's "1,000,000 total": what one owner may hold in all. */
export const MAX_CONTACTS_PER_OWNER = 1_000_000;
/** The same for one streamed import. */
export const MAX_CONTACTS_PER_STREAM = 1_000_000;

/** Contacts a page, where somebody's are listed. */
export const MAX_CONTACTS_PER_PAGE = 1_000;
export const DEFAULT_CONTACTS_PER_PAGE = 100;

/** Blocked users a page, where somebody's are listed. */
export const MAX_BLOCKS_PER_PAGE = 1_000;
export const DEFAULT_BLOCKS_PER_PAGE = 100;

/** The most that a count may be: what PostgreSQL's integer holds. */
export const MAX_COUNT = 2_147_483_647;

/** Days of statistics that one request may ask for, and the guide's example as the default. */
export const MAX_STATISTICS_DAYS = 365;
export const DEFAULT_STATISTICS_DAYS = 30;

/** The most that either figure of the budget for new numbers may be. */
export const MAX_NEW_NUMBERS = 1_000_000_000;

/** What an app may call a device: 1 to 64 letters, digits, dots, underscores and hyphens. */
export const DEVICE_ID = /^[A-Za-z0-9._-]{1,64}$/;
/** Devices an owner may have at once; one more takes the place of the one silent longest. */
export const MAX_DEVICES_PER_OWNER = 14;
/** Hashes that were added and removed, both together, in one delta. */
export const MAX_HASHES_PER_DELTA = 10_000;
/** Changes that one answer lists, and the default; what is left comes with the next. */
export const MAX_CHANGES_PER_PAGE = 1_000;
/** What a session may stage in all of its parts, each of which is one call. */
export const MAX_CONTACTS_PER_SESSION = 1_000_000;
/** Parts a session may have. */
export const MAX_PARTS_PER_SESSION = 10_000;

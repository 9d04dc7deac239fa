import { required } from "../lib/required.js";

/** Contacts a user, as in the issue that every address book is measured against. */
export const CONTACTS_A_USER = 300;
/** Days that runs are kept one by one: clean_up_contact_sync()'s default. */
const DAYS_OF_RUNS = 90;

const GB = 1e9;
const MS_AN_HOUR = 3_600_000;

/**
 * What was measured, and what follows from it for a number of users.
 *
 * @typedef {object} Constants bytes a row as it is on disk; CPU in milliseconds of one sync of 300
 * @property {number} contactHeap
 * @property {number} contactIndexes
 * @property {number} phoneKeyIndex of `contactIndexes`, the one that new contacts are scattered over
 * @property {number} directory a number, with its indexes
 * @property {number} directoryIndex of `directory`, the one that new contacts are looked up in
 * @property {number} status a user's
 * @property {number} run a sync's
 * @property {number} firstCpuMs of the server
 * @property {number} unchangedCpuMs of the server
 * @property {number} clientCpuMs of the service, an unchanged sync of phone hashes
 * @property {number} firstWal bytes, pages that were changed before
 * @property {number} unchangedWal bytes
 */

/**
 * What is read of published figures.
 *
 * @typedef {{ median: number }} Middle
 *
 * @typedef {object} SyncCase
 * @property {string} tables
 * @property {number} contacts
 * @property {string} subject
 * @property {string} kind
 * @property {Middle | null} server_cpu_ms
 * @property {Middle} client_cpu_ms
 * @property {Middle} wal_bytes
 *
 * @typedef {{ heap: number, indexes: Record<string, number>, total: number }} Taken bytes a row
 * @typedef {{ state?: string, tables?: Record<string, Taken> }} ImportCase
 */

/**
 * Reads the constants out of published figures, each from where the command that is named with it
 * in docs/scaling.md has put it.
 *
 * @param {{ sync: { cases: SyncCase[] }, import: { cases: ImportCase[] } }} figures
 *   docs/benchmarks/sync.full.json and import.full.json
 * @returns {Constants}
 */
export function constantsOf(figures) {
  const state = `books of ${CONTACTS_A_USER}, synced`;
  const tables = figures.import.cases.find((of) => of.state === state)?.tables;
  const table = (/** @type {string} */ name) => required(tables?.[name], `${name} of ${state}`);
  const index = (/** @type {Taken} */ { indexes }, /** @type {string} */ name) =>
    required(indexes[name], name);
  const contacts = table("contacts_with_accounts");
  const phones = table("phones");
  const largest = figures.sync.cases
    .map((of) => of.tables)
    .reduce((one, other) => (millionsOf(other) > millionsOf(one) ? other : one));
  const sync = (/** @type {string} */ subject, /** @type {string} */ kind) =>
    required(
      figures.sync.cases.find(
        (of) =>
          of.tables === largest &&
          of.contacts === CONTACTS_A_USER &&
          of.subject === subject &&
          of.kind === kind,
      ),
      `${kind} sync by ${subject} on ${largest}`,
    );
  const serverCpuMs = (/** @type {SyncCase} */ of) =>
    required(of.server_cpu_ms, `server CPU of ${of.subject}`).median;
  const first = sync("contact-sync-sql", "first");
  const unchanged = sync("contact-sync-sql", "unchanged");
  return {
    contactHeap: contacts.heap,
    contactIndexes: contacts.total - contacts.heap,
    phoneKeyIndex: index(contacts, "contacts_with_accounts_phone_key_idx"),
    directory: phones.total,
    directoryIndex: index(phones, "phones_pkey"),
    status: table("contact_sync_status").total,
    run: table("contact_sync_runs").total,
    firstCpuMs: serverCpuMs(first),
    unchangedCpuMs: serverCpuMs(unchanged),
    clientCpuMs: sync("contact-sync", "unchanged").client_cpu_ms.median,
    firstWal: first.wal_bytes.median,
    unchangedWal: unchanged.wal_bytes.median,
  };
}

/** Of a name like 20M-1M: the contacts, in millions. @param {string} tables */
const millionsOf = (tables) => Number(/^(\d+)M-/.exec(tables)?.[1] ?? 0);

/**
 * @param {Constants} constants
 * @param {number} users each with 300 contacts and a number in the directory, and a sync a day
 */
export function capacityOf(constants, users) {
  const contacts = users * CONTACTS_A_USER;
  const gigabytes = {
    contacts: (contacts * constants.contactHeap) / GB,
    contactIndexes: (contacts * constants.contactIndexes) / GB,
    directory: (users * constants.directory) / GB,
    status: (users * constants.status) / GB,
    runs: (users * DAYS_OF_RUNS * constants.run) / GB,
  };
  return {
    users,
    contacts,
    gigabytes,
    total: Object.values(gigabytes).reduce((total, one) => total + one, 0),
    // New contacts land anywhere in these two; everything else of an owner lies together.
    randomlyTouched: (contacts * constants.phoneKeyIndex + users * constants.directoryIndex) / GB,
    firstSyncCoreHours: (users * constants.firstCpuMs) / MS_AN_HOUR,
    dailySyncCoreHours: (users * constants.unchangedCpuMs) / MS_AN_HOUR,
    dailyServiceCoreHours: (users * constants.clientCpuMs) / MS_AN_HOUR,
    firstSyncWal: (users * constants.firstWal) / GB,
    dailyWal: (users * constants.unchangedWal) / GB,
    perCoreSecond: {
      first: 1_000 / constants.firstCpuMs,
      unchanged: 1_000 / constants.unchangedCpuMs,
    },
  };
}

/** Contacts a user, as in the issue that every address book is measured against. */
export const CONTACTS_A_USER = 300;
/** Days that runs are kept one by one: fold_sync_runs()'s default. */
export const DAYS_OF_RUNS = 90;

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
 * Reads the constants out of published figures, each from where the command that is named with it
 * in docs/scaling.md has put it.
 *
 * @param {{ sync: object, import: object }} figures docs/benchmarks/sync.full.json and import.full.json
 * @returns {Constants}
 */
export function constantsOf(figures) {
  const { tables } = figures.import.cases.find(
    ({ state }) => state === `books of ${CONTACTS_A_USER}, synced`,
  );
  const { contacts_with_accounts: contacts, phones } = tables;
  const largest = figures.sync.cases
    .map((of) => of.tables)
    .reduce((one, other) => (millionsOf(other) > millionsOf(one) ? other : one));
  const sync = (subject, kind) =>
    figures.sync.cases.find(
      (of) =>
        of.tables === largest &&
        of.contacts === CONTACTS_A_USER &&
        of.subject === subject &&
        of.kind === kind,
    );
  const first = sync("contact-sync-sql", "first");
  const unchanged = sync("contact-sync-sql", "unchanged");
  return {
    contactHeap: contacts.heap,
    contactIndexes: contacts.total - contacts.heap,
    phoneKeyIndex: contacts.indexes.contacts_with_accounts_phone_key_idx,
    directory: phones.total,
    directoryIndex: phones.indexes.phones_pkey,
    status: tables.contact_sync_status.total,
    run: tables.contact_sync_runs.total,
    firstCpuMs: first.server_cpu_ms.median,
    unchangedCpuMs: unchanged.server_cpu_ms.median,
    clientCpuMs: sync("contact-sync", "unchanged").client_cpu_ms.median,
    firstWal: first.wal_bytes.median,
    unchangedWal: unchanged.wal_bytes.median,
  };
}

/** Of a name like 20M-1M: the contacts, in millions. */
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

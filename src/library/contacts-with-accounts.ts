import type {
  BulkInsertResult,
  ChangesPage,
  ContactsSummary,
  DeltaResult,
  Erasure,
  ForgottenDevice,
  PerformanceEstimate,
  SyncResult,
  SyncSession,
  SyncStatistics,
} from "@contact-sync/client";
import type { Contact } from "../contacts/book/contact.ts";
import type { ContactPage, ListOptions } from "../contacts/book/list.ts";
import type { SyncStatus } from "../contacts/book/status.ts";
import type { BulkContact } from "../contacts/bulk-insert/bulk-insert-item.ts";
import type { BulkInsertOptions } from "../contacts/bulk-insert/bulk-insert-options.ts";
import type { ListChangesOptions } from "../contacts/devices/changes.ts";
import type { CommitSettings } from "../contacts/devices/commit-session.ts";
import type { Delta, DeltaOptions } from "../contacts/devices/delta.ts";
import type { Device } from "../contacts/devices/devices.ts";
import type { SessionSettings } from "../contacts/devices/session.ts";
import type { StatisticsOptions } from "../contacts/statistics/statistics.ts";
import type { SyncOptions } from "../contacts/sync/sync-options.ts";
import type {
  LinkManyOptions,
  LinkOptions,
  LinkResult,
  VerifiedNumber,
} from "../directory/link.ts";
import type { LinkerReport, LinkPendingOptions } from "../directory/linker.ts";
import type { UnlinkOptions } from "../directory/unlink.ts";

/**
 * The contact engine on one database, as `createContactSync` opens it. Any number of calls may run
 * at once; syncs of one owner wait for one another.
 *
 * Users (`userId`, `owner_id`) are UUIDs of your own auth system. A phone hash is the first 16 bytes
 * of the SHA-256 of a number in E.164, as 32 hexadecimal characters; 64 are taken too, and cut.
 *
 * Every method rejects with a `ContactSyncError` and nothing else. `error.code` is stable. What is
 * said to be wrong with arguments is found before anything is written. Any call may also meet
 * `INVALID_ARGUMENT` (an argument of the wrong form, or an option that does not exist),
 * `DATABASE_UNAVAILABLE`, `DATABASE_READ_ONLY`, `DATABASE_FULL` and `TIMED_OUT`, after which the same
 * call may be repeated, `KEY_MISMATCH`, `DATABASE_NOT_MIGRATED`, and `INTERNAL`.
 */
export interface ContactsWithAccounts {
  /**
   * Stores one contact and returns it. Of one that exists, it updates the fields that are given, so
   * the same call may be repeated. Many at once: `bulkInsertContacts`.
   *
   * @param contact `owner_id` and `phone_hash`; `is_favorite`, `linked_user_id` and
   *   `last_interaction` where they are to change. Null and absent: what is stored stays, and the
   *   link is looked up in the directory
   * @throws ContactSyncError `INVALID_CONTACT`, `INVALID_PHONE_HASH`, `CONTACTS_LIMIT_EXCEEDED` (an
   *   owner holds 1,000,000)
   * @example
   * const contact = await contactsWithAccounts.create({
   *   owner_id: "b2000000-0000-4000-8000-000000000001",
   *   phone_hash: phoneHash("+201001234567"),
   *   is_favorite: true,
   * });
   */
  create(contact: BulkContact): Promise<Contact>;

  /**
   * Stores contacts of any owners: inserts the new ones, updates those that differ. For imports of
   * a back end; a device's address book is synced.
   *
   * An absent or null field keeps what is stored, and a null `linked_user_id` means "look it up".
   * Where a contact comes twice, the last one wins. Safe to repeat.
   *
   * @param contacts an array of up to 10,000: one call, all or nothing. Or an async iterable of up
   *   to 1,000,000, which is read in constant memory and stored in chunks of 5,000 that commit one
   *   by one; a fault ends it, and the chunks before stay
   * @param options `batchSize` (rows an INSERT, 1 to 1,000), `onProgress`, `signal`
   * @returns counts; `total_processed + duplicates` is what was received
   * @throws ContactSyncError `INVALID_CONTACT`, `INVALID_PHONE_HASH` (both with `index`, the position
   *   of the first at fault), `CONTACTS_LIMIT_EXCEEDED`, `INVALID_BATCH_SIZE`, `ABORTED`
   * @example
   * const { contacts_inserted, contacts_updated } = await contactsWithAccounts.bulkInsertContacts([
   *   { owner_id: omar, phone_hash: phoneHash("+201001234567") },
   *   { owner_id: omar, phone_hash: phoneHash("+442079460958"), last_interaction: new Date() },
   * ]);
   */
  bulkInsertContacts(
    contacts: readonly BulkContact[] | AsyncIterable<BulkContact>,
    options?: BulkInsertOptions,
  ): Promise<BulkInsertResult>;

  /**
   * Syncs an address book and reports which of its contacts have accounts.
   *
   * Numbers that can't be read are skipped and listed in `rejected`. Favourites and interactions
   * are never touched. Safe to repeat after any failure; the same book again writes no contact.
   *
   * @param userId whose address book it is
   * @param phoneNumbers in any notation; national ones need a region (`options.defaultRegion`, or
   *   the engine's). An array of up to 10,000: one call, all or nothing. Or an async iterable of up
   *   to 1,000,000, stored in chunks of 5,000 that commit one by one; a streamed `replace` removes
   *   only in its last transaction
   * @param deviceContactsCount what the device has in all, for the statistics; it may differ from
   *   the list's length. Null, for a stream only: as many entries as it gives
   * @param options `mode`: `merge` (default) adds only, `replace` takes the list for the whole book
   *   and removes the rest, more than half of it only with `confirmRemoval: true`; `deviceId`: the
   *   list is that device's alone, the result has its `sync_token`, and a stream is one transaction
   *   of which nothing shows before its end; `budget: false` for an import that no user has sent;
   *   `batchSize`, `defaultRegion`, `onProgress`, `signal`, `onTimings`
   * @returns `matches` (position, phone hash and user of each contact who has an account),
   *   `rejected` (position and reason), and counts; `total_processed + duplicates +
   *   rejected.length` is how many numbers were received, two of an entry that holds two;
   *   `sync_token` for `syncDelta`, null without a `deviceId`
   * @throws ContactSyncError `CONTACTS_LIMIT_EXCEEDED` (with `limit` and `received` in `details`),
   *   `INVALID_BATCH_SIZE`, `INVALID_REGION`, `REPLACE_NEEDS_CONFIRMATION`,
   *   `NEW_NUMBER_BUDGET_EXCEEDED` (with `limit`, `remaining`, `reset` and `retry_after_seconds` in
   *   `details`), `STREAM_INCOMPLETE`, `ABORTED`
   * @example
   * const { matches, rejected } = await contactsWithAccounts.syncContacts(
   *   "b2000000-0000-4000-8000-000000000001",
   *   ["0100 123 4567", "+442079460958", "Bob"],
   *   3,
   *   { defaultRegion: "EG" },
   * );
   * // matches  [{ index: 0, phone_hash: "9476e557c9e413deae474978709659f5", user_id: "a100…", … }]
   * // rejected [{ index: 2, reason: "NOT_A_NUMBER" }]
   */
  syncContacts(
    userId: string,
    phoneNumbers: readonly unknown[] | AsyncIterable<unknown>,
    deviceContactsCount: number | null,
    options?: SyncOptions,
  ): Promise<SyncResult>;

  /**
   * `syncContacts` for a device that hashes its numbers itself. The limits, options and results are
   * the same, but a malformed hash refuses the call (of a stream, its chunk); so `rejected` is empty.
   *
   * @param userId whose address book it is
   * @param phoneHashes 32 or 64 hexadecimal characters each
   * @param deviceContactsCount what the device has in all; null, for a stream only: as many as it
   *   gives
   * @throws ContactSyncError as `syncContacts`, and `INVALID_PHONE_HASH` with `index`
   * @example
   * const { hashes } = hashPhoneNumbers(numbers, { defaultRegion: "EG" }); // on the device
   * const { matches } = await contactsWithAccounts.syncPhoneHashes(omar, hashes, numbers.length);
   */
  syncPhoneHashes(
    userId: string,
    phoneHashes: readonly unknown[] | AsyncIterable<unknown>,
    deviceContactsCount: number | null,
    options?: SyncOptions,
  ): Promise<SyncResult>;

  /**
   * Syncs what has changed on a device since its last sync, and says whose link has changed
   * meanwhile. With nothing added and nothing removed it is one read, whatever the book's size.
   *
   * Safe to repeat after a lost answer: the same delta again is answered again and writes nothing. A
   * token or digest that is not the device's present one changes nothing (`SYNC_TOKEN_EXPIRED`,
   * `SYNC_DIGEST_MISMATCH`): sync the whole book with `mode: "replace"` and the same `deviceId`.
   *
   * @param userId whose address book it is
   * @param delta `syncToken` (`sync_token` of the device's last result), `digest` (`digestOf` of all
   *   that the device has now), `added` and `removed` (phone hashes of 32 or 64 hexadecimal
   *   characters, at most 10,000 together), `confirmRemoval`
   * @param options `budget: false` for what no user has sent; `signal`, `onTimings`
   * @returns as `syncPhoneHashes` of the added; the device's next `sync_token`; `changes`, at most
   *   1,000 (`has_more_changes`: the next delta goes on from there); `changes_reset`: they list, to
   *   the last page, all who are linked or ever were, and nobody else has an account
   * @throws ContactSyncError `SYNC_TOKEN_EXPIRED`, `SYNC_DIGEST_MISMATCH`, `INVALID_PHONE_HASH` (with
   *   `index`), `CONTACTS_LIMIT_EXCEEDED`, `REPLACE_NEEDS_CONFIRMATION`,
   *   `NEW_NUMBER_BUDGET_EXCEEDED`, `INVALID_ARGUMENT`, `ABORTED`
   * @example
   * const { sync_token } = await contactsWithAccounts.syncPhoneHashes(omar, hashes, hashes.length, {
   *   mode: "replace",
   *   deviceId: "omars-phone",
   * });
   * const { changes } = await contactsWithAccounts.syncDelta(omar, {
   *   syncToken: sync_token as string,
   *   digest: applyToDigest(digestOf(hashes), { added: [hash] }),
   *   added: [hash],
   *   removed: [],
   * });
   */
  syncDelta(userId: string, delta: Delta, options?: DeltaOptions): Promise<DeltaResult>;

  /**
   * Whose link has changed since a cursor: each contact once, with what the directory confirms now.
   * For callers without a device; `syncDelta` says the same.
   *
   * @param userId whose contacts
   * @param options `since`: `cursor` of the answer before, without which there are no changes but a
   *   cursor at the present; `limit`: changes an answer, 1 to 1,000 (default)
   * @returns `changes` (`user_id` null: has no account any more; `silent`: say no "X is here now"),
   *   `cursor` (it never expires), `has_more`, and `reset`: the pages that begin here list all who are
   *   linked or ever were, and nobody else has an account
   * @throws ContactSyncError `INVALID_ARGUMENT`, also for a cursor that is not of this owner
   * @example
   * const { cursor } = await contactsWithAccounts.listChanges(omar);
   * const { changes } = await contactsWithAccounts.listChanges(omar, { since: cursor });
   * for (const { phone_hash, user_id } of changes) show(phone_hash, user_id);
   */
  listChanges(userId: string, options?: ListChangesOptions): Promise<ChangesPage>;

  /**
   * The devices that an owner syncs from, the one heard of last first, and how many contacts each
   * holds. An owner has 14 at most: one more takes the place of the one that was silent longest.
   *
   * @throws ContactSyncError `INVALID_ARGUMENT`
   * @example
   * const devices = await contactsWithAccounts.listDevices(omar);
   * for (const { device_id, last_seen_at } of devices) console.log(device_id, last_seen_at);
   */
  listDevices(userId: string): Promise<Device[]>;

  /**
   * Forgets a device with its set: contacts that nothing else holds leave the book. Their favourites
   * and interactions are kept aside, as those of any contact that a sync removes.
   *
   * @param userId whose device
   * @param deviceId what the app calls it
   * @throws ContactSyncError `DEVICE_NOT_FOUND`, `INVALID_ARGUMENT`
   * @example
   * const { contacts_removed } = await contactsWithAccounts.forgetDevice(omar, "omars-phone");
   */
  forgetDevice(userId: string, deviceId: string): Promise<ForgottenDevice>;

  /**
   * Begins a full sync of a device in parts, for a back end that gets a large book in several
   * requests. Nothing of it shows before `commitSession`; a session that no part has come to for a
   * day is dropped, and so is an open session of the same device. Where the whole book is at hand,
   * `syncPhoneHashes` takes it as a stream.
   *
   * @param userId whose address book it is
   * @param session `deviceId`, `deviceContactsCount` (what the device has in all), `mode`: `replace`
   *   (default) or `merge`
   * @throws ContactSyncError `INVALID_ARGUMENT`
   * @example
   * const { session_id } = await contactsWithAccounts.beginSession(omar, {
   *   deviceId: "omars-phone",
   *   deviceContactsCount: hashes.length,
   * });
   */
  beginSession(userId: string, session: SessionSettings): Promise<SyncSession>;

  /**
   * Takes a part of a session, in any order. The same part again takes the first one's place.
   *
   * @param userId whose session
   * @param sessionId `session_id` of `beginSession`
   * @param part its number, from 0
   * @param phoneHashes at most 10,000, of 32 or 64 hexadecimal characters
   * @returns how many it holds
   * @throws ContactSyncError `SESSION_NOT_FOUND`, `INVALID_PHONE_HASH` with `index`,
   *   `CONTACTS_LIMIT_EXCEEDED` (also of a session with more than 1,000,000), `INVALID_ARGUMENT`
   * @example
   * await contactsWithAccounts.putSessionPart(omar, session_id, 0, hashes.slice(0, 10_000));
   */
  putSessionPart(
    userId: string,
    sessionId: string,
    part: number,
    phoneHashes: readonly string[],
  ): Promise<number>;

  /**
   * Stores a session in one transaction, as `syncPhoneHashes` of all its parts one behind the other.
   *
   * @param userId whose session
   * @param sessionId `session_id` of `beginSession`
   * @param commit `parts` (how many there are), `digest` (`digestOf` of all hashes in them),
   *   `confirmRemoval`
   * @returns as `syncPhoneHashes`; positions are counted over all parts
   * @throws ContactSyncError `SESSION_NOT_FOUND`, `SESSION_INCOMPLETE` (with `parts` and `received` in
   *   `details`), `SESSION_CHANGED`, `SYNC_DIGEST_MISMATCH`, `REPLACE_NEEDS_CONFIRMATION`,
   *   `NEW_NUMBER_BUDGET_EXCEEDED`, `CONTACTS_LIMIT_EXCEEDED`, `INVALID_ARGUMENT`
   * @example
   * const { sync_token, matches } = await contactsWithAccounts.commitSession(omar, session_id, {
   *   parts: 1,
   *   digest: digestOf(hashes),
   * });
   */
  commitSession(userId: string, sessionId: string, commit: CommitSettings): Promise<SyncResult>;

  /**
   * The batch size for a number of contacts: the rows that make 250 KB, within 100 and 1,000, and at
   * most 500 for more than 10,000 contacts. Syncs and bulk inserts take it by themselves.
   *
   * @param estimatedContactCount a whole number of at least 0
   * @param avgContactSizeKb KB a contact, greater than 0; default 0.5
   * @returns rows
   * @throws ContactSyncError `INVALID_ARGUMENT`
   * @example
   * const batchSize = await contactsWithAccounts.getOptimalBatchSize(25_000); // 500
   */
  getOptimalBatchSize(estimatedContactCount: number, avgContactSizeKb?: number): Promise<number>;

  /**
   * Estimates what a sync of so many contacts takes: the four `estimated_…` fields by constants
   * (1,000 contacts a second, 0.5 KB each), and beside them what recent syncs here really reached.
   *
   * @param contactCount a whole number of at least 0
   * @param batchSize rows an INSERT, 1 to 1,000; default what `getOptimalBatchSize` says
   * @returns seconds, MB and batches; the two `observed_…` fields are null before the first sync
   * @throws ContactSyncError `INVALID_ARGUMENT`, `INVALID_BATCH_SIZE`
   * @example
   * const { estimated_time_seconds, observed_time_seconds } =
   *   await contactsWithAccounts.estimateSyncPerformance(10_000);
   */
  estimateSyncPerformance(contactCount: number, batchSize?: number): Promise<PerformanceEstimate>;

  /**
   * The statistics of the syncs of the last days, today (UTC) included: each day that has any,
   * newest first, and all together.
   *
   * @param days 1 to 365; default 30
   * @param options `ownerId` narrows it to one owner; default all of them
   * @returns counts, averages (null over nothing), milliseconds, `avg_sync_rate` in per cent
   * @throws ContactSyncError `INVALID_ARGUMENT`
   * @example
   * const { totals, daily } = await contactsWithAccounts.getSyncStatistics(7);
   * console.log(totals.failed_syncs, daily[0]?.avg_processing_time_ms);
   */
  getSyncStatistics(days?: number, options?: StatisticsOptions): Promise<SyncStatistics>;

  /**
   * A page of an owner's contacts, in a stable order that says nothing about names or numbers.
   *
   * @param userId whose contacts
   * @param options `limit` (contacts a page, 1 to 1,000; default 100), `cursor` (`next_cursor` of
   *   the page before), `linked: true` (only those who have an account), `favorites: true`
   * @returns `contacts`, with their times as `Date`, and `next_cursor`, null on the last page
   * @throws ContactSyncError `INVALID_ARGUMENT`, also for a cursor that is not of this owner
   * @example
   * let cursor: string | undefined;
   * do {
   *   const page = await contactsWithAccounts.listContacts(omar, { linked: true, cursor });
   *   for (const { phone_hash, linked_user_id } of page.contacts) show(phone_hash, linked_user_id);
   *   cursor = page.next_cursor ?? undefined;
   * } while (cursor !== undefined);
   */
  listContacts(userId: string, options?: ListOptions): Promise<ContactPage>;

  /**
   * One contact of an owner, or null.
   *
   * @param userId whose contact
   * @param phoneHash 32 or 64 hexadecimal characters
   * @throws ContactSyncError `INVALID_PHONE_HASH`, `INVALID_ARGUMENT`
   * @example
   * const contact = await contactsWithAccounts.findContact(omar, phoneHash("+201001234567"));
   * if (contact?.linked_user_id) invite(contact.linked_user_id);
   */
  findContact(userId: string, phoneHash: string): Promise<Contact | null>;

  /**
   * How many contacts an owner has, how many of them are linked, and how many favourites.
   *
   * @throws ContactSyncError `INVALID_ARGUMENT`
   * @example
   * const { contacts_count, linked_count } = await contactsWithAccounts.summarizeContacts(omar);
   */
  summarizeContacts(userId: string): Promise<ContactsSummary>;

  /**
   * An owner's last sync: when, how, with what success; `never_synced` before the first.
   *
   * @throws ContactSyncError `INVALID_ARGUMENT`
   * @example
   * const { sync_status, last_sync_at } = await contactsWithAccounts.getSyncStatus(omar);
   */
  getSyncStatus(userId: string): Promise<SyncStatus>;

  /**
   * Marks a contact as favourite, or not, and returns it.
   *
   * @param userId whose contact
   * @param phoneHash 32 or 64 hexadecimal characters
   * @throws ContactSyncError `CONTACT_NOT_FOUND`, `INVALID_PHONE_HASH`, `INVALID_ARGUMENT`
   * @example
   * await contactsWithAccounts.setFavorite(omar, phoneHash("+201001234567"), true);
   */
  setFavorite(userId: string, phoneHash: string, isFavorite: boolean): Promise<Contact>;

  /**
   * Notes that the owner called or wrote to a contact, and returns it. An earlier time than the one
   * on record changes nothing.
   *
   * @param userId whose contact
   * @param phoneHash 32 or 64 hexadecimal characters
   * @param at a Date, or ISO 8601 (UTC where it names no zone); default now, by the database's clock
   * @throws ContactSyncError `CONTACT_NOT_FOUND`, `INVALID_PHONE_HASH`, `INVALID_ARGUMENT`
   * @example
   * await contactsWithAccounts.recordInteraction(omar, contact.phone_hash, "2026-05-01T12:00:00Z");
   */
  recordInteraction(userId: string, phoneHash: string, at?: Date | string): Promise<Contact>;

  /**
   * Deletes contacts of an owner, all or nothing; unknown ones are no error.
   *
   * @param userId whose contacts
   * @param phoneHashes at most 10,000, of 32 or 64 hexadecimal characters
   * @returns how many there were
   * @throws ContactSyncError `INVALID_PHONE_HASH` with `index`, `CONTACTS_LIMIT_EXCEEDED`,
   *   `INVALID_ARGUMENT`
   * @example
   * const deleted = await contactsWithAccounts.deleteContacts(omar, [phoneHash("+201001234567")]);
   */
  deleteContacts(userId: string, phoneHashes: readonly string[]): Promise<number>;

  /**
   * Empties an owner's book. Numbers that they verified stay in the directory: `eraseUser`.
   *
   * @returns how many contacts it held
   * @throws ContactSyncError `INVALID_ARGUMENT`
   * @example
   * const deleted = await contactsWithAccounts.deleteAllContacts(omar);
   */
  deleteAllContacts(userId: string): Promise<number>;

  /**
   * Links one verified number to a user: enters it in the directory, and links the stored contacts
   * who hold it. Those in whose book a transaction is at work follow as soon as it has ended.
   *
   * @param userId who has verified the number
   * @param phone in any notation (a national one needs a region), or its phone hash
   * @param options `verifiedAt`, a Date or ISO 8601 (UTC where it names no zone); default now. A
   *   newer verification takes a number over from whoever had it. `announce: false`: who holds the
   *   number finds the user, but is told of no "X is here now". `defaultRegion`, such as `EG`;
   *   `international`: the number begins with its country code, also without a `+`
   * @returns whether the directory changed; false when it said just so already, user and time. A
   *   call without `verifiedAt` is a verification of now, so it changes the time
   * @throws ContactSyncError `VERIFICATION_OUTDATED`, `INVALID_PHONE_NUMBER` (with `reason` in
   *   `details`), `INVALID_REGION`, `INVALID_ARGUMENT`
   * @example
   * await contactsWithAccounts.link("a1000000-0000-4000-8000-000000000001", "+20 100 123 4567");
   */
  link(userId: string, phone: string, options?: LinkOptions): Promise<boolean>;

  /**
   * Links many verified numbers, all or nothing; but those of which the directory has a newer
   * verification are left alone and listed. Where a number comes twice, its newest one wins.
   *
   * @param numbers at most 10,000, each with `userId`, `phoneNumber` or `phoneHash`, and
   *   `verifiedAt` (default now)
   * @param options `defaultRegion`, such as `EG`; `international`: numbers begin with their country
   *   code, also without a `+`, as in Supabase's `auth.users.phone`; `announce: false` as of `link`;
   *   `backfill: false` leaves the contacts to `linkPendingPhones`
   * @returns counts, and the positions of the `outdated`
   * @throws ContactSyncError `INVALID_PHONE_NUMBER`, `INVALID_PHONE_HASH`, `INVALID_ARGUMENT` (each
   *   with `index`), `CONTACTS_LIMIT_EXCEEDED`, `INVALID_REGION`
   * @example
   * const { phones_linked, outdated } = await contactsWithAccounts.linkMany([
   *   { userId: aylin, phoneNumber: "+20 100 123 4567", verifiedAt: "2026-05-01T12:00:00Z" },
   * ]);
   */
  linkMany(numbers: readonly VerifiedNumber[], options?: LinkManyOptions): Promise<LinkResult>;

  /**
   * Takes numbers out of the directory, all or nothing: at once no read shows those links any more.
   * Unknown ones are no error.
   *
   * @param phones one or at most 10,000, in any notation or as phone hashes
   * @param options `userId`: only while it belongs to this user; `defaultRegion`, such as `EG`;
   *   `international`: numbers begin with their country code, also without a `+`
   * @returns how many were taken out
   * @throws ContactSyncError `INVALID_PHONE_NUMBER` (with `index`), `CONTACTS_LIMIT_EXCEEDED`,
   *   `INVALID_REGION`, `INVALID_ARGUMENT`
   * @example
   * await contactsWithAccounts.unlink("+20 100 123 4567", { userId: aylin });
   */
  unlink(phones: string | readonly string[], options?: UnlinkOptions): Promise<number>;

  /**
   * Finishes links that waited for transactions running when the directory changed. `link`, `unlink`
   * and `eraseUser` do what they can by themselves; the service runs this every second. Without
   * the service, call it every few seconds.
   *
   * @param options `all`: finds also what rows written into `phones` by hand have left behind, by
   *   comparing all of it; `onProgress`; `signal`
   * @returns what was done, and how many entries are left (counted up to 10,000)
   * @throws ContactSyncError `ABORTED`, `INVALID_ARGUMENT`
   * @example
   * const { entries_waiting } = await contactsWithAccounts.linkPendingPhones();
   */
  linkPendingPhones(options?: LinkPendingOptions): Promise<LinkerReport>;

  /**
   * Erases a user: their book, their numbers in the directory, links to them, their status; their
   * syncs become a day's counts. At once nobody's reads show them. Somebody unknown is no error.
   *
   * @returns what there was
   * @throws ContactSyncError `INVALID_ARGUMENT`
   * @example
   * const { contacts_deleted, phones_unlinked } = await contactsWithAccounts.eraseUser(aylin);
   */
  eraseUser(userId: string): Promise<Erasure>;

  /**
   * Waits for what is written in the background, then ends the connections that were opened here; a
   * pool or client that was passed in is left alone. May be called twice.
   *
   * @example
   * await contactsWithAccounts.close();
   */
  close(): Promise<void>;
}

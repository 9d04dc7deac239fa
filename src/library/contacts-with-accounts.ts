import type {
  BulkInsertResult,
  ChangesPage,
  ContactsSummary,
  DeltaResult,
  Discoverability,
  Discoverable,
  Erasure,
  ForgottenDevice,
  PerformanceEstimate,
  ReceiptKeys,
  ReleasedOwner,
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
import type { ListSuspectsOptions, Suspect } from "../contacts/suspects/suspects.ts";
import type { SyncOptions } from "../contacts/sync/sync-options.ts";
import type { BlockedUserPage, ListBlockedOptions } from "../directory/blocks.ts";
import type { ExportOptions } from "../directory/export-user.ts";
import type {
  LinkManyOptions,
  LinkOptions,
  LinkResult,
  VerifiedNumber,
} from "../directory/link.ts";
import type { LinkerReport, LinkPendingOptions } from "../directory/linker.ts";
import type { ReadPhoneOptions } from "../directory/read-phone.ts";
import type { AppliedRetention, ApplyRetentionOptions, Retention } from "../directory/retention.ts";
import type { UnlinkOptions } from "../directory/unlink.ts";
import type { RotateKeyOptions, RotationReport, RotationState } from "../rotation/progress.ts";
import type { Upkeep, UpkeepOptions } from "./start-upkeep.ts";

/**
 * The contact engine on one database, as `createContactSync` opens it. Any number of calls may run
 * at once; syncs of one owner wait for one another.
 *
 * Users (`userId`, `owner_id`) are UUIDs of your own auth system, or with `userIds: "text"` whatever it
 * calls them, 1 to 255 characters. A phone hash is the first 16 bytes
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
   *   owner holds 1,000,000), `CONTACT_NOT_FOUND` (its number was forgotten, and is not stored)
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
   *   `accountCreatedAt`: when the account was made, for the budget of new ones;
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
   * @param options `budget: false` for what no user has sent; `accountCreatedAt`, `signal`, `onTimings`
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
   * Takes a part of a session, in any order. The same part again takes the first one's place. One for
   * which the owner's book and budget have no room is not stored; charged is the commit alone.
   *
   * @param userId whose session
   * @param sessionId `session_id` of `beginSession`
   * @param part its number, from 0
   * @param phoneHashes at most 10,000, of 32 or 64 hexadecimal characters
   * @returns how many it holds
   * @throws ContactSyncError `SESSION_NOT_FOUND`, `INVALID_PHONE_HASH` with `index`,
   *   `CONTACTS_LIMIT_EXCEEDED` (also of a session with more than 1,000,000),
   *   `NEW_NUMBER_BUDGET_EXCEEDED`, `INVALID_ARGUMENT`
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
   *   `confirmRemoval`, `accountCreatedAt`
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
   * Erases a user: their book, their numbers in the directory, links to them, what they have chosen of
   * who finds them, blocks, their status; their syncs become a day's counts. At once nobody's reads show them. Somebody unknown is no error.
   *
   * @returns what there was, and `receipt`: who was erased, when, and what was removed, signed
   *   (`verifyReceipt`). It is kept nowhere here, and null in a database without a sealing key. A call
   *   whose answer was lost may be repeated: its receipt says that by then nothing was left
   * @throws ContactSyncError `INVALID_ARGUMENT`
   * @example
   * const { contacts_deleted, receipt } = await contactsWithAccounts.eraseUser(aylin);
   */
  eraseUser(userId: string): Promise<Erasure>;

  /**
   * The public keys that receipts of erasures are verified with, as a JWK Set; none in a database
   * without a sealing key.
   *
   * @example
   * const { user_id } = await verifyReceipt(receipt, await contactsWithAccounts.receiptKeys());
   */
  receiptKeys(): Promise<ReceiptKeys>;

  /**
   * Everything that is held about a user, as one JSON document (`UserExport`), in constant memory
   * however large the book. Numbers are phone hashes: nobody here has the numbers. Who has blocked the
   * user is not in it, nor what `listSuspects` says of them.
   *
   * Syncs may go on meanwhile: what is there from the first page to the last is in it, once; what
   * comes or goes meanwhile may be in it or not.
   *
   * @param userId somebody unknown has an export of empty lists
   * @param options `signal`
   * @returns resolves when the first page was read, so that what is wrong is told before; the pieces
   *   are texts that make the document one behind the other. Iterating rejects where the rest can't be
   *   read, and what was read by then is no whole JSON
   * @throws ContactSyncError `INVALID_ARGUMENT`, `ABORTED`
   * @example
   * const pieces = await contactsWithAccounts.exportUser(aylin);
   * await pipeline(pieces, createWriteStream("aylin.json"));
   */
  exportUser(userId: string, options?: ExportOptions): Promise<AsyncIterable<string>>;

  /**
   * Forgets a number of somebody who has no account, once your app has verified that it is theirs: it
   * leaves every book, and no sync stores it again, until they join (`link`, by a verification that is
   * newer) or lift it. Of it remains its phone key.
   *
   * @param phone in any notation (a national one needs a region), or its phone hash
   * @param options `defaultRegion`, such as `EG`; `international`: the number begins with its country
   *   code, also without a `+`
   * @returns whether it was not forgotten before; again, it counts as forgotten now
   * @throws ContactSyncError `NUMBER_HAS_ACCOUNT`, `INVALID_PHONE_NUMBER` (with `reason` in
   *   `details`), `INVALID_REGION`, `INVALID_ARGUMENT`
   * @example
   * await contactsWithAccounts.forgetNumber("+20 100 123 4567");
   */
  forgetNumber(phone: string, options?: ReadPhoneOptions): Promise<boolean>;

  /**
   * Lifts the forgetting of a number: syncs store it again from now on. Those who have it in their
   * address book have it in their book again with their next full sync.
   *
   * @param phone in any notation (a national one needs a region), or its phone hash
   * @param options as of `forgetNumber`
   * @returns whether it was forgotten
   * @throws ContactSyncError `INVALID_PHONE_NUMBER` (with `reason` in `details`), `INVALID_REGION`,
   *   `INVALID_ARGUMENT`
   * @example
   * await contactsWithAccounts.liftNumber("+20 100 123 4567");
   */
  liftNumber(phone: string, options?: ReadPhoneOptions): Promise<boolean>;

  /**
   * How long what is kept, and what was kept long enough and would go now. It looks at every owner.
   *
   * @example
   * const { silent_owner_months, expired } = await contactsWithAccounts.getRetention();
   */
  getRetention(): Promise<Retention>;

  /**
   * Removes what was kept long enough, in short transactions that wait for nobody; the service does it
   * every hour. Contacts without an account leave the book of an owner who was not heard of for 18
   * months, unless `retention` of `createContactSync` says otherwise; runs become a day's sums.
   *
   * @param options `signal`
   * @returns what was removed
   * @throws ContactSyncError `ABORTED`, `INVALID_ARGUMENT`
   * @example
   * const { contacts_removed } = await contactsWithAccounts.applyRetention();
   */
  applyRetention(options?: ApplyRetentionOptions): Promise<AppliedRetention>;

  /**
   * Owners whose syncs look like an attack, with those who are held, the highest score first. A score
   * is a sum of signs, 0 to 100, none of which proves anything; docs/operating.md says how to read it.
   *
   * @param options `minScore` (default 30), `since` (default 24 hours ago), `limit` (default 100)
   * @throws ContactSyncError `INVALID_ARGUMENT`
   * @example
   * const suspects = await contactsWithAccounts.listSuspects({ minScore: 60 });
   * for (const { owner_id, suspicion } of suspects) console.log(owner_id, suspicion);
   */
  listSuspects(options?: ListSuspectsOptions): Promise<Suspect[]>;

  /**
   * Releases an owner who is held as a suspect (`holdSuspects`): they get new links again, and the
   * linker gives them those that were withheld. For 90 days what led to it does not hold them again, nor
   * what is a little worse.
   *
   * @returns `released`: false where nobody held them
   * @throws ContactSyncError `INVALID_ARGUMENT`
   * @example
   * const { released } = await contactsWithAccounts.releaseOwner(omar);
   */
  releaseOwner(userId: string): Promise<ReleasedOwner>;

  /**
   * Chooses who finds a user by their number. At once no read or answer shows them to anybody else;
   * stored links, `listChanges` and the webhook are brought up to date before the call returns, and
   * soon after where a transaction is in the way or many have the number.
   *
   * @param userId who is found
   * @param discoverable `everybody`; `mutual`: only those whose number, one that they have verified,
   *   the user has in their own book; `nobody`; null: whatever the service's default is
   * @throws ContactSyncError `INVALID_ARGUMENT`
   * @example
   * await contactsWithAccounts.setDiscoverability(aylin, "mutual");
   */
  setDiscoverability(userId: string, discoverable: Discoverable | null): Promise<void>;

  /**
   * Who finds a user by their number, and whether that is the service's default and not their choice.
   *
   * @throws ContactSyncError `INVALID_ARGUMENT`
   * @example
   * const { discoverable, is_default } = await contactsWithAccounts.getDiscoverability(aylin);
   */
  getDiscoverability(userId: string): Promise<Discoverability>;

  /**
   * Keeps somebody from finding a user, whatever the user is to others: to them it is as if the user
   * had no account. The user goes on finding them. As soon as of `setDiscoverability`.
   *
   * @param userId who is not to be found any more
   * @param blockedUserId by whom; no account is looked for
   * @returns whether they were not blocked before
   * @throws ContactSyncError `BLOCK_LIMIT_EXCEEDED` (10,000 a user), `INVALID_ARGUMENT`
   * @example
   * await contactsWithAccounts.blockUser(aylin, omar);
   */
  blockUser(userId: string, blockedUserId: string): Promise<boolean>;

  /**
   * Takes a block away: the other one finds the user again, as far as the user's choice lets them.
   *
   * @returns whether there was one
   * @throws ContactSyncError `INVALID_ARGUMENT`
   * @example
   * await contactsWithAccounts.unblockUser(aylin, omar);
   */
  unblockUser(userId: string, blockedUserId: string): Promise<boolean>;

  /**
   * A page of those whom a user has blocked, in the order of their ids.
   *
   * @param userId who has blocked them
   * @param options `limit` (users a page, 1 to 1,000; default 100), `cursor` (`next_cursor` of the
   *   page before)
   * @returns `blocks`, with their times as `Date`, and `next_cursor`, null on the last page
   * @throws ContactSyncError `INVALID_ARGUMENT`, also for a cursor that is not of this list
   * @example
   * const { blocks } = await contactsWithAccounts.listBlockedUsers(aylin);
   * for (const { user_id, blocked_at } of blocks) show(user_id, blocked_at);
   */
  listBlockedUsers(userId: string, options?: ListBlockedOptions): Promise<BlockedUserPage>;

  /**
   * Changes the sealing key: re-seals everything from `previousKey` to `key`, while syncs and links go
   * on, owner by owner. Interrupted or killed at any point, the next call goes on from there; when it
   * has ended, the old key opens nothing. First give every process both keys; take the old one from
   * them when it has ended.
   *
   * @param options `onProgress`, told after every step; `signal`, ends it between two transactions
   * @returns what this call did
   * @throws ContactSyncError `KEY_REQUIRED` without `previousKey`; `KEY_MISMATCH`, where a change
   *   between two other keys is under way; `ABORTED`, `INVALID_ARGUMENT`
   * @example
   * const { contacts_moved } = await contactsWithAccounts.rotateKey({
   *   onProgress: ({ step, contactsMoved, contactsInAll }) => console.log(step, contactsMoved, contactsInAll),
   * });
   */
  rotateKey(options?: RotateKeyOptions): Promise<RotationReport>;

  /**
   * How far a change of the sealing key has come, whoever does it.
   *
   * @returns `step`, null where none is under way, and what is left of the old key
   * @example
   * const { step, contacts_left } = await contactsWithAccounts.rotationState();
   */
  rotationState(): Promise<RotationState>;

  /**
   * Does by and by what no call waits for, as `contact-sync serve` and `worker` do: finishes links that
   * had to wait, folds old runs into totals, removes what retention says, names owners who are in the
   * way, and, where a webhook is given, tells it of links. Somebody has to: one process, or several,
   * which do no harm to one another. Its timers keep no process alive.
   *
   * @param options `webhook` (`url`, `secret`, `allowPrivate`), for which it opens up to four
   *   connections of its own, like those of the pool that `createContactSync` was given or opened;
   *   `logger` (pino's, the console, or a function), by default stderr for faults
   * @returns `stop()`, which ends it when what is under way is done; `close()` does so as well
   * @throws ContactSyncError `INVALID_ARGUMENT`, also for a webhook on an engine without a pool,
   *   `INVALID_CONFIGURATION` where the login may not create the schema of the webhook's jobs, and
   *   `DATABASE_UNAVAILABLE` after `close()`
   * @example
   * const upkeep = await contactsWithAccounts.startUpkeep({ logger: console });
   * process.once("SIGTERM", () => upkeep.stop());
   */
  startUpkeep(options?: UpkeepOptions): Promise<Upkeep>;

  /**
   * Ends upkeep and what is mounted, waits for what is written in the background, then ends the connections that were opened here; a
   * pool or client that was passed in is left alone. May be called twice.
   *
   * @example
   * await contactsWithAccounts.close();
   */
  close(): Promise<void>;
}

import { ContactSyncError, isContactSyncError } from "@contact-sync/client";
import { recordInteraction, setFavorite } from "../contacts/book/change.ts";
import { createContact } from "../contacts/book/create.ts";
import { deleteAllContacts, deleteContacts } from "../contacts/book/delete.ts";
import { findContact, listContacts } from "../contacts/book/list.ts";
import { getSyncStatus, summarizeContacts } from "../contacts/book/status.ts";
import { bulkInsertContacts } from "../contacts/bulk-insert/bulk-insert.ts";
import { estimateSyncPerformance } from "../contacts/statistics/estimate.ts";
import { getSyncStatistics } from "../contacts/statistics/statistics.ts";
import { getOptimalBatchSize } from "../contacts/sync/batch-size.ts";
import { syncContacts, syncPhoneHashes } from "../contacts/sync/sync.ts";
import { eraseUser } from "../directory/erase-user.ts";
import { link, linkMany } from "../directory/link.ts";
import { linkPendingPhones } from "../directory/linker.ts";
import { unlink } from "../directory/unlink.ts";
import type { Engine } from "../engine/engine.ts";

/** The table of contents: what `ContactsWithAccounts` can do, a file an operation. */
const OPERATIONS = {
  /** Stores one contact, or updates its given fields, and returns it. */
  create: createContact,
  /** Stores contacts of any owners: an array of up to 10,000, or a stream of up to 1,000,000. */
  bulkInsertContacts,
  /** Syncs an owner's phone numbers and reports who of them has an account. */
  syncContacts,
  /** The same for a device that hashes its numbers itself. */
  syncPhoneHashes,
  /** The batch size for a number of contacts. */
  getOptimalBatchSize,
  /** What a sync of so many contacts takes, by the guide's constants and as observed. */
  estimateSyncPerformance,
  /** The syncs of the last days: each day and in all. */
  getSyncStatistics,

  /** A page of an owner's contacts. */
  listContacts,
  /** One contact by its phone hash, or null. */
  findContact,
  /** Counts of an owner's contacts, linked ones and favourites. */
  summarizeContacts,
  /** An owner's last sync. */
  getSyncStatus,
  /** Marks a contact as favourite, or not. */
  setFavorite,
  /** Notes that the owner called or wrote to a contact. */
  recordInteraction,
  /** Deletes some contacts. */
  deleteContacts,
  /** Empties an owner's book. */
  deleteAllContacts,

  /** Links a verified number to a user, and the contacts who hold it to them. */
  link,
  /** Links up to 10,000 verified numbers. */
  linkMany,
  /** Takes numbers out of the directory. */
  unlink,
  /** Finishes links that waited for transactions running when they changed. */
  linkPendingPhones,
  /** Erases a user: book, numbers, links, status; their syncs become counts. */
  eraseUser,
};

/** An operation without the engine it works with. */
type Bound<Operation> = Operation extends (engine: Engine, ...rest: infer Rest) => infer Result
  ? (...rest: Rest) => Result
  : never;

export type Operations = {
  readonly [Name in keyof typeof OPERATIONS]: Bound<(typeof OPERATIONS)[Name]>;
};

/** Every operation rejects with a `ContactSyncError` and nothing else, faults of ours included. */
export function bindOperations(engine: Engine): Operations {
  const bound = Object.entries(OPERATIONS).map(([name, operation]) => [
    name,
    async (...rest: unknown[]) => {
      try {
        return await (operation as (...all: unknown[]) => Promise<unknown>)(engine, ...rest);
      } catch (error) {
        if (isContactSyncError(error)) throw error;
        throw new ContactSyncError("INTERNAL", `an unexpected fault in ${name}`, { cause: error });
      }
    },
  ]);
  return Object.fromEntries(bound) as Operations;
}

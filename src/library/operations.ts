import { ContactSyncError, isContactSyncError } from "@contact-sync/client";
import { recordInteraction, setFavorite } from "../contacts/book/change.ts";
import { createContact } from "../contacts/book/create.ts";
import { deleteAllContacts, deleteContacts } from "../contacts/book/delete.ts";
import { findContact, listContacts } from "../contacts/book/list.ts";
import { getSyncStatus, summarizeContacts } from "../contacts/book/status.ts";
import { bulkInsertContacts } from "../contacts/bulk-insert/bulk-insert.ts";
import { listChanges } from "../contacts/devices/changes.ts";
import { commitSession } from "../contacts/devices/commit-session.ts";
import { syncDelta } from "../contacts/devices/delta.ts";
import { forgetDevice, listDevices } from "../contacts/devices/devices.ts";
import { beginSession, putSessionPart } from "../contacts/devices/session.ts";
import { estimateSyncPerformance } from "../contacts/statistics/estimate.ts";
import { getSyncStatistics } from "../contacts/statistics/statistics.ts";
import { listSuspects, releaseOwner } from "../contacts/suspects/suspects.ts";
import { getOptimalBatchSize } from "../contacts/sync/batch-size.ts";
import { syncContacts, syncPhoneHashes } from "../contacts/sync/sync.ts";
import { blockUser, listBlockedUsers, unblockUser } from "../directory/blocks.ts";
import { getDiscoverability, setDiscoverability } from "../directory/discoverability.ts";
import { eraseUser, receiptKeys } from "../directory/erase-user.ts";
import { exportUser } from "../directory/export-user.ts";
import { forgetNumber, liftNumber } from "../directory/forget-number.ts";
import { link, linkMany } from "../directory/link.ts";
import { linkPendingPhones } from "../directory/linker.ts";
import { applyRetention, getRetention } from "../directory/retention.ts";
import { unlink } from "../directory/unlink.ts";
import type { Engine } from "../engine/engine.ts";
import { rotateKey, rotationState } from "../rotation/rotate-key.ts";
import type { ContactsWithAccounts } from "./contacts-with-accounts.ts";

type Operations = Omit<ContactsWithAccounts, "close" | "startUpkeep">;

/** An operation as it is written: with the engine it works with, before what the caller gives. */
type WithEngine<Operation> = Operation extends (...given: infer Given) => infer Result
  ? (engine: Engine, ...given: Given) => Result
  : never;

/** What does each method of `ContactsWithAccounts`; the compiler holds the two together. */
const OPERATIONS = {
  create: createContact,
  bulkInsertContacts,
  syncContacts,
  syncPhoneHashes,
  syncDelta,
  listChanges,
  listDevices,
  forgetDevice,
  beginSession,
  putSessionPart,
  commitSession,
  getOptimalBatchSize,
  estimateSyncPerformance,
  getSyncStatistics,

  listContacts,
  findContact,
  summarizeContacts,
  getSyncStatus,
  setFavorite,
  recordInteraction,
  deleteContacts,
  deleteAllContacts,

  link,
  linkMany,
  unlink,
  linkPendingPhones,
  eraseUser,
  receiptKeys,
  exportUser,
  forgetNumber,
  liftNumber,
  getRetention,
  applyRetention,

  listSuspects,
  releaseOwner,

  setDiscoverability,
  getDiscoverability,
  blockUser,
  unblockUser,
  listBlockedUsers,

  rotateKey,
  rotationState,
} satisfies { [Name in keyof Operations]: WithEngine<Operations[Name]> };

/** Every operation rejects with a `ContactSyncError` and nothing else, faults of ours included. */
export function bindOperations(engine: Engine): Operations {
  const bound = Object.entries(OPERATIONS).map(([name, operation]) => [
    name,
    rejectingWithOurs(name, (...rest) =>
      (operation as (...all: unknown[]) => Promise<unknown>)(engine, ...rest),
    ),
  ]);
  return Object.fromEntries(bound) as Operations;
}

/** A method that rejects with a `ContactSyncError` and nothing else. */
export function rejectingWithOurs<Given extends unknown[], Result>(
  name: string,
  method: (...given: Given) => Promise<Result>,
): (...given: Given) => Promise<Result> {
  return async (...given) => {
    try {
      return await method(...given);
    } catch (error) {
      if (isContactSyncError(error)) throw error;
      throw new ContactSyncError("INTERNAL", `an unexpected fault in ${name}`, { cause: error });
    }
  };
}

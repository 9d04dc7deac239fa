import { rememberEngine } from "../engine/engine-behind.ts";
import { type ContactSyncOptions, openEngine } from "../engine/open-engine.ts";
import type { ContactsWithAccounts } from "./contacts-with-accounts.ts";
import { bindOperations, rejectingWithOurs } from "./operations.ts";
import { startUpkeepOf, type UpkeepOptions } from "./start-upkeep.ts";

/**
 * Opens the engine on a migrated database, after it has made sure that nobody else gets at it and
 * that the key is the one it is sealed with. Once a process is enough.
 *
 * @param options `database` (a connection string, a `pg` pool, client or configuration, PGlite, or
 *   anything with `query` and `transaction`) and `key`; `previousKey`, `userIds`, `schema`, `defaultRegion`,
 *   `newNumberBudget`, `holdSuspects`, `keepChoicesDays`, `retention`, `syncTokenDays`,
 *   `discoverable`
 * @throws ContactSyncError `DATABASE_NOT_MIGRATED`, `UNSAFE_DATABASE`, `KEY_MISMATCH`, `INVALID_KEY`,
 *   `USER_IDS_MISMATCH`, `INVALID_ARGUMENT`, `INVALID_REGION`, `DATABASE_UNAVAILABLE`
 * @example
 * const contactsWithAccounts = await createContactSync({
 *   database: "postgresql://app@db.internal/app",
 *   key: process.env["CONTACT_SYNC_KEY"] ?? "",
 *   defaultRegion: "EG",
 * });
 */
export async function createContactSync(
  options: ContactSyncOptions,
): Promise<ContactsWithAccounts> {
  const opened = await openEngine(options);
  const contactsWithAccounts: ContactsWithAccounts = {
    ...bindOperations(opened.engine),
    startUpkeep: rejectingWithOurs("startUpkeep", (given?: UpkeepOptions) =>
      startUpkeepOf(opened, given),
    ),
    close: opened.close,
  };
  return rememberEngine(contactsWithAccounts, opened);
}

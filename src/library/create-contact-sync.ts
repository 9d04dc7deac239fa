import { type ContactSyncOptions, openEngine } from "../engine/open-engine.ts";
import type { ContactsWithAccounts } from "./contacts-with-accounts.ts";
import { bindOperations } from "./operations.ts";

/**
 * Opens the engine on a migrated database, after it has made sure that nobody else gets at it and
 * that the key is the one it is sealed with. Once a process is enough.
 *
 * @param options `database` (a connection string, a `pg` pool, client or configuration, PGlite, or
 *   anything with `query` and `transaction`) and `key`; `schema`, `defaultRegion`,
 *   `newNumberBudget`, `keepChoicesDays`, `syncTokenDays`
 * @throws ContactSyncError `DATABASE_NOT_MIGRATED`, `UNSAFE_DATABASE`, `KEY_MISMATCH`, `INVALID_KEY`,
 *   `INVALID_ARGUMENT`, `INVALID_REGION`, `DATABASE_UNAVAILABLE`
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
  const { engine, close } = await openEngine(options);
  return { ...bindOperations(engine), close };
}

import type { ContactsWithAccounts } from "../library/contacts-with-accounts.ts";
import { createContactSync } from "../library/create-contact-sync.ts";
import type { Configuration } from "./configuration.ts";
import {
  type OpenDatabase,
  type OpenOptions,
  openDatabase,
  prepareDatabase,
} from "./open-database.ts";

/** The engine on an open database. */
export interface OpenContactSync {
  readonly contactSync: ContactsWithAccounts;
  readonly database: OpenDatabase;
  /** Ends the connections, and the embedded database with them. */
  close(): Promise<void>;
}

/**
 * Opens the engine. The embedded database is brought to the current migrations; somebody's own
 * server is not changed unasked.
 *
 * @throws ContactSyncError `KEY_REQUIRED`, `KEY_MISMATCH`, `USER_IDS_MISMATCH`, `DATABASE_NOT_MIGRATED`,
 *   `DATABASE_UNAVAILABLE`, `DATABASE_BUSY`, `EMBEDDED_UNAVAILABLE`
 */
export async function openContactSync(
  configuration: Configuration,
  options: OpenOptions = {},
): Promise<OpenContactSync> {
  const { schema, defaultRegion, discoverable, previousKey, userIds } = configuration;
  const database = await openDatabase(configuration, options);
  try {
    const key = await prepareDatabase(database, schema);
    const contactSync = await createContactSync({
      database: database.connectionString,
      key,
      previousKey,
      userIds,
      schema,
      defaultRegion,
      discoverable,
    });
    return {
      contactSync,
      database,
      async close() {
        try {
          await contactSync.close();
        } finally {
          await database.close();
        }
      },
    };
  } catch (error) {
    await database.close();
    throw error;
  }
}

import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import { ContactSyncError } from "@contact-sync/client";
import { ERRORS } from "@contact-sync/client/errors";
import { migrate } from "../database/migrations/migrate.ts";
import { findBinaries } from "../embedded/binaries.ts";
import { readOrCreateDataFolderKey } from "../embedded/data-folder-key.ts";
import { startEmbeddedDatabase } from "../embedded/start-embedded-database.ts";
import type { Configuration } from "./configuration.ts";

/** A database that runs for as long as it is open here. */
export interface OpenDatabase {
  /** It holds a password. */
  readonly connectionString: string;
  /** The embedded database's directory, absolute; undefined for a server of the user's own. */
  readonly dataDir: string | undefined;
  /** Of the configuration or of the data directory; undefined where neither has one. */
  readonly key: string | undefined;
  close(): Promise<void>;
}

export interface OpenOptions {
  /** Told what a person wants to know while they wait, and has to know. Default: nobody. */
  readonly announce?: (message: string) => void;
  /** Called once when the embedded database is gone for good. Default: the next query fails. */
  readonly onLost?: (error: ContactSyncError) => void;
}

/**
 * Opens the database that the configuration names: a server of the user's own is only named, the
 * embedded one is started, and its key made if it is new. Neither is migrated.
 *
 * @throws ContactSyncError `DATABASE_BUSY`, `EMBEDDED_UNAVAILABLE`, `KEY_REQUIRED`
 */
export async function openDatabase(
  { databaseUrl, dataDir, key }: Configuration,
  { announce = () => {}, onLost = () => {} }: OpenOptions = {},
): Promise<OpenDatabase> {
  if (databaseUrl !== undefined) {
    return { connectionString: databaseUrl, dataDir: undefined, key, close: async () => {} };
  }
  if (!existsSync(join(dataDir, "postgres"))) {
    // Nothing is announced, and no key made, where it cannot run: a container has no such package.
    findBinaries();
    announce(`Creating the embedded database in ${resolve(dataDir)} (once; a few seconds).`);
  }
  const usedKey = key ?? (await readOrCreateDataFolderKey(dataDir));
  const embedded = await startEmbeddedDatabase({ dataDir, announce, onLost });
  return {
    connectionString: embedded.connectionString,
    dataDir: embedded.dataDir,
    key: usedKey,
    close: embedded.stop,
  };
}

/**
 * Makes an open database ready for the engine and returns the key to use: the embedded one is
 * brought to the current migrations; somebody's own server is not changed unasked.
 *
 * @throws ContactSyncError `KEY_REQUIRED`, and what `migrate` throws
 */
export async function prepareDatabase(
  { connectionString, key, dataDir }: OpenDatabase,
  schema: string,
): Promise<string> {
  if (key === undefined) {
    throw new ContactSyncError(
      "KEY_REQUIRED",
      `CONTACT_SYNC_KEY is not set, and a database of your own needs it. ${ERRORS.KEY_REQUIRED.cure}`,
    );
  }
  if (dataDir !== undefined) await migrate({ connectionString, schema });
  return key;
}

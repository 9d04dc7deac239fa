import { assertRegion } from "@contact-sync/client";
import { FailureRecords } from "./contacts/failed-sync.ts";
import { assertCurrent } from "./database/assert-current.ts";
import { assertSafe } from "./database/check/assert-safe.ts";
import { assertSchemaName, DEFAULT_SCHEMA } from "./database/schema.ts";
import { createStore } from "./database/store.ts";
import { type DatabaseSource, toDatabase } from "./database/to-database.ts";
import type { Engine } from "./engine.ts";
import { readOptions } from "./reading.ts";
import { openSealing } from "./security/open-sealer.ts";

export interface ContactSyncOptions {
  /**
   * A connection string, a `pg` pool, client or configuration, PGlite, or anything with
   * `query(text, values)` and `transaction(work)`.
   */
  database: DatabaseSource;
  /**
   * The sealing key (`CONTACT_SYNC_KEY`): 32 bytes as 64 hex characters or base64. Null only for a
   * database whose phones sync by RPC, which then stores phone hashes as they are.
   */
  key: string | null;
  /** Where `contact-sync migrate` installed; default `public`. */
  schema?: string | undefined;
  /** Where national numbers are dialled unless a call says otherwise, such as `EG`. */
  defaultRegion?: string | undefined;
}

export interface OpenedEngine {
  readonly engine: Engine;
  /**
   * Waits for what is written in the background, then ends the connections that were opened here; a
   * pool that was passed in is left alone.
   */
  close(): Promise<void>;
}

/**
 * Opens the engine on a migrated database, after it has made sure that nobody else gets at it and
 * that the key is the one it is sealed with.
 *
 * @throws ContactSyncError `DATABASE_NOT_MIGRATED`, `UNSAFE_DATABASE`, `KEY_MISMATCH`, `INVALID_KEY`,
 *   `INVALID_ARGUMENT`, `INVALID_REGION`, `DATABASE_UNAVAILABLE`
 */
export async function openEngine(options: ContactSyncOptions): Promise<OpenedEngine> {
  const { database: source, key, schema: name, defaultRegion: region } = readOptions(options);
  const schema = assertSchemaName(name ?? DEFAULT_SCHEMA);
  const defaultRegion = assertRegion(region);
  const { database, close } = toDatabase(source);
  try {
    await assertCurrent(database, schema);
    await assertSafe(database, schema);
    const store = createStore(database, schema);
    const failures = new FailureRecords(store);
    const engine = { store, failures, defaultRegion, ...(await openSealing(store, key)) };
    return {
      engine,
      async close() {
        await failures.settled();
        await close();
      },
    };
  } catch (error) {
    await close();
    throw error;
  }
}

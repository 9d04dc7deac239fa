import { type ContactSyncOptions, openEngine } from "../engine/open-engine.ts";
import { bindOperations, type Operations } from "./operations.ts";

export interface ContactsWithAccounts extends Operations {
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
export async function createContactSync(
  options: ContactSyncOptions,
): Promise<ContactsWithAccounts> {
  const { engine, close } = await openEngine(options);
  return { ...bindOperations(engine), close };
}

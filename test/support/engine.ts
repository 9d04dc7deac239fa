import {
  type ContactSyncOptions,
  type ContactsWithAccounts,
  createContactSync,
} from "../../src/index.ts";
import type { TestDatabase } from "./postgres.ts";

/** A key for tests: 32 bytes, the same in each. */
export const TEST_KEY = "5f".repeat(32);

/** The engine on a test's database. */
export function openEngine(
  database: TestDatabase,
  options: Partial<ContactSyncOptions> = {},
): Promise<ContactsWithAccounts> {
  return createContactSync({ database: database.pool, key: TEST_KEY, ...options });
}

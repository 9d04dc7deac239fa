import {
  type ContactSyncOptions,
  type ContactsWithAccounts,
  createContactSync,
} from "../../src/index.ts";
import { TEST_KEY } from "./key.ts";
import type { TestDatabase } from "./postgres.ts";

export { TEST_KEY };

/** The engine on a test's database. */
export function openContactSync(
  database: TestDatabase,
  options: Partial<ContactSyncOptions> = {},
): Promise<ContactsWithAccounts> {
  return createContactSync({ database: database.pool, key: TEST_KEY, ...options });
}

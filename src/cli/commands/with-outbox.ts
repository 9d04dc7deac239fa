import { toContactSyncError } from "../../database/errors.ts";
import { assertCurrent } from "../../database/migrations/assert-current.ts";
import { createSqlFunctions, type SqlFunctions } from "../../database/sql-functions.ts";
import { toDatabase } from "../../database/to-database.ts";
import type { CommandContext } from "../command.ts";

/** Opens a migrated database for what its outbox has functions for; that takes no key. */
export function withOutbox<Result>(
  { configuration: { schema }, withDatabase }: CommandContext,
  work: (sql: SqlFunctions) => Promise<Result>,
): Promise<Result> {
  return withDatabase(async ({ connectionString }) => {
    const { database, close } = toDatabase(connectionString);
    try {
      await assertCurrent(database, schema);
      return await work(createSqlFunctions(database, schema));
    } catch (error) {
      throw toContactSyncError(error);
    } finally {
      await close();
    }
  });
}

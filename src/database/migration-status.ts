import { ContactSyncError } from "@contact-sync/client";
import type { Queryable } from "./database.ts";
import { MIGRATIONS_TABLE, migrationNames } from "./migration-files.ts";

export interface MigrationStatus {
  /** Names of the migrations that the schema has, in order. */
  readonly applied: string[];
  /** Those of this version that it lacks. */
  readonly pending: string[];
  /** Those it has that this version does not know: a newer version was here. */
  readonly unknown: string[];
}

/**
 * Compares a schema's migrations with this version's. A schema that does not exist has none.
 *
 * @throws ContactSyncError `NAME_TAKEN` where the migrations' table is somebody else's
 */
export async function readMigrationStatus(
  database: Queryable,
  schema: string,
): Promise<MigrationStatus> {
  const known = await migrationNames();
  const applied = await appliedMigrations(database, schema);
  return {
    applied,
    pending: known.filter((name) => !applied.includes(name)),
    unknown: applied.filter((name) => !known.includes(name)),
  };
}

async function appliedMigrations(database: Queryable, schema: string): Promise<string[]> {
  const table = `"${schema}".${MIGRATIONS_TABLE}`;
  const columns = await database.query<{ name: string }>(
    "select attname::text as name from pg_attribute where attrelid = to_regclass($1) and attnum > 0",
    [table],
  );
  if (columns.rows.length === 0) return [];
  const names = columns.rows.map(({ name }) => name);
  if (!["id", "name", "run_on"].every((name) => names.includes(name))) {
    throw new ContactSyncError(
      "NAME_TAKEN",
      `schema "${schema}" already holds a table ${MIGRATIONS_TABLE} that is not ours; nothing was changed`,
    );
  }
  const { rows } = await database.query<{ name: string }>(
    `select name from ${table} order by run_on, id`,
  );
  return rows.map(({ name }) => name);
}

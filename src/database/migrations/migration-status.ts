import { ContactSyncError } from "@contact-sync/client";
import { assertOwned } from "../check/assert-owned.ts";
import type { Queryable } from "../database.ts";
import { MIGRATIONS_TABLE, migrationNames } from "./migration-files.ts";
import { assertNoWorker } from "./spread.ts";

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
 * @throws ContactSyncError `NAME_TAKEN` where the migrations' table is somebody else's,
 *   `UNSAFE_DATABASE` where all may be, `DATABASE_NOT_MIGRATED` where the connected role can't see it,
 *   `UNSUPPORTED_CLUSTER` on a worker
 */
export async function readMigrationStatus(
  database: Queryable,
  schema: string,
  folder?: URL,
): Promise<MigrationStatus> {
  await assertOwned(database, schema);
  const known = await migrationNames(folder);
  const applied = await appliedMigrations(database, schema);
  if (applied.length === 0) await assertNoWorker(database);
  return {
    applied,
    pending: known.filter((name) => !applied.includes(name)),
    unknown: applied.filter((name) => !known.includes(name)),
  };
}

async function appliedMigrations(database: Queryable, schema: string): Promise<string[]> {
  const table = `"${schema}".${MIGRATIONS_TABLE}`;
  const columns = await database.query<{ name: string }>(
    "select attname::text as name from pg_catalog.pg_attribute where attrelid = pg_catalog.to_regclass($1)::oid and attnum > 0::smallint",
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
  const { rows } = await database
    .query<{ name: string }>(`select name from ${table} order by run_on, id`)
    .catch((error) => {
      if ((error as { code?: unknown }).code === "42501") throw hidden(schema);
      throw error;
    });
  if (rows.length === 0 && (await isFiltered(database, table))) throw hidden(schema);
  return rows.map(({ name }) => name);
}

/** Whether row-level security may keep rows of a table from the connected role. */
async function isFiltered(database: Queryable, table: string): Promise<boolean> {
  const { rows } = await database.query<{ is_filtered: boolean }>(
    "select pg_catalog.row_security_active($1) as is_filtered",
    [table],
  );
  return rows[0]?.is_filtered === true;
}

// As after a restore that lost the grants, or for a role that is no member of service_role.
function hidden(schema: string): ContactSyncError {
  return new ContactSyncError(
    "DATABASE_NOT_MIGRATED",
    `the connected role can't see which migrations schema "${schema}" has. ` +
      "Connect as the tables' owner or as a member of service_role; if it is one, run `contact-sync doctor --fix` as the owner.",
  );
}

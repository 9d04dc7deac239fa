import { ContactSyncError } from "@contact-sync/client";

/** Where everything is installed unless said otherwise: Supabase's RPC sees only `public`. */
export const DEFAULT_SCHEMA = "public";

/**
 * Returns a schema's name, or refuses one that would need quoting or belongs to PostgreSQL.
 *
 * @throws ContactSyncError `INVALID_ARGUMENT`
 */
export function assertSchemaName(schema: unknown): string {
  if (
    typeof schema !== "string" ||
    !/^[A-Za-z_][A-Za-z0-9_]{0,62}$/.test(schema) ||
    /^(pg_|information_schema$)/i.test(schema)
  ) {
    throw new ContactSyncError(
      "INVALID_ARGUMENT",
      "the schema must be a plain name: letters, digits and underscores, at most 63, not pg_…",
    );
  }
  return schema;
}

import { readdir, readFile } from "node:fs/promises";

const DATABASE = new URL("../../../database/", import.meta.url);

export const MIGRATIONS_FOLDER = new URL("migrations/", DATABASE);
export const GUARD_FILE = new URL("definitions/guard/refuse-foreign-objects.sql", DATABASE);
export const OPEN_SCHEMA_GUARD_FILE = new URL("definitions/guard/refuse-open-schema.sql", DATABASE);

/** The table that records which migrations a schema has. */
export const MIGRATIONS_TABLE = "contact_sync_migrations";

/** The statement each migration begins with; it names the schema that everything goes into. */
export const SEARCH_PATH_LINE = "set local search_path = public, pg_temp;";

export interface MigrationFile {
  /** As it is recorded: the file's name without `.sql`. */
  readonly name: string;
  readonly text: string;
}

/** All migrations, in order, written for a schema. */
export async function readMigrationFiles(schema: string): Promise<MigrationFile[]> {
  const names = (await migrationNames()).map(async (name) => ({
    name,
    text: inSchema(await readFile(new URL(`${name}.sql`, MIGRATIONS_FOLDER), "utf8"), schema),
  }));
  return Promise.all(names);
}

/** The names of all migrations, in order. */
export async function migrationNames(): Promise<string[]> {
  const files = await readdir(MIGRATIONS_FOLDER);
  return files
    .filter((file) => file.endsWith(".sql"))
    .map((file) => file.slice(0, -".sql".length))
    .sort();
}

/** A migration's text with the given schema in place of `public`. */
export function inSchema(text: string, schema: string): string {
  if (!text.includes(SEARCH_PATH_LINE)) {
    throw new Error(`a migration does not contain the line "${SEARCH_PATH_LINE}"`);
  }
  return text.replace(SEARCH_PATH_LINE, `set local search_path = "${schema}", pg_temp;`);
}

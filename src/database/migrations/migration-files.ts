import { readdir, readFile } from "node:fs/promises";

/** Where the migrations and definitions of this version lie. */
export const DATABASE_FOLDER = new URL("../../../database/", import.meta.url);

/** The blocks that refuse a schema before anything is changed in it. */
export const GUARDS = {
  foreignObjects: "definitions/guard/refuse-foreign-objects.sql",
  openSchema: "definitions/guard/refuse-open-schema.sql",
} as const;

/** The table that records which migrations a schema has. */
export const MIGRATIONS_TABLE = "contact_sync_migrations";

/** The statement each migration begins with; it names the schema that everything goes into. */
export const SEARCH_PATH_LINE = "set local search_path = public, pg_temp;";

export interface MigrationFile {
  /** As it is recorded: the file's name without `.sql`. */
  readonly name: string;
  readonly text: string;
  /** The day it was released, such as `2026-11-26`; of one that is still to be, undefined. */
  readonly day: string | undefined;
}

/** All migrations, in order, written for a schema. */
export async function readMigrationFiles(
  schema: string,
  folder: URL = DATABASE_FOLDER,
): Promise<MigrationFile[]> {
  const days = await releaseDays(folder);
  const files = (await migrationNames(folder)).map(async (name) => ({
    name,
    text: inSchema(await readFile(new URL(`migrations/${name}.sql`, folder), "utf8"), schema),
    day: days.get(name),
  }));
  return Promise.all(files);
}

/** The names of all migrations, in order. */
export async function migrationNames(folder: URL = DATABASE_FOLDER): Promise<string[]> {
  const files = await readdir(new URL("migrations/", folder));
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

async function releaseDays(folder: URL): Promise<Map<string, string>> {
  const releases: { day: string; migrations: Record<string, string> }[] = JSON.parse(
    await readFile(new URL("releases.json", folder), "utf8"),
  );
  return new Map(
    releases.flatMap(({ day, migrations }) =>
      Object.keys(migrations).map((file) => [file.slice(0, -".sql".length), day] as const),
    ),
  );
}

import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { assertSchemaName, DEFAULT_SCHEMA } from "../schema.ts";
import { MIGRATIONS_TABLE, readMigrationFiles, SEARCH_PATH_LINE } from "./migration-files.ts";

export interface SupabaseExport {
  /** Names of the files written, in order. */
  readonly files: string[];
}

/**
 * Writes the migrations as files for `supabase/migrations`, one a migration.
 *
 * Their timestamps are fixed, so that writing them again names the same files; and each records
 * itself in our own table too, so that a later `contact-sync migrate` knows it is there.
 *
 * @param directory created where it is missing
 */
export async function exportForSupabase(
  directory: string,
  { schema = DEFAULT_SCHEMA }: { schema?: string } = {},
): Promise<SupabaseExport> {
  const migrations = await readMigrationFiles(assertSchemaName(schema));
  await mkdir(directory, { recursive: true });
  const files = migrations.map(({ name, text }) => ({
    file: `${timestampOf(name)}_contact_sync_${name.slice(4)}.sql`,
    text: selfRecording(name, text, schema),
  }));
  for (const { file, text } of files) await writeFile(join(directory, file), text);
  return { files: files.map(({ file }) => file) };
}

/** `012_…` → 20260101000012: in order, and before anything an app adds from here on. */
function timestampOf(name: string): string {
  return `20260101000${name.slice(0, 3)}`;
}

function selfRecording(name: string, text: string, schema: string): string {
  const start = SEARCH_PATH_LINE.replace("public", `"${schema}"`);
  const record = [
    start,
    "",
    "-- contact-sync's own record, which `contact-sync migrate` reads.",
    `create table if not exists ${MIGRATIONS_TABLE} (`,
    "  id     serial       primary key,",
    "  name   varchar(255) not null,",
    "  run_on timestamp    not null",
    ");",
    `insert into ${MIGRATIONS_TABLE} (name, run_on) values ('${name}', now());`,
  ].join("\n");
  const createSchema =
    schema === DEFAULT_SCHEMA ? "" : `create schema if not exists "${schema}";\n`;
  return `begin;\n${createSchema}\n${text.replace(start, record)}\ncommit;\n`;
}

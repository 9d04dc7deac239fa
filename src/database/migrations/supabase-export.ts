import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { ContactSyncError, type OptionNames, readOptions } from "@contact-sync/client";
import { assertSchemaName, DEFAULT_SCHEMA } from "../schema.ts";
import { DATABASE_FOLDER, type MigrationFile, readMigrationFiles } from "./migration-files.ts";

export interface SupabaseExportOptions {
  /** Where the migrations install. Default `public`. */
  schema?: string | undefined;
  /** Today, for migrations that are still to be released. Default: the machine's clock. */
  now?: (() => Date) | undefined;
}

const OPTIONS: OptionNames<SupabaseExportOptions> = { schema: true, now: true };

export interface SupabaseExport {
  /** Names of the files written, in order. */
  readonly files: string[];
  /** Names of the files that were there, and were left alone. */
  readonly kept: string[];
  /**
   * Of those, the ones that hold something else than this version's migration: written for another
   * schema, by a version that was not released yet, or changed by hand.
   */
  readonly differing: string[];
}

/**
 * Writes the migrations as files for `supabase/migrations`, one a migration, each once: what the
 * folder has already is left alone, under whatever timestamp it has. A new file is dated by the day
 * its migration was released, and behind the newest that is there: `supabase db push` refuses a file
 * that is older than the newest migration of the remote database.
 *
 * Each records itself in our own table too, so that a later `contact-sync migrate` knows it is there.
 *
 * @param folder created where it is missing
 * @throws ContactSyncError `INVALID_ARGUMENT`
 */
export async function exportForSupabase(
  folder: string,
  options?: SupabaseExportOptions,
): Promise<SupabaseExport> {
  return exportFrom(DATABASE_FOLDER, folder, options);
}

/** The same, of the migrations of another version: its `database` folder. */
export async function exportFrom(
  database: URL,
  folder: string,
  options?: SupabaseExportOptions,
): Promise<SupabaseExport> {
  const { schema = DEFAULT_SCHEMA, now = () => new Date() } = readOptions(options, OPTIONS);
  const migrations = await readMigrationFiles(assertSchemaName(schema), database);
  const refuse = (error: unknown) => {
    throw unusable(folder, error);
  };
  if (folder.trim() === "") refuse(new Error("it has no name"));
  await mkdir(folder, { recursive: true }).catch(refuse);
  const there = (await readdir(folder).catch(refuse)).sort();
  const files: string[] = [];
  const kept: string[] = [];
  const differing: string[] = [];
  let newest = there.findLast((file) => TIMESTAMPED.test(file))?.slice(0, TIMESTAMP_LENGTH) ?? "";
  for (const migration of migrations) {
    const suffix = `_contact_sync_${migration.name.slice(4)}.sql`;
    const present = there.filter(
      (file) => /^\d+$/.test(file.slice(0, -suffix.length)) && file.endsWith(suffix),
    );
    for (const file of present) {
      kept.push(file);
      const text = await readFile(join(folder, file), "utf8").catch(refuse);
      if (plain(text) !== plain(fileText(migration, schema))) differing.push(file);
    }
    if (present.length > 0) continue;
    newest = timestampOf(migration, now(), newest);
    const file = `${newest}${suffix}`;
    const text = fileText(migration, schema);
    await writeFile(join(folder, file), text, { flag: "wx" }).catch(refuse);
    files.push(file);
  }
  return { files, kept, differing };
}

/** As the Supabase CLI names files; it sorts them, and those of the remote database, as text. */
const TIMESTAMPED = /^\d{14}_.*\.sql$/;
const TIMESTAMP_LENGTH = 14;

/** Midnight of the day, and its number in seconds: 012 of 2026-11-26 → 20261126000012. */
function timestampOf({ name, day }: MigrationFile, today: Date, newest: string): string {
  const midnight = new Date(day ?? today.toISOString().slice(0, 10));
  const own = written(midnight, Number(name.slice(0, 3)));
  return own > newest ? own : next(newest);
}

function next(timestamp: string): string {
  const [, day, time] = /^(\d{4}\d{2}\d{2})(\d{6})$/.exec(timestamp) ?? [];
  const iso = `${day?.replace(/(....)(..)(..)/, "$1-$2-$3")}T${time?.replace(/(..)(..)(..)/, "$1:$2:$3")}Z`;
  const date = new Date(iso);
  // One that somebody made up is no date, and still has a next number.
  return Number.isNaN(date.getTime()) ? String(BigInt(timestamp) + 1n) : written(date, 1);
}

function written(date: Date, seconds: number): string {
  return new Date(date.getTime() + seconds * 1000).toISOString().replace(/\D/g, "").slice(0, 14);
}

function fileText({ text }: MigrationFile, schema: string): string {
  const create = schema === DEFAULT_SCHEMA ? "" : `create schema if not exists "${schema}";\n`;
  return `begin;\n${create}\n${text}\ncommit;\n`;
}

/** Without what a checkout may make of line ends. */
function plain(text: string): string {
  return text.replaceAll("\r\n", "\n").trim();
}

function unusable(folder: string, cause: unknown): ContactSyncError {
  const reason = cause instanceof Error ? cause.message : "it can't be opened";
  return new ContactSyncError(
    "INVALID_ARGUMENT",
    `the folder ${JSON.stringify(folder)} can't be used: ${reason}`,
    { cause },
  );
}

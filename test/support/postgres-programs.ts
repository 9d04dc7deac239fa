import { execFile } from "node:child_process";
import { existsSync, readdirSync } from "node:fs";
import { delimiter, join } from "node:path";
import { promisify } from "node:util";
import { available } from "./available.ts";

const OLDEST = 15;
const DEBIANS = "/usr/lib/postgresql";

/**
 * Runs a program of PostgreSQL's that a machine may have beside the test's own server, such as
 * `pg_dump`; undefined where there is none, or none as new as the server.
 */
export async function findProgram(
  name: string,
  major: number,
): Promise<((...args: string[]) => Promise<string>) | undefined> {
  const folder = await findFolder(name, major);
  return folder === undefined ? undefined : (...args) => execute(join(folder, name), args);
}

/** The folder of such a program and of those that come with it. */
export async function findFolder(name: string, major: number): Promise<string | undefined> {
  const debians = existsSync(DEBIANS)
    ? readdirSync(DEBIANS).map((version) => join(DEBIANS, version, "bin"))
    : [];
  const folders = [...(process.env["PATH"] ?? "").split(delimiter), ...debians];
  for (const folder of folders) {
    const file = join(folder, name);
    if (!existsSync(file)) continue;
    const version = /\(PostgreSQL\) (\d+)/.exec(await execute(file, ["--version"]))?.[1];
    if (Number(version) >= major) return folder;
  }
  // Debian's may be older than the newest server: only the oldest has to be served in CI.
  if (major === OLDEST) available(`${name} of PostgreSQL ${major}`, false);
  return undefined;
}

async function execute(file: string, args: string[]): Promise<string> {
  return (await promisify(execFile)(file, args, { maxBuffer: 1e8 })).stdout;
}

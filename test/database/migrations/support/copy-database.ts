import { execFile } from "node:child_process";
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { DATABASE_FOLDER } from "../../../../src/database/migrations/migration-files.ts";

/** A copy of `database/` and of what composes it, to try a release with. */
export interface DatabaseCopy {
  /** Its `database` folder. */
  readonly folder: URL;
  /** Runs `npm run compose`, with options; gives what it said, or throws that. */
  compose(...options: string[]): Promise<string>;
  read(file: string): Promise<string>;
  write(file: string, text: string): Promise<void>;
  /** Replaces the only occurrence of a text. */
  edit(file: string, from: string, to: string): Promise<void>;
  delete(file: string): Promise<void>;
  /** Lists a migration in composition.json. */
  list(name: string, definitions: string[]): Promise<void>;
  remove(): Promise<void>;
}

export async function copyDatabase(from: URL = DATABASE_FOLDER): Promise<DatabaseCopy> {
  const root = await mkdtemp(join(tmpdir(), "contact-sync-release-"));
  const folder = pathToFileURL(`${join(root, "database")}/`);
  for (const part of ["database", "scripts"]) {
    await cp(fileURLToPath(new URL(`../${part}`, from)), join(root, part), { recursive: true });
  }
  await writeFile(join(root, "package.json"), '{ "type": "module" }');
  const read = (file: string) => readFile(new URL(file, folder), "utf8");
  const write = async (file: string, text: string) => {
    const address = new URL(file, folder);
    await mkdir(dirname(fileURLToPath(address)), { recursive: true });
    await writeFile(address, text);
  };
  return {
    folder,
    compose: (...options) => {
      const script = join(root, "scripts", "compose-migrations.js");
      return new Promise((resolve, reject) => {
        execFile(process.execPath, [script, ...options], (error, stdout, stderr) => {
          if (error === null) resolve(stdout);
          else reject(new Error(stderr));
        });
      });
    },
    read,
    write,
    async edit(file, before, after) {
      const text = await read(file);
      if (text.split(before).length !== 2) throw new Error(`${file} has not one "${before}"`);
      await write(
        file,
        text.replace(before, () => after),
      );
    },
    delete: (file) => rm(new URL(file, folder)),
    async list(name, definitions) {
      const composition = JSON.parse(await read("composition.json"));
      composition[name] = { title: "What a test adds.", definitions };
      await write("composition.json", JSON.stringify(composition));
    },
    remove: () => rm(root, { recursive: true }),
  };
}

// Composes the migrations in database/migrations from the definitions, as
// database/composition.json lists them, and writes the lists of objects inside
// of definitions. A migration that was released (database/releases.json) is
// history: it is only compared with the digest that was recorded, and what
// changed since comes with a later one. CONTRIBUTING.md says how.
//
//   npm run compose                      writes them
//   npm run compose -- --check           exits with 1 if one differs from its definitions
//   npm run compose -- --freeze 0.1.0    records what is there as released with 0.1.0
import { readFile, writeFile } from "node:fs/promises";
import { parseArgs } from "node:util";
import { readDatabaseFolder } from "./compose/database-folder.js";
import { migrationText } from "./compose/migration-text.js";
import { refusals } from "./compose/refusals.js";
import { releaseOf } from "./compose/releases.js";

const database = new URL("../database/", import.meta.url);
const { values: options } = parseArgs({
  options: { check: { type: "boolean" }, freeze: { type: "string" } },
});

const folder = await readDatabaseFolder(database);
const faults = refusals(folder);
if (faults.length === 0) {
  for (const { file, text } of folder.definitions.values())
    await settle(`definitions/${file}`, text);
  for (const migration of folder.migrations) {
    if (migration.release !== undefined) continue;
    await settle(`migrations/${migration.name}`, migrationText(migration, folder));
  }
}
if (faults.length === 0 && options.freeze !== undefined) await freeze(options.freeze);
for (const fault of faults) console.error(fault);
process.exitCode = faults.length > 0 ? 1 : 0;

/**
 * Writes a file, or only says that it differs.
 *
 * @param {string} file
 * @param {string} text
 */
async function settle(file, text) {
  const address = new URL(file, database);
  if ((await readFile(address, "utf8").catch(() => "")) === text) return;
  if (options.check || options.freeze !== undefined) {
    faults.push(`${file} differs from what the definitions make: run npm run compose`);
  } else await writeFile(address, text);
}

/** @param {string} version */
async function freeze(version) {
  const { releases, migrations } = folder;
  if (!/^\d+\.\d+\.\d+(-[\w.]+)?$/.test(version)) {
    faults.push(`${version} is no version: --freeze 0.1.0`);
  } else if (releases.some(({ release }) => release === version)) {
    faults.push(`${version} is frozen already: what comes now belongs to another version`);
  } else if (migrations.every(({ release }) => release !== undefined)) {
    console.log("Every migration is frozen already: this release needs none.");
  } else {
    const today = new Date().toISOString().slice(0, "2026-01-01".length);
    const release = releaseOf(folder, version, today);
    await writeFile(
      new URL("releases.json", database),
      `${JSON.stringify([...releases, release], null, 2)}\n`,
    );
    console.log(`Froze ${Object.keys(release.migrations).join(", ")} as ${version}.`);
  }
}

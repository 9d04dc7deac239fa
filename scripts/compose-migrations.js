// Composes the migrations in database/migrations from the definitions, as
// database/composition.json lists them, and writes the lists of objects inside
// of definitions. Until the first release migrations are composed anew; from
// then on they are history, and only new ones are added.
//
//   npm run compose             writes them
//   npm run compose -- --check  exits with 1 if one differs from its definitions
import { readFile, writeFile } from "node:fs/promises";
import { objectsOf } from "./compose/objects.js";
import { writeLists } from "./compose/written-lists.js";

const database = new URL("../database/", import.meta.url);
/** @type {Record<string, { title: string, definitions: string[] }>} */
const composition = JSON.parse(await readFile(new URL("composition.json", database), "utf8"));
const isCheck = process.argv.includes("--check");

/** The text of each definition, with its lists of objects written. @type {Map<string, string>} */
const definitions = await readDefinitions();
let differing = 0;
for (const [file, text] of definitions) await settle(`definitions/${file}`, text);
for (const [name, parts] of Object.entries(composition)) {
  await settle(`migrations/${name}`, compose(name, parts));
}
process.exitCode = differing > 0 ? 1 : 0;

async function readDefinitions() {
  const files = Object.values(composition).flatMap((migration) => migration.definitions);
  const written = await Promise.all(
    files.map(async (file) => ({
      file,
      text: await readFile(new URL(`definitions/${file}`, database), "utf8"),
    })),
  );
  const objects = written.flatMap(({ file, text }) =>
    file.startsWith("guard/") ? [] : objectsOf(text, file),
  );
  return new Map(written.map(({ file, text }) => [file, writeLists(text, objects)]));
}

/** @param {string} name @param {{ title: string, definitions: string[] }} parts */
function compose(name, parts) {
  return [
    `-- ${name}`,
    `-- ${parts.title}`,
    "--",
    "-- Composed from database/definitions (npm run compose): change it there.",
    "-- To run it by hand: psql --single-transaction --file, in the order of the numbers.",
    "",
    // The schema of choice: the migration runner writes another name here.
    "set local search_path = public, pg_temp;",
    "",
    parts.definitions.map((file) => (definitions.get(file) ?? "").trim()).join("\n\n\n"),
    "",
    "",
    "select apply_contact_sync_grants();",
    "",
  ].join("\n");
}

/**
 * Writes a file, or only says that it differs.
 *
 * @param {string} file
 * @param {string} text
 */
async function settle(file, text) {
  const address = new URL(file, database);
  if ((await readFile(address, "utf8").catch(() => "")) === text) return;
  if (!isCheck) await writeFile(address, text);
  else {
    console.error(`${file} differs from what the definitions make: run npm run compose`);
    differing += 1;
  }
}

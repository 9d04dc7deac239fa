// Composes the migrations in database/migrations from the definitions, as
// database/composition.json lists them. Until the first release migrations are
// composed anew; from then on they are history, and only new ones are added.
//
//   npm run compose             writes them
//   npm run compose -- --check  exits with 1 if one differs from its definitions
import { readFile, writeFile } from "node:fs/promises";

const database = new URL("../database/", import.meta.url);
const composition = JSON.parse(await readFile(new URL("composition.json", database), "utf8"));
const isCheck = process.argv.includes("--check");

/** @param {string} name @param {{ title: string, definitions: string[] }} parts */
async function compose(name, { title, definitions }) {
  const texts = await Promise.all(
    definitions.map((file) => readFile(new URL(`definitions/${file}`, database), "utf8")),
  );
  return [
    `-- ${name}`,
    `-- ${title}`,
    "--",
    "-- Composed from database/definitions (npm run compose): change it there.",
    "-- To run it by hand: psql --single-transaction --file, in the order of the numbers.",
    "",
    // The schema of choice: the migration runner writes another name here.
    "set local search_path = public, pg_temp;",
    "",
    texts.map((text) => text.trim()).join("\n\n\n"),
    "",
    "",
    "select contact_sync_apply_grants();",
    "",
  ].join("\n");
}

let differing = 0;
for (const [name, parts] of Object.entries(composition)) {
  const file = new URL(`migrations/${name}`, database);
  const text = await compose(name, parts);
  if (!isCheck) {
    await writeFile(file, text);
  } else if (text !== (await readFile(file, "utf8").catch(() => ""))) {
    console.error(`${name} differs from its definitions: run npm run compose`);
    differing += 1;
  }
}
process.exitCode = differing > 0 ? 1 : 0;

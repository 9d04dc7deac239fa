// Prints the documents of YAML files as JSON: a list of them for each file.
//
//   node test/deployment/print-yaml.js FILE…
import { readFile } from "node:fs/promises";
import { parseAllDocuments } from "yaml";

const files = [];
for (const file of process.argv.slice(2)) {
  const documents = parseAllDocuments(await readFile(file, "utf8"), { merge: true });
  for (const { errors, warnings } of documents) {
    for (const fault of [...errors, ...warnings]) throw new Error(`${file}: ${fault.message}`);
  }
  files.push(documents.map((document) => document.toJS()));
}
process.stdout.write(JSON.stringify(files));

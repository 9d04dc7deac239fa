// Prints what Kubernetes' own schemas have against the objects of YAML files, as JSON.
//
//   node test/deployment/check-kubernetes.js FILE…
import { readFile } from "node:fs/promises";
import { parseAllDocuments } from "yaml";

const faults = [];
for (const file of process.argv.slice(2)) {
  for (const document of parseAllDocuments(await readFile(file, "utf8"))) {
    const object = document.toJS();
    const kinds = await import(`kubernetes-models/${object.apiVersion}`);
    try {
      new kinds[object.kind](object).validate();
    } catch (error) {
      faults.push(`${file}: ${object.kind} ${object.metadata?.name}: ${error}`);
    }
  }
}
process.stdout.write(JSON.stringify(faults));

// Writes client/src/numbers/plan-data.ts out of the metadata of libphonenumber-js, whose version is
// pinned in package.json. A new version may answer differently, and then phone hashes no longer
// agree: client/README.md ("Versions of the metadata"), and HASH_RULE rises.
//
//   npm run compose:plans                writes it
//   npm run compose:plans -- --check     exits with 1 if it is not what the metadata give
import { readFile, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { parseArgs } from "node:util";
import { planData } from "./compose/plans.js";

const FILE = new URL("../client/src/numbers/plan-data.ts", import.meta.url);

const require = createRequire(import.meta.url);
const metadata = require("libphonenumber-js/metadata.min.json");
const { version } = require("libphonenumber-js/package.json");
const { values: options } = parseArgs({ options: { check: { type: "boolean" } } });

const text = planData(metadata, version);
if (!options.check) await writeFile(FILE, text);
else if ((await readFile(FILE, "utf8")) !== text) {
  console.error(
    "client/src/numbers/plan-data.ts is not what libphonenumber-js gives: npm run compose:plans",
  );
  process.exitCode = 1;
}

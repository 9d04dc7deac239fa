// Measures what the client adds to an app, in bytes, and writes docs/benchmarks/phone-sizes.json.
// test/bundles/phone.processes.test.ts has the limits.
//
//   node test/bundles/sizes.js            writes it
//   node test/bundles/sizes.js --print    prints it
import { writeFile } from "node:fs/promises";
import { gzipSync } from "node:zlib";
import { bundleByEsbuild, bundleByMetro } from "./bundle.js";

const FILE = new URL("../../docs/benchmarks/phone-sizes.json", import.meta.url);

const BUNDLERS = {
  metro: bundleByMetro,
  metroBeforeExports: (/** @type {string} */ entry) =>
    bundleByMetro(entry, { readsExports: false }),
  esbuild: bundleByEsbuild,
};

/** @type {Record<string, Record<string, { bytes: number, gzipped: number }>>} */
const sizes = {};
for (const [bundler, bundle] of Object.entries(BUNDLERS)) {
  sizes[bundler] = {};
  for (const entry of ["empty", "whole", "numbers-and-hash", "protocol-and-hash"]) {
    const text = await bundle(entry);
    const gzipped = gzipSync(text, { level: 9 }).length;
    sizes[bundler][entry] = { bytes: Buffer.byteLength(text), gzipped };
  }
}
const text = `${JSON.stringify(sizes, undefined, 2)}\n`;
if (process.argv.includes("--print")) process.stdout.write(text);
else await writeFile(FILE, text);
// Metro's watchers hold the process.
process.exit();

// Runs the client in the engines of phones, browsers and servers, and writes how long each holds the
// thread into docs/benchmarks/phone-slices.json, as measured on this machine.
//
//   node test/bundles/engines.js                  in all of them
//   node test/bundles/engines.js --print hermes   in one, and prints what came of it
import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { parseArgs, promisify } from "node:util";
import { bundleByEsbuild, bundleByMetro } from "./bundle.js";

const FILE = new URL("../../docs/benchmarks/phone-slices.json", import.meta.url);
const require = createRequire(import.meta.url);
const run = promisify(execFile);

const { values: options, positionals } = parseArgs({
  options: { print: { type: "boolean" } },
  allowPositionals: true,
});

const ENGINES = { hermes: runInHermes, chromium: runInChromium, node: runInNode };

/** @type {Record<string, unknown>} */
const results = {};
for (const [engine, runThere] of Object.entries(ENGINES)) {
  if (positionals.length > 0 && !positionals.includes(engine)) continue;
  results[engine] = JSON.parse(await runThere());
}
// What the finder did there is a question of the tests, and no figure.
const recorded = (/** @type {string} */ name, /** @type {unknown} */ value) =>
  name === "finder" && !options.print ? undefined : value;
const text = `${JSON.stringify(results, recorded, 2)}\n`;
if (options.print) process.stdout.write(text);
else await writeFile(FILE, text);
// Metro's watchers hold the process.
process.exit();

/** Metro's bundle in a VM of its own, compiled before, as in a release of an app. */
async function runInHermes() {
  const binaries = join(dirname(require.resolve("hermes-engine-cli/package.json")), "linux64-bin");
  const folder = await mkdtemp(join(tmpdir(), "contact-sync-hermes-"));
  try {
    const [source, compiled] = [join(folder, "bundle.js"), join(folder, "bundle.hbc")];
    await writeFile(source, await bundleByMetro("in-engine"));
    await run(join(binaries, "hermesc"), ["-O", "-w", "-emit-binary", "-out", compiled, source]);
    const { stdout } = await run(join(binaries, "hermes"), ["-b", compiled]);
    return stdout;
  } finally {
    await rm(folder, { recursive: true });
  }
}

async function runInChromium() {
  const { chromium } = require("playwright-core");
  const executablePath = process.env["CHROMIUM"] ?? "/usr/bin/chromium";
  const browser = await chromium.launch({ executablePath, args: ["--no-sandbox"] });
  try {
    const page = await browser.newPage();
    await page.addScriptTag({ content: await bundleByEsbuild("in-engine") });
    return await page.evaluate("run()");
  } finally {
    await browser.close();
  }
}

async function runInNode() {
  const folder = await mkdtemp(join(tmpdir(), "contact-sync-node-"));
  try {
    const script = join(folder, "bundle.cjs");
    await writeFile(script, `${await bundleByEsbuild("in-engine")}\nrun().then(console.log);`);
    const { stdout } = await run(process.execPath, [script], { maxBuffer: 2 ** 24 });
    return stdout;
  } finally {
    await rm(folder, { recursive: true });
  }
}

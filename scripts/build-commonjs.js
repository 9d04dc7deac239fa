// Writes the client once more as CommonJS, into client/dist/cjs: Metro before React Native 0.79 reads
// `main` alone, also later the folders of entries, and Jest 29's default configuration loads no ESM. A
// file stays a file, so that the entries share one copy of what they have in common.
import { copyFile, mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import ts from "typescript";

const DIST = fileURLToPath(new URL("../client/dist/", import.meta.url));
const COMMONJS = join(DIST, "cjs");
/** Is ESM only, so it goes into the one file that imports it. */
const ESM_ONLY = "@noble/ciphers";

/** @type {import("typescript").CompilerOptions} */
const OPTIONS = {
  module: ts.ModuleKind.CommonJS,
  // What Hermes runs without a class or an operator being rewritten.
  target: ts.ScriptTarget.ES2020,
};

for (const file of await readdir(DIST, { recursive: true })) {
  const [from, to] = [join(DIST, file), join(COMMONJS, file)];
  await mkdir(dirname(to), { recursive: true });
  // The declarations are the same: what they mean follows the nearest package.json.
  if (file.endsWith(".d.ts")) await copyFile(from, to);
  else if (file.endsWith(".js")) {
    const text = await readFile(from, "utf8");
    if (text.includes(`from "${ESM_ONLY}`)) await bundle(from, to);
    else {
      const { outputText } = ts.transpileModule(text, { compilerOptions: OPTIONS, fileName: file });
      await writeFile(to, outputText);
    }
  }
}
await writeFile(join(COMMONJS, "package.json"), `${JSON.stringify({ type: "commonjs" })}\n`);

/** With what it imports from elsewhere, and without what it imports from us. */
async function bundle(/** @type {string} */ from, /** @type {string} */ to) {
  await build({
    entryPoints: [from],
    outfile: to,
    bundle: true,
    format: "cjs",
    platform: "neutral",
    mainFields: ["module", "main"],
    target: "es2020",
    plugins: [
      {
        name: "a file of ours stays a file",
        setup: ({ onResolve }) => {
          onResolve({ filter: /^\./ }, ({ path, importer }) =>
            importer.startsWith(DIST) ? { path, external: true } : undefined,
          );
        },
      },
    ],
    logLevel: "warning",
  });
}

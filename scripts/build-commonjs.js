// Writes the client once more as CommonJS, into client/dist/cjs: Metro before React Native 0.79 reads
// `main` alone, and Jest 29's default configuration loads no ESM. A file stays a file, so that the
// entries share one copy of what they have in common. @noble/hashes is ESM only and goes into the one
// file that imports it; libphonenumber-js has a CommonJS of its own.
import { copyFile, mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const CLIENT = new URL("../client/", import.meta.url);
const DIST = fileURLToPath(new URL("dist/", CLIENT));
const COMMONJS = fileURLToPath(new URL("dist/cjs/", CLIENT));

const { dependencies } = JSON.parse(await readFile(new URL("package.json", CLIENT), "utf8"));
const bundled = ["@noble/hashes"];
const external = Object.keys(dependencies).filter((name) => !bundled.includes(name));

const files = await readdir(DIST, { recursive: true });
// The declarations are the same: what they mean follows the nearest package.json.
for (const file of files.filter((name) => name.endsWith(".d.ts"))) {
  await mkdir(dirname(join(COMMONJS, file)), { recursive: true });
  await copyFile(join(DIST, file), join(COMMONJS, file));
}
await writeFile(`${COMMONJS}package.json`, `${JSON.stringify({ type: "commonjs" })}\n`);
await build({
  entryPoints: files.filter((name) => name.endsWith(".js")).map((name) => join(DIST, name)),
  outdir: COMMONJS,
  outbase: DIST,
  bundle: true,
  format: "cjs",
  platform: "neutral",
  mainFields: ["module", "main"],
  // What Hermes runs without a class or an operator being rewritten.
  target: "es2020",
  external,
  plugins: [
    {
      name: "a file stays a file",
      setup: ({ onResolve }) => {
        onResolve({ filter: /^\./ }, ({ path, importer }) =>
          importer.startsWith(DIST) ? { path, external: true } : undefined,
        );
      },
    },
  ],
  logLevel: "warning",
});

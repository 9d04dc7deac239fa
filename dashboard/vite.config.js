import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { brotliCompressSync, gzipSync } from "node:zlib";
import { defineConfig } from "vite";

const FOLDER = fileURLToPath(new URL("../dist/dashboard/", import.meta.url));

/** Packs each file once, so that no request has to. */
const packed = {
  name: "contact-sync:packed",
  closeBundle() {
    for (const name of readdirSync(FOLDER, { recursive: true, encoding: "utf8" })) {
      if (!/\.(html|js|css)$/.test(name)) continue;
      const file = join(FOLDER, name);
      const bytes = readFileSync(file);
      writeFileSync(`${file}.gz`, gzipSync(bytes, { level: 9 }));
      writeFileSync(`${file}.br`, brotliCompressSync(bytes));
    }
  },
};

export default defineConfig({
  root: fileURLToPath(new URL(".", import.meta.url)),
  // Wherever the service is mounted, the page finds its files beside it.
  base: "./",
  oxc: { jsx: { runtime: "automatic", importSource: "preact" } },
  build: {
    outDir: FOLDER,
    emptyOutDir: true,
    target: "es2022",
    assetsInlineLimit: 0,
    modulePreload: false,
    license: { fileName: "licenses.md" },
    // How long a build takes on a busy machine is no fault of a plugin's.
    rolldownOptions: { checks: { pluginTimings: false } },
  },
  plugins: [packed],
});

// Bundles an entry beside this file as apps do: by Metro with React Native's Babel preset, or by
// esbuild. What is bundled is the build, as it is published.
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const HERE = fileURLToPath(new URL(".", import.meta.url)).replace(/\/$/, "");
const CLIENT = fileURLToPath(new URL("../../client", import.meta.url));

/**
 * @param {string} entry the name of a file in entries/
 * @param {{ readsExports?: boolean }} [options] false: as Metro before React Native 0.79, by `main`
 * @returns {Promise<string>} minified, of one file
 */
export async function bundleByMetro(entry, { readsExports = true } = {}) {
  const require = createRequire(import.meta.url);
  const { runBuild } = require("metro");
  const { getDefaultConfig, mergeConfig } = require("metro-config");
  const folder = await mkdtemp(join(tmpdir(), "contact-sync-bundle-"));
  try {
    const config = mergeConfig(await getDefaultConfig(HERE), {
      projectRoot: HERE,
      watchFolders: [HERE, CLIENT],
      cacheStores: [],
      fileMapCacheDirectory: folder,
      resetCache: true,
      maxWorkers: 1,
      reporter: { update() {} },
      resolver: {
        extraNodeModules: { "@contact-sync/client": CLIENT },
        nodeModulesPaths: [join(HERE, "node_modules")],
        unstable_enablePackageExports: readsExports,
        useWatchman: false,
      },
      transformer: {
        babelTransformerPath: require.resolve("@react-native/metro-babel-transformer"),
        getTransformOptions: async () => ({ transform: { inlineRequires: false } }),
      },
    });
    const out = join(folder, "bundle.js");
    await runBuild(config, {
      entry: join(HERE, "entries", `${entry}.js`),
      minify: true,
      dev: false,
      platform: "android",
      out,
    });
    return await readFile(out, "utf8");
  } finally {
    await rm(folder, { recursive: true });
  }
}

/**
 * @param {string} entry the name of a file in entries/
 * @returns {Promise<string>} minified, of one file
 */
export async function bundleByEsbuild(entry) {
  const { outputFiles } = await build({
    entryPoints: [join(HERE, "entries", `${entry}.js`)],
    alias: { "@contact-sync/client": CLIENT },
    bundle: true,
    minify: true,
    write: false,
    format: "iife",
    target: "es2020",
  });
  return /** @type {{ text: string }} */ (outputFiles[0]).text;
}

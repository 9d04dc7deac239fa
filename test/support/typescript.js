// Runs the project's TypeScript in a process of its own, without a build:
//   node --import ./test/support/typescript.js file.ts
// (Node 20 cannot do that by itself.)
/** @import { LoadFnOutput, LoadHook, LoadHookContext, ResolveHook } from "node:module" */
import { createHash } from "node:crypto";
import { mkdir, readFile, rename, writeFile } from "node:fs/promises";
import { register } from "node:module";
import { fileURLToPath } from "node:url";
import { isMainThread } from "node:worker_threads";

const CLIENT = new URL("../../client/src/index.ts", import.meta.url).href;
const CACHE = new URL("../../node_modules/.cache/contact-sync-tests/", import.meta.url);

// The hooks run in a thread of Node's own, which loads this same file.
if (isMainThread) register(import.meta.url);

/** @type {ResolveHook} */
export function resolve(specifier, context, next) {
  return specifier === "@contact-sync/client"
    ? { url: CLIENT, format: "module", shortCircuit: true }
    : next(specifier, context);
}

/**
 * @param {string} url
 * @param {LoadHookContext} context
 * @param {Parameters<LoadHook>[2]} next
 * @returns {Promise<LoadFnOutput>}
 */
export async function load(url, context, next) {
  if (!url.startsWith("file:") || !url.endsWith(".ts")) return next(url, context);
  const text = await readFile(fileURLToPath(url), "utf8");
  const cached = new URL(
    `${createHash("sha256").update(url).update(text).digest("hex")}.js`,
    CACHE,
  );
  const source = await readFile(cached, "utf8").catch(() => compile(url, text, cached));
  return { format: "module", source, shortCircuit: true };
}

/**
 * @param {string} url
 * @param {string} text
 * @param {URL} cached
 */
async function compile(url, text, cached) {
  // Loading the compiler takes longer than all the rest, so it is loaded only when it is needed.
  const { default: ts } = await import("typescript");
  const { outputText } = ts.transpileModule(text, {
    compilerOptions: {
      module: ts.ModuleKind.ESNext,
      target: ts.ScriptTarget.ES2023,
      verbatimModuleSyntax: true,
      inlineSourceMap: true,
    },
    fileName: url,
  });
  await store(cached, outputText).catch(() => {
    // The folder belongs to another user: slower, and no less right.
  });
  return outputText;
}

/**
 * Renamed into place, because several processes may compile the same file at once.
 *
 * @param {URL} file
 * @param {string} text
 */
async function store(file, text) {
  await mkdir(CACHE, { recursive: true });
  const draft = new URL(`${file.href}.${process.pid}`);
  await writeFile(draft, text);
  await rename(draft, file);
}

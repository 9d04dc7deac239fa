import { spawn } from "node:child_process";
import { existsSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

/** @import { Teller } from "./teller.js" */

const ROOT = fileURLToPath(new URL("../../", import.meta.url));

/**
 * In a checkout, where the build is missing or older than the sources. The package brings it.
 *
 * @param {Teller} teller
 */
export async function buildIfOld(teller) {
  if (["", "client"].every((folder) => isBuilt(join(ROOT, folder)))) return;
  await teller.during("Building, once: half a minute or more", () => run("npm", "run", "build"));
}

/** @param {string} folder of a package */
function isBuilt(folder) {
  const sources = join(folder, "src");
  if (!existsSync(sources)) return true;
  const built = changedAt(join(folder, "dist/index.js"));
  return readdirSync(sources, { recursive: true, encoding: "utf8" }).every(
    (name) => !name.endsWith(".ts") || changedAt(join(sources, name)) <= built,
  );
}

/** @param {string} file */
function changedAt(file) {
  return statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? 0;
}

/**
 * What it writes is only of interest where it fails.
 *
 * @param {string} command
 * @param {string[]} words
 * @returns {Promise<void>}
 */
function run(command, ...words) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, words, { cwd: ROOT, stdio: ["ignore", "pipe", "pipe"] });
    let output = "";
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding("utf8").on("data", (/** @type {string} */ text) => {
        output += text;
      });
    }
    child.once("error", reject);
    child.once("close", (code) => {
      if (code === 0) resolve();
      else reject(new Error(`${[command, ...words].join(" ")} failed:\n${output}`));
    });
  });
}

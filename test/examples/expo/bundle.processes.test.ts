import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { beforeAll, describe, expect, test } from "vitest";
import { available } from "../../support/available.ts";
import { assertBuilt } from "../../support/built.ts";

assertBuilt();

const APP = fileURLToPath(new URL("../../../examples/expo/", import.meta.url));
const PLATFORMS = ["android", "ios"] as const;

/** Whether all that its lock file names is there, installed once for each lock file. */
const isInstalled = available("what examples/expo is made of", await install());

describe.runIf(isInstalled)(
  "the app of examples/expo, as far as a machine without a phone can",
  () => {
    test("its types are right", async () => {
      await expect(run("npx", "tsc", "--noEmit")).resolves.toBeDefined();
    });

    describe("its bundles", () => {
      let folder = "";
      beforeAll(async () => {
        folder = await mkdtemp(join(tmpdir(), "contact-sync-expo-"));
        const platforms = PLATFORMS.flatMap((platform) => ["--platform", platform]);
        await run("npx", "expo", "export", ...platforms, "--output-dir", folder);
        return () => rm(folder, { recursive: true });
      });

      test.each(
        PLATFORMS,
      )("%s has bytecode of Hermes, with the linked client in it", async (platform) => {
        const scripts = join(folder, "_expo/static/js", platform);
        const [name = "", ...others] = await readdir(scripts);
        expect(name).toMatch(/^index-.+\.hbc$/);
        expect(others).toEqual([]);
        const bytecode = await readFile(join(scripts, name), "latin1");
        for (const text of ["REPLACE_NEEDS_CONFIRMATION", "Names stay on this device. They are"]) {
          expect(bytecode.includes(text), text).toBe(true);
        }
      });
    });

    test("asks for reading contacts, never for writing them, and keeps out of backups", async () => {
      const { stdout } = await run("npx", "expo", "config", "--json", "--type", "introspect");
      const { android, ios, _internal } = JSON.parse(stdout);
      const manifest = JSON.stringify(_internal.modResults.android.manifest);
      expect(android.allowBackup).toBe(false);
      expect(manifest).toContain('{"android:name":"android.permission.READ_CONTACTS"}');
      // The plugin of expo-contacts asks for writing as well: it is taken out again.
      expect(manifest).not.toContain('{"android:name":"android.permission.WRITE_CONTACTS"}');
      expect(ios.infoPlist.NSContactsUsageDescription).toMatch(
        /sent to our service in hashed form/,
      );
    });
  },
);

async function install(): Promise<boolean> {
  const lock = await readFile(join(APP, "package-lock.json"));
  const mark = createHash("sha256").update(lock).digest("hex");
  const markFile = join(APP, "node_modules/.contact-sync-installed");
  const isThere = await stat(markFile)
    .then(async () => (await readFile(markFile, "utf8")) === mark)
    .catch(() => false);
  if (isThere) return true;
  try {
    await run("npm", "ci", "--no-audit", "--no-fund", "--ignore-scripts");
  } catch (error) {
    console.error(error);
    return false;
  }
  await writeFile(markFile, mark);
  return true;
}

function run(program: string, ...args: string[]) {
  const env = { ...process.env, CI: "1", EXPO_NO_TELEMETRY: "1", EXPO_OFFLINE: "1", NODE_ENV: "" };
  return promisify(execFile)(program, args, { cwd: APP, env, maxBuffer: 1e8 });
}

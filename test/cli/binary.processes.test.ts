import { type SpawnOptions, spawn, spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { available } from "../support/available.ts";
import { assertBuilt, MAIN } from "../support/built.ts";
import { useDataDirs } from "../support/data-dirs.ts";
import { TEST_KEY } from "../support/open-contact-sync.ts";
import { until } from "../support/until.ts";

// The built program in a process of its own, on the embedded database.
const SAMPLE = fileURLToPath(new URL("../../examples/address-book/contacts.vcf", import.meta.url));
const OWNER = "970dabb7-2bcc-441a-a93c-a4a756f72cee";
const OTHER_KEY = "60".repeat(32);
// Other systems have one that takes other options.
const isLinux = process.platform === "linux";
const hasScript = isLinux && available("script", spawnSync("script", ["--version"]).status === 0);

assertBuilt();

describe("the built contact-sync", () => {
  const { newDataDir, usedDataDir } = useDataDirs();

  // Quicker than one that is new: the database is there, and does not wait for the disk.
  async function keyedDataDir(): Promise<string> {
    const dataDir = await usedDataDir();
    await writeFile(join(dataDir, "sealing-key"), `${TEST_KEY}\n`, { mode: 0o600 });
    return dataDir;
  }

  test("begins with nothing: creates its database and key, and stops both with itself", async () => {
    const dataDir = await newDataDir();
    const { code, stdout, stderr } = await finished(start(["stats"], dataDir));
    expect({ code, stdout }).toEqual({ code: 0, stdout: "No syncs in the last 30 days.\n" });
    expect(stderr).toContain("Creating the embedded database in ");
    expect((await stat(join(dataDir, "sealing-key"))).mode & 0o777).toBe(0o600);
    expect(existsSync(join(dataDir, "postgres", "postmaster.pid"))).toBe(false);
  });

  test("in a pipe: what one process stored the next one finds, under the same key only", async () => {
    const dataDir = await keyedDataDir();
    const args = ["import", SAMPLE, "--owner", OWNER, "--region", "EG", "--json"];
    const first = await finished(start(args, dataDir));
    expect(first).toMatchObject({ code: 0, stderr: "" });
    expect(JSON.parse(first.stdout)).toMatchObject({ contacts_inserted: 305 });

    const refused = await finished(start(["stats"], dataDir, { CONTACT_SYNC_KEY: OTHER_KEY }));
    expect(refused).toMatchObject({ code: 1, stdout: "" });
    expect(refused.stderr).toMatch(/^KEY_MISMATCH: /);

    // Whoever was to read our output has gone: no complaint, no trace.
    const list = command(["contacts", "--owner", OWNER, "--all"]);
    const pipeline = ["--norc", "-c", 'set -o pipefail; "$@" | true', "bash", ...list];
    const unread = await finished(spawn("bash", pipeline, optionsFor(dataDir)));
    expect(unread).toEqual({ code: 0, stdout: "", stderr: "" });
  });

  test.each([
    ["SIGINT", 130],
    ["SIGTERM", 143],
  ] as const)("%s ends an import with %i; meanwhile a second process is refused", async (signal, code) => {
    const dataDir = await keyedDataDir();
    const importing = start(["import", "-", "--owner", OWNER, "--format", "csv"], dataDir);
    const ended = finished(importing);
    importing.stdin?.write("phone\n+201001234567\n");
    const owned = join(dataDir, "postgres", "postmaster.pid");
    await until("its server is up", async () =>
      (await readFile(owned, "utf8").catch(() => "")).includes("ready"),
    );

    const second = await finished(start(["stats"], dataDir));
    expect(second).toMatchObject({ code: 1, stdout: "" });
    expect(second.stderr).toMatch(/^DATABASE_BUSY: /);

    importing.kill(signal);
    const first = await ended;
    expect(first.code).toBe(code);
    expect(first.stderr).toContain("Nothing was stored.");
    expect(existsSync(owned)).toBe(false);
  });

  test.skipIf(!hasScript)(
    "on a terminal: a bar and colours, which NO_COLOR turns off",
    async () => {
      const dataDir = await keyedDataDir();
      const quoted = command(["import", SAMPLE, "--owner", OWNER, "--region", "EG"])
        .map((word) => `'${word}'`)
        .join(" ");
      const onTerminal = (environment: Record<string, string>) =>
        finished(
          spawn(
            "script",
            ["-qec", quoted, "/dev/null"],
            optionsFor(dataDir, { TERM: "xterm", ...environment }),
          ),
        );
      const coloured = await onTerminal({});
      expect(coloured.code).toBe(0);
      expect(coloured.stdout).toContain("░");
      expect(coloured.stdout).toContain("\u001b[33mLeft out 17 entries");
      const plain = await onTerminal({ NO_COLOR: "1" });
      expect(plain.stdout).toMatch(/\nLeft out 17 entries/);
      expect(plain.stdout).not.toContain("\u001b[33m");
    },
  );
});

function command(args: string[]): string[] {
  return [process.execPath, MAIN, ...args];
}

function start(args: string[], dataDir: string, environment: Record<string, string> = {}) {
  const [program = "", ...rest] = command(args);
  return spawn(program, rest, optionsFor(dataDir, environment));
}

function optionsFor(dataDir: string, environment: Record<string, string> = {}): SpawnOptions {
  const path = process.env["PATH"] ?? "";
  return { env: { PATH: path, CONTACT_SYNC_DATA_DIR: dataDir, ...environment } };
}

async function finished(child: ReturnType<typeof spawn>) {
  let stdout = "";
  let stderr = "";
  child.stdout?.on("data", (text) => {
    stdout += text;
  });
  child.stderr?.on("data", (text) => {
    stderr += text;
  });
  const code = await new Promise<number | null>((resolve) => child.once("close", resolve));
  return { code, stdout, stderr };
}

import { execFileSync } from "node:child_process";
import {
  appendFile,
  chmod,
  chown,
  lchown,
  link,
  mkdir,
  readdir,
  readFile,
  rm,
  stat,
  symlink,
  writeFile,
} from "node:fs/promises";
import { dirname, join } from "node:path";
import { describe, expect, test } from "vitest";
import { readOrCreateJwtSecret } from "../../src/embedded/data-folder-jwt-secret.ts";
import { readOrCreateDataFolderKey } from "../../src/embedded/data-folder-key.ts";
import { startEmbeddedDatabase } from "../../src/embedded/start-embedded-database.ts";
import { clusterProcesses } from "../support/cluster-processes.ts";
import { useDataDirs } from "../support/data-dirs.ts";

const { newDataDir, usedDataDir } = useDataDirs();
const isRoot = process.getuid?.() === 0;
const NOBODY = 65534;

/** Everything that reads or writes there, in the order of a start. */
async function startAll(dataDir: string): Promise<void> {
  await readOrCreateDataFolderKey(dataDir);
  await readOrCreateJwtSecret(dataDir);
  const { stop } = await startEmbeddedDatabase({ dataDir });
  await stop();
}

async function refusal(dataDir: string, ...words: string[]): Promise<void> {
  const error: Error & { code?: unknown } = await startAll(dataDir).then(
    () => new Error("it was not refused"),
    (thrown) => thrown,
  );
  expect(error.code, error.message).toBe("EMBEDDED_UNAVAILABLE");
  for (const word of words) expect(error.message).toContain(word);
  expect(clusterProcesses(dataDir)).toEqual([]);
}

/** A folder that is ours, and in it what somebody has put there. */
async function prepared(): Promise<string> {
  const dataDir = await newDataDir();
  await mkdir(dataDir, { mode: 0o700 });
  return dataDir;
}

describe("a data directory in which others may write", () => {
  test.each(["777", "770", "1777"])("mode %s is refused, saying what to do", async (octal) => {
    const mode = Number.parseInt(octal, 8);
    const dataDir = await prepared();
    await chmod(dataDir, mode);
    await refusal(dataDir, "written to by other users", `chmod go-w "${dataDir}"`);
    expect(await readdir(dataDir)).toEqual([]);
    await chmod(dataDir, 0o700);
    await readOrCreateDataFolderKey(dataDir);
  });

  test("below a folder in which everybody may, but not with what is others', is fine", async () => {
    const dataDir = await newDataDir();
    await chmod(dirname(dataDir), 0o1777);
    await startAll(dataDir);
    await startAll(dataDir);
  });
});

describe("what somebody has put there", () => {
  const files = ["sealing-key", "jwt-secret", "postgres-password", "postgres.log"];
  const folders = ["socket", "postgres"];

  test.each(files)("as %s, which leads elsewhere, is refused and not followed", async (name) => {
    const dataDir = await prepared();
    const target = join(dirname(dataDir), "elsewhere");
    await writeFile(target, "as it was", { mode: 0o600 });
    await symlink(target, join(dataDir, name));
    await refusal(dataDir, join(dataDir, name), "symbolic link");
    expect(await readFile(target, "utf8")).toBe("as it was");
  });

  test.each(files)("as %s, which leads to nothing, is refused as well", async (name) => {
    const dataDir = await prepared();
    const target = join(dirname(dataDir), "elsewhere");
    await symlink(target, join(dataDir, name));
    await refusal(dataDir, join(dataDir, name), "symbolic link");
    await expect(stat(target)).rejects.toMatchObject({ code: "ENOENT" });
  });

  test.each(folders)("as the folder %s, which leads elsewhere, is refused", async (name) => {
    const dataDir = await prepared();
    const target = join(dirname(dataDir), "elsewhere");
    await mkdir(target, { mode: 0o700 });
    await writeFile(join(target, "PG_VERSION"), "18\n");
    for (const file of ["postgres-password", "sealing-key"]) {
      await writeFile(join(dataDir, file), "known", { mode: 0o600 });
    }
    await symlink(target, join(dataDir, name));
    await refusal(dataDir, join(dataDir, name), "symbolic link");
    // Given to nobody else.
    expect((await stat(target)).uid).toBe(process.getuid?.());
  });

  test.each(files)("as %s, under a second name, is refused", async (name) => {
    const dataDir = await prepared();
    const other = join(dirname(dataDir), "elsewhere");
    await writeFile(other, "known", { mode: 0o600 });
    await link(other, join(dataDir, name));
    await refusal(dataDir, join(dataDir, name), "hard link");
  });

  test.each(files)("as %s, and others may write to, is refused", async (name) => {
    const dataDir = await prepared();
    await writeFile(join(dataDir, name), "known");
    await chmod(join(dataDir, name), 0o622);
    await refusal(dataDir, join(dataDir, name), "written to by other users");
  });

  test.each(files)("as %s, and is a pipe, is refused and not waited for", async (name) => {
    const dataDir = await prepared();
    execFileSync("mkfifo", ["-m", "600", join(dataDir, name)]);
    await refusal(dataDir, join(dataDir, name), "no regular file");
  });

  test("as the rest of an interrupted start, which leads elsewhere, goes, and nothing else", async () => {
    const dataDir = await usedDataDir();
    const target = join(dirname(dataDir), "elsewhere");
    await mkdir(target);
    await writeFile(join(target, "kept"), "");
    await symlink(target, join(dataDir, "initialising-planted"));
    await startEmbeddedDatabase({ dataDir }).then(({ stop }) => stop());
    expect(await readdir(dataDir)).not.toContain("initialising-planted");
    expect(await readdir(target)).toEqual(["kept"]);
  });

  describe.runIf(isRoot)("and is theirs", () => {
    test("is refused: the folder itself", async () => {
      const dataDir = await prepared();
      await chown(dataDir, NOBODY, NOBODY);
      await refusal(dataDir, dataDir, "another user");
      expect(await readdir(dataDir)).toEqual([]);
    });

    test("is refused: a link in the folder's place, wherever it leads", async () => {
      const dataDir = await newDataDir();
      const target = join(dirname(dataDir), "elsewhere");
      await mkdir(target, { mode: 0o700 });
      await symlink(target, dataDir);
      await lchown(dataDir, NOBODY, NOBODY);
      await refusal(dataDir, dataDir, "symbolic link of another user");
      expect(await readdir(target)).toEqual([]);
    });

    test.each([...files, ...folders])("is refused: %s", async (name) => {
      const dataDir = await prepared();
      const path = join(dataDir, name);
      if (folders.includes(name)) {
        await mkdir(path, { mode: 0o700 });
        await writeFile(join(path, "PG_VERSION"), "18\n");
        await writeFile(join(dataDir, "postgres-password"), "known", { mode: 0o600 });
        await writeFile(join(dataDir, "sealing-key"), "5f".repeat(32), { mode: 0o600 });
      } else {
        await writeFile(path, "known", { mode: 0o600 });
      }
      await chown(path, NOBODY, NOBODY);
      await refusal(dataDir, path, "another user");
    });
  });
});

describe("what is ours", () => {
  test("is used through a link of our own, too", async () => {
    const dataDir = await usedDataDir();
    const ours = join(dirname(dataDir), "link");
    await symlink(dataDir, ours);
    const { dataDir: found, stop } = await startEmbeddedDatabase({ dataDir: ours });
    await stop();
    expect(found).toBe(dataDir);
  });

  test("but could be read by others, as a restored key may be, is closed to them", async () => {
    const dataDir = await prepared();
    const file = join(dataDir, "sealing-key");
    await writeFile(file, "5f".repeat(32));
    await chmod(file, 0o644);
    expect(await readOrCreateDataFolderKey(dataDir)).toBe("5f".repeat(32));
    expect((await stat(file)).mode & 0o777).toBe(0o600);
  });

  test("and was left half-named by a process that was killed, is put right", async () => {
    const dataDir = await prepared();
    const key = await readOrCreateDataFolderKey(dataDir);
    await link(join(dataDir, "sealing-key"), join(dataDir, "sealing-key.0123456789ab"));
    expect(await readOrCreateDataFolderKey(dataDir)).toBe(key);
    expect(await readdir(dataDir)).toEqual(["sealing-key"]);
  });

  test("a long log is begun again, and a short one is gone on with", async () => {
    const dataDir = await usedDataDir();
    const log = join(dataDir, "postgres.log");
    await appendFile(log, "as it was\n");
    await startEmbeddedDatabase({ dataDir }).then(({ stop }) => stop());
    expect(await readFile(log, "utf8")).toContain("as it was");
    await appendFile(log, "x".repeat(1_000_001));
    await startEmbeddedDatabase({ dataDir }).then(({ stop }) => stop());
    expect((await stat(log)).size).toBeLessThan(1_000_000);
    await rm(log);
  });
});

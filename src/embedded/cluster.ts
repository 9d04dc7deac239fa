import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, open, readdir, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { ContactSyncError } from "@contact-sync/client";
import type { Binaries } from "./binaries.ts";
import { type DataFolder, give, giveFolder, isCluster } from "./data-folder.ts";
import { SERVER_ENVIRONMENT } from "./server-environment.ts";

/** The cluster's superuser, who owns the server and prepares it, and does nothing else. */
export const SUPERUSER = "postgres";

const STAGING = "initialising-";

/**
 * Makes the cluster, unless there is one.
 *
 * It is made under another name and renamed when it is complete: a folder with its name is never
 * half-made, and of two processes that start at the same moment one simply comes second.
 *
 * @throws ContactSyncError `EMBEDDED_UNAVAILABLE` with what initdb said
 */
export async function ensureCluster(directory: DataFolder, binaries: Binaries): Promise<void> {
  if (!isCluster(directory.cluster)) await createCluster(directory, binaries);
  // Whatever interrupted attempts have left. One that is still under way fails for it, and then
  // finds the cluster that made it superfluous.
  const leftovers = (await readdir(directory.root)).filter((name) => name.startsWith(STAGING));
  for (const name of leftovers) {
    await rm(join(directory.root, name), { recursive: true, force: true }).catch(() => {});
  }
}

async function createCluster(
  { root, cluster, password, user }: DataFolder,
  { initdb }: Binaries,
): Promise<void> {
  try {
    const staging = await mkdtemp(join(root, STAGING));
    const passwordFile = join(staging, "password");
    const draft = join(staging, "cluster");
    const handle = await open(passwordFile, "wx", 0o600);
    try {
      await handle.writeFile(password);
      await give(handle, user);
    } finally {
      await handle.close();
    }
    await mkdir(draft, { mode: 0o700 });
    // The inner one first: in a folder of its own, the other user could put something in its place.
    for (const path of [draft, staging]) await giveFolder(user, path);
    await run(
      initdb,
      [
        `--pgdata=${draft}`,
        `--username=${SUPERUSER}`,
        `--pwfile=${passwordFile}`,
        "--auth=scram-sha-256",
        "--encoding=UTF8",
        // Sorts by bytes: the same on every machine, and no index goes wrong with a new libc.
        "--no-locale",
        "--no-instructions",
      ],
      user,
    );
    await rename(draft, cluster);
  } catch (cause) {
    if (isCluster(cluster)) return;
    if (existsSync(cluster)) {
      throw new ContactSyncError(
        "EMBEDDED_UNAVAILABLE",
        `${cluster} is in the way: it holds something else than a PostgreSQL cluster. Move it away.`,
        { cause },
      );
    }
    throw new ContactSyncError(
      "EMBEDDED_UNAVAILABLE",
      `The embedded database could not be created: ${(cause as Error).message}`,
      { cause },
    );
  }
}

function run(program: string, options: string[], user: DataFolder["user"]): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, options, {
      ...user,
      cwd: "/",
      env: SERVER_ENVIRONMENT,
      stdio: ["ignore", "ignore", "pipe"],
    });
    let complaint = "";
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      complaint += text;
    });
    child.once("error", reject);
    child.once("close", (code, signal) => {
      if (code === 0) resolve();
      else reject(new Error(`initdb failed (${signal ?? code}): ${complaint.trim().slice(-600)}`));
    });
  });
}

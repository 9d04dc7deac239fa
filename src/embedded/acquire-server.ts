import { setTimeout as sleep } from "node:timers/promises";
import { isContactSyncError } from "@contact-sync/client";
import type pg from "pg";
import type { Binaries } from "./binaries.ts";
import type { DataFolder } from "./data-folder.ts";
import { chooseEndpoint, type Endpoint, isSocket, portInUse, socketLock } from "./endpoint.ts";
import { assertTemporary, busy, isOnItsWay, makeWay, unavailable } from "./obstacles.ts";
import { connectAsOwner, findOwner, tryToOwn } from "./ownership.ts";
import { type LaunchedServer, launchServer, pidFileOf, signalServer } from "./server.ts";
import { isServerOf, readLockHolder } from "./server-process.ts";
import { removeStaleLock } from "./stale-lock.ts";

/** A server that nobody else uses, for as long as the connection lasts. */
export interface OwnedServer {
  client: pg.Client;
  endpoint: Endpoint;
  /** Unknown for a server beyond a container's wall, which cannot be signalled either. */
  pid: number | undefined;
}

export interface AcquireOptions {
  /** Comes back where it was, for clients that know the address. */
  endpoint?: Endpoint;
  log: (message: string) => void;
  /** Told the process of a server as soon as there is one that has to be stopped again. */
  onLaunch: (pid: number) => void;
}

/** Milliseconds. Renewed as long as a server says that it is on its way up or down. */
const PATIENCE = 30_000;

// An owner that was killed holds the lock until the server has noticed.
const PATIENCE_WITH_OWNER = 1_500;

/**
 * Becomes the owner of the directory's server: of the one that runs, if nobody owns it, or of a
 * new one.
 *
 * Nothing is concluded from files, only from what answers: whoever holds the lock inside of the
 * server is its owner, whoever launched it. So a server whose process was killed is adopted, and
 * of two processes that start at the same moment one is the owner and the other is refused.
 *
 * @throws ContactSyncError `DATABASE_BUSY` when another process owns it; `EMBEDDED_UNAVAILABLE`
 *   when it does not come up
 */
export async function acquireServer(
  directory: DataFolder,
  binaries: Binaries,
  { endpoint: fixed, log, onLaunch }: AcquireOptions,
): Promise<OwnedServer> {
  let endpoint = fixed ?? (await chooseEndpoint(directory));
  let launched: LaunchedServer | undefined;
  let deadline = Date.now() + PATIENCE;
  let obstacle: unknown;
  try {
    for (;;) {
      const running = runningServer(directory);
      let answers = false;
      // On the loopback interface anybody can listen to a port that a dead server has left, so
      // only a server of ours is talked to. Nobody else can put a socket into the directory.
      if (running !== undefined || isSocket(endpoint)) {
        const target = addressOf(endpoint, directory);
        const client = await connectAsOwner(target, directory.password).catch((error: Error) => {
          obstacle = error;
          answers = isOnItsWay(error);
          if (answers) deadline = Date.now() + PATIENCE;
          assertTemporary(error, directory);
        });
        if (client !== undefined && (await becomeOwner(client, directory))) {
          const pid = runningServer(directory);
          if (launched?.pid !== pid) log("took over the database server that was running");
          return { client, endpoint: target, pid };
        }
      }
      // One that answers without being seen runs in another container.
      if (launched === undefined && !answers && runningServer(directory) === undefined) {
        endpoint = fixed ?? (await chooseEndpoint(directory));
        removeStaleLock(pidFileOf(directory), directory.cluster);
        if (isSocket(endpoint)) removeStaleLock(socketLock(endpoint), directory.cluster);
        launched = launchServer(directory, binaries, endpoint);
        onLaunch(launched.pid);
      }
      const state = launched?.state() ?? "gone";
      if (typeof state === "object") {
        obstacle = new Error(state.complaint);
        makeWay(state.complaint, directory);
      }
      if (state !== "running") launched = undefined;
      if (Date.now() > deadline) throw unavailable("does not come up", obstacle);
      await sleep(answers || state !== "running" ? 100 : 20);
    }
  } catch (error) {
    // A server that came up for another owner is theirs now.
    const isTheirs = isContactSyncError(error) && error.code === "DATABASE_BUSY";
    if (launched?.state() === "running" && !isTheirs) signalServer(launched.pid, "SIGINT");
    if (isContactSyncError(error)) throw error;
    throw unavailable("does not come up", error);
  }
}

function runningServer(directory: DataFolder): number | undefined {
  const pid = readLockHolder(pidFileOf(directory));
  return pid !== undefined && isServerOf(pid, directory.cluster) ? pid : undefined;
}

function addressOf(endpoint: Endpoint, directory: DataFolder): Endpoint {
  if (isSocket(endpoint)) return endpoint;
  return { ...endpoint, port: portInUse(directory) ?? endpoint.port };
}

/** False when the server went away meanwhile. */
async function becomeOwner(client: pg.Client, directory: DataFolder): Promise<boolean> {
  const deadline = Date.now() + PATIENCE_WITH_OWNER;
  let owner: number | undefined;
  try {
    for (;;) {
      if (await tryToOwn(client)) return true;
      owner = (await findOwner(client)) ?? owner;
      if (Date.now() > deadline) break;
      await sleep(50);
    }
  } catch {
    client.end().catch(() => {});
    return false;
  }
  await client.end();
  throw busy(directory, owner);
}

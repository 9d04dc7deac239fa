import { spawn } from "node:child_process";
import { closeSync, existsSync, fstatSync, ftruncateSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { ContactSyncError } from "@contact-sync/client";
import type { Binaries } from "./binaries.ts";
import type { DataFolder } from "./data-folder.ts";
import { type Endpoint, isSocket } from "./endpoint.ts";
import { openToAppend, readFrom } from "./own-files.ts";
import { SERVER_ENVIRONMENT } from "./server-environment.ts";
import { isServerOf } from "./server-process.ts";

/** A server that this process has launched, which need not have come up. */
export interface LaunchedServer {
  pid: number;
  /** Whether it runs, or is gone: killed or told to stop, or with a complaint. */
  state(): "running" | "gone" | { complaint: string };
}

const LOG_LIMIT_BYTES = 1_000_000;

/** Milliseconds; a fast shutdown writes what is dirty in memory. */
const SHUTDOWN_PATIENCE = 60_000;
const SHUTDOWN_PATIENCE_AT_EXIT = 5_000;

export function pidFileOf({ cluster }: DataFolder): string {
  return join(cluster, "postmaster.pid");
}

/**
 * Launches the server in a session of its own, so that neither Ctrl-C on the terminal nor the end
 * of this process takes it away before it has been told to shut down.
 */
export function launchServer(
  directory: DataFolder,
  { postgres }: Binaries,
  endpoint: Endpoint,
): LaunchedServer {
  const { cluster, logFile, user } = directory;
  const log = openToAppend(logFile);
  if (fstatSync(log).size > LOG_LIMIT_BYTES) ftruncateSync(log);
  const logStart = fstatSync(log).size;
  const settings = {
    ...listening(endpoint),
    // Statements, and the details and contexts of errors, can quote what people have stored.
    log_min_error_statement: "panic",
    log_error_verbosity: "terse",
  };
  const child = spawn(
    postgres,
    [
      "-D",
      cluster,
      ...Object.entries(settings).flatMap(([name, value]) => ["-c", `${name}=${value}`]),
    ],
    {
      ...user,
      // Where it goes anyway; from the first moment it can be told from other processes by it.
      cwd: cluster,
      env: SERVER_ENVIRONMENT,
      detached: true,
      stdio: ["ignore", log, log],
    },
  );
  closeSync(log);
  let failure: string | undefined;
  child.once("error", (error) => {
    failure = error.message;
  });
  child.unref();
  return {
    pid: child.pid ?? 0,
    state() {
      if (failure !== undefined) return { complaint: failure };
      if (child.exitCode === null) return child.signalCode === null ? "running" : "gone";
      return child.exitCode === 0 ? "gone" : { complaint: readFrom(logFile, logStart) };
    },
  };
}

function listening(endpoint: Endpoint): Record<string, string> {
  return isSocket(endpoint)
    ? {
        port: String(endpoint.port),
        listen_addresses: "",
        // A list; quoted, so that a comma in the path does not divide it.
        unix_socket_directories: `"${endpoint.host.replaceAll('"', '""')}"`,
        unix_socket_permissions: "0700",
      }
    : {
        port: String(endpoint.port),
        listen_addresses: endpoint.host,
        unix_socket_directories: "",
      };
}

/** Shuts the server down: ends its sessions, writes everything, and waits until it is gone. */
export async function stopServer(pid: number, { cluster }: DataFolder): Promise<void> {
  const steps = [
    { signal: "SIGINT", patience: SHUTDOWN_PATIENCE },
    // Gives up on writing; the next start recovers from the log.
    { signal: "SIGQUIT", patience: 10_000 },
  ] as const;
  for (const { signal, patience } of steps) {
    const deadline = Date.now() + patience;
    if (!isServerOf(pid, cluster)) return;
    signalServer(pid, signal);
    while (Date.now() < deadline) {
      if (!isServerOf(pid, cluster)) return;
      await sleep(20);
    }
  }
  throw new ContactSyncError("INTERNAL", `The embedded database (process ${pid}) does not stop.`);
}

/** The same for a process that is about to end and can no longer wait in any other way. */
export function stopServerAtExit(pid: number, directory: DataFolder): void {
  if (!isServerOf(pid, directory.cluster)) return;
  signalServer(pid, "SIGINT");
  const deadline = Date.now() + SHUTDOWN_PATIENCE_AT_EXIT;
  const clock = new Int32Array(new SharedArrayBuffer(4));
  // The server's last act. (Its process stays a zombie: this one is too busy waiting to reap it.)
  while (existsSync(pidFileOf(directory)) && Date.now() < deadline) Atomics.wait(clock, 0, 0, 10);
}

export function signalServer(pid: number | undefined, signal: NodeJS.Signals): void {
  // Nor does 0 name a server: it would be all processes of this group.
  if (pid === undefined || pid <= 0) return;
  try {
    process.kill(pid, signal);
  } catch {
    // Gone by itself.
  }
}

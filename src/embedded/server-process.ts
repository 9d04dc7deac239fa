import { spawnSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync, readlinkSync } from "node:fs";

/** Asked when it is needed: Deno lets nobody look without a permission, and the library loads this. */
const hasProc = () => existsSync("/proc/self/stat");

/** The process that `postmaster.pid`, or a socket's lock file, names; undefined: not readable. */
export function readLockHolder(lockFile: string): number | undefined {
  try {
    // Negative for a single-user server.
    const pid = Math.abs(Number.parseInt(readFileSync(lockFile, "utf8"), 10));
    return Number.isNaN(pid) ? 0 : pid;
  } catch {
    return undefined;
  }
}

/**
 * Whether the process exists as far as PostgreSQL is concerned, which takes one of another user
 * for a process that has inherited the number.
 */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

/**
 * Whether the process is the server of this cluster, and not one that has inherited its number or
 * a dead one that nobody has reaped. In doubt, it is.
 */
export function isServerOf(pid: number, cluster: string): boolean {
  if (pid <= 0 || !isAlive(pid)) return false;
  if (hasProc()) {
    if (readStat(pid)?.state === "Z") return false;
    const folder = workingDirectory(pid);
    return folder === undefined ? isAlive(pid) : folder === cluster;
  }
  const { status, stdout } = spawnSync("ps", ["-ww", "-o", "command=", "-p", String(pid)], {
    encoding: "utf8",
  });
  return status === 0 && stdout.includes(cluster);
}

/**
 * Server processes of this cluster that outlived their postmaster. One that computes does not
 * notice, and keeps the shared memory, which keeps a new server from starting. (Linux only;
 * elsewhere they are waited for.)
 */
export function orphansOf(cluster: string): number[] {
  if (!hasProc()) return [];
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => {
      if (workingDirectory(pid) !== cluster) return false;
      const stat = readStat(pid);
      return (
        stat !== undefined &&
        readCommand(pid).startsWith("postgres: ") &&
        workingDirectory(stat.parent) !== cluster
      );
    });
}

/** A server has its cluster for a working directory. */
function workingDirectory(pid: number): string | undefined {
  try {
    return readlinkSync(`/proc/${pid}/cwd`);
  } catch {
    return undefined;
  }
}

function readStat(pid: number): { state: string; parent: number } | undefined {
  try {
    // The command's name, in parentheses, may contain anything.
    const text = readFileSync(`/proc/${pid}/stat`, "utf8");
    const [state = "", parent = ""] = text.slice(text.lastIndexOf(")") + 2).split(" ");
    return { state, parent: Number(parent) };
  } catch {
    return undefined;
  }
}

function readCommand(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "utf8");
  } catch {
    return "";
  }
}

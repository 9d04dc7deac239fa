import { linkSync, renameSync, rmSync, statSync } from "node:fs";
import { isAlive, isServerOf, readLockHolder } from "./server-process.ts";

// A server writes its lock file in the moment after it has made it.
const EMPTY_FOR_GOOD_MS = 2_000;

/**
 * Removes a lock file of PostgreSQL's whose process is not the server of this cluster, but a
 * living process that PostgreSQL takes for it: one that has inherited the number after a crash or
 * in a new container, or a dead one that nobody has reaped.
 *
 * A lock file whose process is gone stays: PostgreSQL removes that itself, more carefully than
 * can be done from outside.
 */
export function removeStaleLock(lockFile: string, cluster: string): void {
  const holder = readLockHolder(lockFile);
  if (holder === undefined) return;
  // 0: an empty file, left by a machine that lost its power; PostgreSQL stumbles over it.
  const isToStay =
    holder === 0 ? isFresh(lockFile) : !isAlive(holder) || isServerOf(holder, cluster);
  if (isToStay) return;
  // Moved, looked at again, and only then removed: somebody else may have replaced the file by
  // that of a server just started.
  const aside = `${lockFile}.${process.pid}.stale`;
  try {
    renameSync(lockFile, aside);
    if (readLockHolder(aside) !== holder) linkSync(aside, lockFile);
  } catch {
    // Another process was faster, which is as good.
  }
  rmSync(aside, { force: true });
}

/** Whether a server may be about to write it. */
function isFresh(lockFile: string): boolean {
  try {
    return Date.now() - statSync(lockFile).mtimeMs < EMPTY_FOR_GOOD_MS;
  } catch {
    return true; // gone, and so no obstacle
  }
}

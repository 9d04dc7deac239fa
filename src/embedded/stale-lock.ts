import { linkSync, renameSync, rmSync } from "node:fs";
import { isAlive, isServerOf, readLockHolder } from "./server-process.ts";

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
  if (holder !== 0 && (!isAlive(holder) || isServerOf(holder, cluster))) return;
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

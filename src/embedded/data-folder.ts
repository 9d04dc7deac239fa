import { existsSync } from "node:fs";
import { type FileHandle, lstat } from "node:fs/promises";
import { join } from "node:path";
import { ContactSyncError } from "@contact-sync/client";
import { assertOwn, createFolder, openOwnFolder, refused, withFolder } from "./own-files.ts";
import { readOrCreatePassword } from "./password.ts";
import { assertReachable, type ServerUser, serverUser } from "./server-user.ts";

/** Where everything of an embedded database lies. The sealing key lies beside the cluster too. */
export interface DataFolder {
  /** The directory itself, absolute, without symbolic links. */
  root: string;
  /** PostgreSQL's own folder; there once it is complete. */
  cluster: string;
  /** Holds the socket, where its path fits. */
  socket: string;
  logFile: string;
  passwordFile: string;
  /** Of the cluster's superuser. */
  password: string;
  /** Who runs the server and owns `cluster` and `socket`. */
  user: ServerUser;
}

/**
 * Opens the data directory, and creates it where it is missing: closed to other users, except that
 * root lets the user that runs the server pass through.
 *
 * Nothing in it is used that is not this user's, or the server's where that is to be.
 *
 * @throws ContactSyncError `EMBEDDED_UNAVAILABLE` where it cannot be used by this user
 */
export async function openDataDirectory(
  path: string,
  announce?: (message: string) => void,
): Promise<DataFolder> {
  const root = await openOwnFolder(path);
  try {
    const cluster = join(root, "postgres");
    const socket = join(root, "socket");
    const passwordFile = join(root, "postgres-password");
    const password = await readOrCreatePassword(passwordFile, cluster);
    const user = serverUser(announce);
    await assertOwnCluster(cluster, user);
    await createFolder(socket);
    await withFolder(socket, async (folder, stats) => {
      assertOwn(socket, stats, [user.uid]);
      if (stats.uid !== user.uid) await give(folder, user);
    });
    await letThrough(user, root);
    return {
      root,
      cluster,
      socket,
      logFile: join(root, "postgres.log"),
      passwordFile,
      password,
      user,
    };
  } catch (cause) {
    if (cause instanceof ContactSyncError) throw cause;
    throw new ContactSyncError(
      "EMBEDDED_UNAVAILABLE",
      `The data directory ${root} cannot be used: ${(cause as Error).message}. ` +
        "Run as the user whom it belongs to, or choose another data directory.",
      { cause },
    );
  }
}

export function isCluster(folder: string): boolean {
  return existsSync(join(folder, "PG_VERSION"));
}

/** Hands a folder of this user's to the user that runs the server, where that is somebody else. */
export async function giveFolder(user: ServerUser, path: string): Promise<void> {
  await withFolder(path, async (folder, stats) => {
    assertOwn(path, stats);
    await give(folder, user);
  });
}

/** The same for what is open, which no link can stand in for. */
export async function give(open: FileHandle, { uid, gid }: ServerUser): Promise<void> {
  if (uid !== undefined && gid !== undefined) await open.chown(uid, gid);
}

/** PostgreSQL insists on running as the owner of the cluster. */
async function assertOwnCluster(cluster: string, user: ServerUser): Promise<void> {
  const found = await lstat(cluster).catch(() => undefined);
  if (found === undefined || (found.isDirectory() && !isCluster(cluster))) return;
  await withFolder(cluster, async (_, stats) => {
    if (stats.uid === 0) {
      throw refused(
        cluster,
        `belongs to root, and PostgreSQL does not run as root. Run: chown -R postgres "${cluster}"`,
      );
    }
    if (user.uid !== undefined && stats.uid !== user.uid) {
      throw refused(
        cluster,
        `belongs to another user (uid ${stats.uid}) than runs the server for root. ` +
          `If it is yours, run: chown -R postgres "${cluster}"`,
      );
    }
    assertOwn(cluster, stats, [user.uid]);
  });
}

/** Root lets the user that runs the server pass through its folder, and see nothing of it. */
async function letThrough(user: ServerUser, root: string): Promise<void> {
  const { gid } = user;
  if (user.uid === undefined || gid === undefined) return;
  await withFolder(root, async (folder, stats) => {
    assertOwn(root, stats);
    if ((stats.mode & 0o001) === 0) {
      await folder.chown(stats.uid, gid);
      await folder.chmod((stats.mode & 0o777) | 0o010);
    }
  });
  assertReachable(user, root, "the data directory");
}

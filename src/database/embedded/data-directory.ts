import { existsSync } from "node:fs";
import { chmod, chown, mkdir, realpath, stat } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { ContactSyncError } from "@contact-sync/client";
import { readOrCreatePassword } from "./password.ts";
import { assertReachable, type ServerUser, serverUser } from "./server-user.ts";

/** Where everything of an embedded database lies. The sealing key lies beside the cluster too. */
export interface DataDirectory {
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
 * @throws ContactSyncError `EMBEDDED_UNAVAILABLE` where it cannot be used by this user
 */
export async function openDataDirectory(
  path: string,
  announce?: (message: string) => void,
): Promise<DataDirectory> {
  const wanted = resolve(path);
  try {
    await mkdir(dirname(wanted), { recursive: true });
    await createFolder(wanted);
    const root = await realpath(wanted);
    const cluster = join(root, "postgres");
    const socket = join(root, "socket");
    const passwordFile = join(root, "postgres-password");
    const password = await readOrCreatePassword(passwordFile, cluster);
    const user = isCluster(cluster) ? await ownerOf(cluster) : serverUser(announce);
    await createFolder(socket);
    await giveTo(user, socket);
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
      `The data directory ${wanted} cannot be used: ${(cause as Error).message}. ` +
        "Run as the user whom it belongs to, or choose another data directory.",
      { cause },
    );
  }
}

export function isCluster(folder: string): boolean {
  return existsSync(join(folder, "PG_VERSION"));
}

/** Hands the path to the user that runs the server, where that is somebody else. */
export async function giveTo({ uid, gid }: ServerUser, path: string): Promise<void> {
  if (uid !== undefined && gid !== undefined) await chown(path, uid, gid);
}

/** PostgreSQL insists on running as the owner of the cluster. */
async function ownerOf(cluster: string): Promise<ServerUser> {
  const { uid, gid } = await stat(cluster);
  const self = process.getuid?.();
  if (uid === self && uid !== 0) return {};
  if (self === 0 && uid !== 0) return { uid, gid };
  throw new ContactSyncError(
    "EMBEDDED_UNAVAILABLE",
    uid === 0
      ? `${cluster} belongs to root, and PostgreSQL does not run as root. ` +
          `Run: chown -R postgres "${cluster}"`
      : `${cluster} belongs to another user (uid ${uid}). ` +
          "Run as that user, or choose another data directory.",
  );
}

async function letThrough({ uid, gid }: ServerUser, root: string): Promise<void> {
  if (uid === undefined || gid === undefined) return;
  const { uid: owner, mode } = await stat(root);
  if (owner === 0 && (mode & 0o001) === 0) {
    await chown(root, 0, gid);
    await chmod(root, (mode & 0o777) | 0o010);
  }
  assertReachable({ uid, gid }, root, "the data directory");
}

async function createFolder(path: string): Promise<void> {
  await mkdir(path, { mode: 0o700 }).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== "EEXIST") throw error;
  });
}

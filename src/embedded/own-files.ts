import {
  closeSync,
  constants,
  fstatSync,
  openSync as openFileSync,
  readFileSync,
  type Stats,
} from "node:fs";
import { type FileHandle, lstat, mkdir, open, readdir, realpath, rm } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { ContactSyncError } from "@contact-sync/client";

// What lies in the data directory decides who knows the keys and whom the server runs as, so it has
// to be this user's, and nobody else's to change. Everything is opened first, without following a
// link, and judged by what is open: between a look at a name and its use, somebody may exchange it.

const { O_RDONLY, O_DIRECTORY, O_NOFOLLOW, O_NONBLOCK } = constants;

/** For a file: a named pipe that somebody put there must not make anybody wait for its other end. */
const ORDINARY = (O_NOFOLLOW ?? 0) | (O_NONBLOCK ?? 0);
const FOLDER = O_RDONLY | (O_DIRECTORY ?? 0) | (O_NOFOLLOW ?? 0);

const WRITABLE_BY_OTHERS = 0o022;
const OPEN_TO_OTHERS = 0o077;

const READ = O_RDONLY | ORDINARY;
const APPEND = constants.O_WRONLY | constants.O_APPEND | constants.O_CREAT | ORDINARY;

/** Undefined where the system knows no users (Windows), and then nothing is judged by them. */
const self = (): number | undefined => process.geteuid?.();

/**
 * Opens the data directory, and creates it where it is missing, for this user alone.
 *
 * @returns its path without symbolic links
 * @throws ContactSyncError `EMBEDDED_UNAVAILABLE` where it belongs to somebody else or others may
 *   write into it, saying what to do
 */
export async function openOwnFolder(path: string): Promise<string> {
  const wanted = resolve(path);
  try {
    // Only the directory itself is closed: the user that runs the server for root has to pass
    // through those above it.
    await mkdir(dirname(wanted), { recursive: true });
    await createFolder(wanted);
    const found = await lstat(wanted);
    if (found.isSymbolicLink() && ![self(), 0, undefined].includes(found.uid)) {
      throw refused(wanted, `is a symbolic link of another user (uid ${found.uid}); remove it`);
    }
    const root = await realpath(wanted);
    await withFolder(root, async (_, stats) => assertOwn(root, stats));
    return root;
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

/**
 * Works on a folder that is open, so that it stays the one that was judged.
 *
 * @throws ContactSyncError `EMBEDDED_UNAVAILABLE` where the path is a symbolic link or no folder
 */
export async function withFolder<Result>(
  path: string,
  work: (folder: FileHandle, stats: Stats) => Promise<Result>,
): Promise<Result> {
  const folder = await open(path, FOLDER).catch((error: NodeJS.ErrnoException) => {
    throw refusedToOpen(path, error, "folder");
  });
  try {
    return await work(folder, await folder.stat());
  } finally {
    await folder.close();
  }
}

/** Creates a folder for this user alone, unless there is something of its name. */
export async function createFolder(path: string): Promise<void> {
  await mkdir(path, { mode: 0o700 }).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== "EEXIST") throw error;
  });
}

/**
 * The text of a file that only this user may read or change; undefined where there is none. One
 * that others may read, as a restored one may be, is closed to them.
 *
 * @throws ContactSyncError `EMBEDDED_UNAVAILABLE` for a symbolic or hard link, for somebody else's
 *   file, and for one that others may write to
 */
export async function readOwnFile(path: string): Promise<string | undefined> {
  const file = await open(path, READ).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return undefined;
    throw refusedToOpen(path, error, "file");
  });
  if (file === undefined) return undefined;
  try {
    let stats = await file.stat();
    if (stats.nlink > 1) {
      await removeDrafts(path, stats);
      stats = await file.stat();
    }
    assertOwnFile(path, stats);
    if ((stats.mode & OPEN_TO_OTHERS) !== 0) await file.chmod(0o600);
    return await file.readFile("utf8");
  } finally {
    await file.close();
  }
}

/**
 * Opens a file that only this user may change, to write at its end; creates it where it is missing.
 * At once, as a server is launched: nothing may come in between.
 *
 * @throws ContactSyncError `EMBEDDED_UNAVAILABLE`
 */
export function openToAppend(path: string): number {
  const file = openSync(path, APPEND);
  try {
    assertOwnFile(path, fstatSync(file));
    return file;
  } catch (error) {
    closeSync(file);
    throw error;
  }
}

/** What stands in such a file from a position on. */
export function readFrom(path: string, start: number): string {
  const file = openSync(path, READ);
  try {
    return readFileSync(file).subarray(start).toString("utf8").trim();
  } finally {
    closeSync(file);
  }
}

function openSync(path: string, flags: number): number {
  try {
    return openFileSync(path, flags, 0o600);
  } catch (error) {
    throw refusedToOpen(path, error as NodeJS.ErrnoException, "file");
  }
}

function assertOwnFile(path: string, stats: Stats): void {
  if (!stats.isFile()) throw refused(path, "is no regular file; move it away");
  assertOwn(path, stats);
  if (stats.nlink > 1) {
    throw refused(path, "has a second name elsewhere (a hard link); replace it by a copy");
  }
}

/**
 * @param owners who else it may belong to
 * @throws ContactSyncError `EMBEDDED_UNAVAILABLE`
 */
export function assertOwn(
  path: string,
  { uid, mode }: Stats,
  owners: readonly (number | undefined)[] = [],
): void {
  const user = self();
  if (user === undefined) return;
  if (uid !== user && !owners.includes(uid)) {
    throw refused(
      path,
      `belongs to another user (uid ${uid}). Run as that user, or, if all that is in it is yours, ` +
        `run: chown -R ${user} "${path}"`,
    );
  }
  if ((mode & WRITABLE_BY_OTHERS) !== 0) {
    throw refused(
      path,
      `may be written to by other users. See that nothing in it is theirs, then run: chmod go-w "${path}"`,
    );
  }
}

/** Why something in the data directory is not used. */
export function refused(path: string, why: string): ContactSyncError {
  return new ContactSyncError("EMBEDDED_UNAVAILABLE", `${path} ${why}`);
}

function refusedToOpen(path: string, error: NodeJS.ErrnoException, kind: string): Error {
  switch (error.code) {
    case "ELOOP":
    case "EMLINK":
      return refused(path, `is a symbolic link, and has to be a ${kind}; remove it`);
    case "ENOTDIR":
      // Also what a symbolic link is for an open that wants a folder.
      return refused(path, "is a symbolic link or a file, and has to be a folder; remove it");
    case "ENXIO":
      return refused(path, "is no regular file; move it away");
    case "EACCES":
      return refused(path, "may not be opened by this user. Run as the user whom it belongs to");
    default:
      return error;
  }
}

/** A draft's second name is what a process that was killed, or is about to remove it, has left. */
async function removeDrafts(path: string, { ino, dev }: Stats): Promise<void> {
  const folder = dirname(path);
  for (const name of await readdir(folder)) {
    if (!isDraft(name, basename(path))) continue;
    const draft = join(folder, name);
    const stats = await lstat(draft).catch(() => undefined);
    if (stats?.ino === ino && stats.dev === dev) await rm(draft, { force: true });
  }
}

function isDraft(name: string, of: string): boolean {
  return name.startsWith(`${of}.`) && /^[0-9a-f]{12}$/.test(name.slice(of.length + 1));
}

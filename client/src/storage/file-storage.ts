/// <reference types="node" />
import { randomUUID } from "node:crypto";
import { mkdir, open, readdir, readFile, rename, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { ContactSyncError } from "../protocol/errors.ts";
import type { TextStorage } from "./storage.ts";

export type { TextStorage };

/** A file that is being written longer than this was left by a crash. */
const STALE_MS = 60 * 60 * 1000;

/** What file systems take as the name of a file, less what is put around it. */
const MAX_NAME = 180;

/**
 * Keeps the state in files of a folder, one for each entry, which only their owner may read. A file
 * is replaced as a whole, and is on the disk when the call returns.
 *
 * @param folder is made where there is none
 */
export function fileStorage(folder: string): TextStorage {
  let prepared: Promise<void> | null = null;

  function prepare(): Promise<void> {
    prepared ??= (async () => {
      await mkdir(folder, { recursive: true, mode: 0o700 });
      await removeStale(folder);
    })().catch((error: unknown) => {
      prepared = null;
      throw error;
    });
    return prepared;
  }

  return {
    async getItem(name) {
      try {
        return await readFile(join(folder, fileNameOf(name)), "utf8");
      } catch (error) {
        if (isMissing(error)) return null;
        throw error;
      }
    },
    async setItem(name, text) {
      const file = join(folder, fileNameOf(name));
      await prepare();
      const written = `${file}.${randomUUID()}.tmp`;
      try {
        const handle = await open(written, "wx", 0o600);
        try {
          await handle.writeFile(text, "utf8");
          await handle.sync();
        } finally {
          await handle.close();
        }
        await rename(written, file);
      } catch (error) {
        await rm(written, { force: true });
        throw error;
      }
      await syncFolder(folder);
    },
    async removeItem(name) {
      await rm(join(folder, fileNameOf(name)), { force: true });
      await syncFolder(folder);
    },
  };
}

/**
 * A name that every file system takes and keeps apart from others, those that do not know capitals
 * too: other characters than small letters, digits, dots and hyphens become `%` and their code.
 */
function fileNameOf(name: string): string {
  const safe = name.replace(
    /[^a-z0-9.-]/g,
    (unit) => `%${unit.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
  if (safe.length > MAX_NAME) {
    throw new ContactSyncError("INVALID_ARGUMENT", "the name of a stored entry is too long");
  }
  return `entry-${safe}`;
}

/** Makes a rename or a removal outlast a loss of power. */
async function syncFolder(folder: string): Promise<void> {
  if (process.platform === "win32") return; // which can't open one
  try {
    const handle = await open(folder, "r");
    try {
      await handle.sync();
    } finally {
      await handle.close();
    }
  } catch (error) {
    if (!isMissing(error)) throw error;
  }
}

async function removeStale(folder: string): Promise<void> {
  for (const name of await readdir(folder)) {
    if (!/^entry-.*\.tmp$/.test(name)) continue;
    const file = join(folder, name);
    const { mtimeMs } = await stat(file).catch(() => ({ mtimeMs: Date.now() }));
    if (Date.now() - mtimeMs > STALE_MS) await rm(file, { force: true });
  }
}

function isMissing(error: unknown): boolean {
  return (error as { code?: unknown } | null)?.code === "ENOENT";
}

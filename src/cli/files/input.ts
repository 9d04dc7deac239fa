import { createReadStream } from "node:fs";
import { open } from "node:fs/promises";
import { basename } from "node:path";
import type { Readable } from "node:stream";
import { ContactSyncError } from "@contact-sync/client";
import type { Io } from "../terminal/io.ts";
import { quotable } from "../terminal/text.ts";

/** A file, or standard input, that a command reads. */
export interface Input {
  /** For messages. */
  readonly name: string;
  /** For recognising the format; undefined for standard input. */
  readonly fileName: string | undefined;
  /** In bytes; undefined where it is not known beforehand. */
  readonly size: number | undefined;
  /** Bytes read so far. */
  readonly position: number;
  /** Reads it once. Ends with `ABORTED` as soon as the signal is raised, also while it waits. */
  bytes(): AsyncGenerator<Buffer, void, undefined>;
}

/** What stands for standard input where a file's name is expected. */
const STANDARD_INPUT = "-";

/**
 * Opens a file, so that one that is not there is known before a database is opened for it.
 *
 * @throws ContactSyncError `UNREADABLE_FILE`
 */
export async function openInput(path: string, io: Io): Promise<Input> {
  if (path === STANDARD_INPUT) {
    return inputOf(io.stdin, { name: "standard input", fileName: undefined, size: undefined }, io);
  }
  const name = quotable(path);
  try {
    const handle = await open(path);
    const stats = await handle.stat();
    if (stats.isDirectory()) {
      await handle.close();
      throw new ContactSyncError("UNREADABLE_FILE", `${name} is a folder, not a file`);
    }
    const stream = createReadStream("", { fd: handle });
    const size = stats.isFile() ? stats.size : undefined;
    return inputOf(stream, { name, fileName: basename(path), size }, io);
  } catch (error) {
    throw unreadable(name, error);
  }
}

function inputOf(
  stream: Readable,
  { name, fileName, size }: Pick<Input, "name" | "fileName" | "size">,
  { signal }: Io,
): Input {
  let position = 0;
  return {
    name,
    fileName,
    size,
    get position() {
      return position;
    },
    async *bytes() {
      const stop = () => stream.destroy(new ContactSyncError("ABORTED", "reading was stopped"));
      signal.addEventListener("abort", stop, { once: true });
      try {
        if (signal.aborted) stop();
        for await (const chunk of stream) {
          const bytes = Buffer.from(chunk);
          position += bytes.length;
          yield bytes;
        }
      } catch (error) {
        throw unreadable(name, error);
      } finally {
        signal.removeEventListener("abort", stop);
        // A standard input that nobody reads to its end would keep the process alive.
        stream.destroy();
      }
    },
  };
}

const PROBLEMS: Record<string, string> = {
  ENOENT: "there is no such file",
  EACCES: "this user may not read it",
  EPERM: "this user may not read it",
  EISDIR: "it is a folder, not a file",
};

/** The system's own message is left out: it repeats the path. */
function unreadable(name: string, error: unknown): ContactSyncError {
  if (error instanceof ContactSyncError) return error;
  const { code = "" } = error as NodeJS.ErrnoException;
  const problem = PROBLEMS[code] ?? (code === "" ? "reading failed" : `reading failed (${code})`);
  return new ContactSyncError("UNREADABLE_FILE", `${name} cannot be read: ${problem}`, {
    cause: error,
  });
}

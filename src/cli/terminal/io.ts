import type { Readable, Writable } from "node:stream";
import type { Environment } from "../../process/configuration.ts";

/** A stream that may be a terminal. */
export type Output = Writable & { readonly isTTY?: boolean; readonly columns?: number };

/** Everything a command touches besides files and the database, so that tests can hold it. */
export interface Io {
  readonly stdin: Readable & { readonly isTTY?: boolean };
  readonly stdout: Output;
  readonly stderr: Output;
  readonly environment: Environment;
  /** Raised by Ctrl-C or SIGTERM; the reason is the exit code that the command then ends with. */
  readonly signal: AbortSignal;
  /** Milliseconds, for how often progress is told. */
  readonly now: () => number;
}

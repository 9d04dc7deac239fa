import { PassThrough, Readable } from "node:stream";
import type { ExitCode } from "../../../src/cli/exit-codes.ts";
import { run } from "../../../src/cli/run.ts";
import type { Io } from "../../../src/cli/terminal/io.ts";
import { TEST_KEY } from "../../support/open-contact-sync.ts";

export interface CliOptions {
  environment?: Record<string, string>;
  /** A text is the whole of it. */
  stdin?: string | Readable;
  signal?: AbortSignal;
  now?: () => number;
  /** Whether all three streams say that they are a terminal. */
  isTerminal?: boolean;
  /** Told of everything on stderr as it comes. */
  onStderr?: (text: string) => void;
}

export interface CliResult {
  code: ExitCode;
  stdout: string;
  stderr: string;
}

/** Runs a command line in this process, with streams and an environment of its own. */
export async function runCli(args: string[], options: CliOptions = {}): Promise<CliResult> {
  const { isTerminal = false, onStderr = () => {} } = options;
  const asTerminal = <Stream extends object>(stream: Stream) =>
    Object.assign(stream, { isTTY: isTerminal });
  const { stdin = "" } = options;
  const stdout = collector(() => {});
  const stderr = collector(onStderr);
  const io: Io = {
    stdin: asTerminal(typeof stdin === "string" ? Readable.from([Buffer.from(stdin)]) : stdin),
    stdout: asTerminal(stdout.stream),
    stderr: asTerminal(stderr.stream),
    environment: options.environment ?? {},
    signal: options.signal ?? new AbortController().signal,
    now: options.now ?? (() => 0),
  };
  const code = await run(args, io);
  return { code, stdout: stdout.text(), stderr: stderr.text() };
}

/** A database of a test as the environment names it. */
export function environmentOf({ connectionString }: { connectionString: string }) {
  return { DATABASE_URL: connectionString, CONTACT_SYNC_KEY: TEST_KEY };
}

function collector(onText: (text: string) => void) {
  const stream = new PassThrough();
  let text = "";
  stream.on("data", (chunk) => {
    text += chunk;
    onText(String(chunk));
  });
  return { stream, text: () => text + (stream.read()?.toString() ?? "") };
}

#!/usr/bin/env node
import { EXIT } from "./exit-codes.ts";
import { run } from "./run.ts";

const stopping = new AbortController();

/** The first time, the command ends by itself after what is running; the second time, at once. */
function onSignal(exitCode: number): void {
  if (stopping.signal.aborted) process.exit(exitCode);
  stopping.abort(exitCode);
}
process.on("SIGINT", () => onSignal(EXIT.interrupted));
process.on("SIGTERM", () => onSignal(EXIT.terminated));

for (const output of [process.stdout, process.stderr]) {
  output.on("error", (error: NodeJS.ErrnoException) => {
    // Whoever read our output (`| head`) has seen enough.
    if (error.code === "EPIPE") process.exit(process.exitCode ?? EXIT.done);
    throw error;
  });
}

process.exitCode = await run(process.argv.slice(2), {
  stdin: process.stdin,
  stdout: process.stdout,
  stderr: process.stderr,
  environment: process.env,
  signal: stopping.signal,
  now: () => performance.now(),
});

import cliProgress from "cli-progress";
import type { Progress } from "../../contacts/streams/progress.ts";
import type { Io } from "../terminal/io.ts";
import type { Printer } from "../terminal/printer.ts";
import { grouped } from "../terminal/text.ts";
import type { Input } from "./input.ts";

/** Shows how far reading a file has come. */
export interface ProgressDisplay {
  /** To be told after every chunk. */
  readonly onProgress: (progress: Progress) => void;
  /** Takes the bar away; to be called however it ends. */
  stop(): void;
}

/** How often a pipe is told, at most. */
const LINE_INTERVAL_MS = 1_000;

/**
 * A bar where stderr is a terminal, a line now and then where it is a pipe; for a program (--json)
 * nothing in a pipe, which is kept for errors.
 */
export function showProgress(input: Input, io: Io, printer: Printer): ProgressDisplay {
  return io.stderr.isTTY === true ? bar(input, io) : lines(io, printer);
}

function bar(input: Input, { stderr, signal }: Io): ProgressDisplay {
  const { size } = input;
  const display = new cliProgress.SingleBar({
    stream: stderr as NodeJS.WritableStream,
    format:
      size === undefined
        ? "{stored} contacts stored"
        : "{bar} {percentage}% · {stored} contacts stored",
    barCompleteChar: "█",
    barIncompleteChar: "░",
    barsize: 24,
    clearOnComplete: true,
    // Signals are the command's own business.
    gracefulExit: false,
  });
  display.start(size ?? 0, 0, { stored: "0" });
  const stop = () => {
    signal.removeEventListener("abort", giveWay);
    display.stop();
  };
  const giveWay = () => {
    stop();
    stderr.write("Stopping after what is running; Ctrl-C again stops at once.\n");
  };
  signal.addEventListener("abort", giveWay);
  return {
    onProgress({ processed }) {
      if (signal.aborted) return;
      display.update(size === undefined ? 0 : input.position, { stored: grouped(processed) });
    },
    stop,
  };
}

function lines({ now }: Io, printer: Printer): ProgressDisplay {
  let last = now();
  return {
    onProgress({ received, processed }) {
      if (now() - last < LINE_INTERVAL_MS) return;
      last = now();
      printer.remark(`${grouped(received)} entries read, ${grouped(processed)} contacts stored`);
    },
    stop: () => {},
  };
}

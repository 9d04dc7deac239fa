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
export function showProgress(
  input: Input,
  io: Io,
  printer: Printer,
  what = "contacts stored",
): ProgressDisplay {
  return io.stderr.isTTY === true ? bar(input, io, what) : lines(io, printer, what);
}

/** Shows work whose size nobody knows beforehand. */
export interface StepsDisplay {
  /** To be told, after every step, what to show. */
  readonly onStep: (text: string) => void;
  stop(): void;
}

/** A line that is written over where stderr is a terminal, a line now and then where it is a pipe. */
export function showSteps(io: Io, printer: Printer): StepsDisplay {
  if (io.stderr.isTTY !== true) {
    const display = remarks(io, printer);
    return { onStep: display, stop: () => {} };
  }
  const display = new cliProgress.SingleBar({
    stream: io.stderr as NodeJS.WritableStream,
    format: "{text}",
    clearOnComplete: true,
    gracefulExit: false,
  });
  display.start(0, 0, { text: "" });
  return {
    onStep: (text) => display.update(0, { text }),
    stop: () => display.stop(),
  };
}

/** A line for a pipe now and then. */
export function remarks({ now }: Io, printer: Printer): (text: string) => void {
  let last = now();
  return (text) => {
    if (now() - last < LINE_INTERVAL_MS) return;
    last = now();
    printer.remark(text);
  };
}

function bar(input: Input, { stderr, signal }: Io, what: string): ProgressDisplay {
  const { size } = input;
  const display = new cliProgress.SingleBar({
    stream: stderr as NodeJS.WritableStream,
    format: size === undefined ? `{stored} ${what}` : `{bar} {percentage}% · {stored} ${what}`,
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

function lines(io: Io, printer: Printer, what: string): ProgressDisplay {
  const remark = remarks(io, printer);
  return {
    onProgress({ received, processed }) {
      remark(`${grouped(received)} entries read, ${grouped(processed)} ${what}`);
    },
    stop: () => {},
  };
}

import cliProgress from "cli-progress";
import type { Io } from "../terminal/io.ts";
import type { Printer } from "../terminal/printer.ts";
import { remarks } from "./progress.ts";

/** Shows work whose size is known. */
export interface ShareDisplay {
  /** To be told after every step which share is done, 0 to 1, and what to say of it. */
  readonly onProgress: (share: number, text: string) => void;
  /** Takes the bar away; to be called however it ends. */
  stop(): void;
}

/** A bar where stderr is a terminal, a line now and then where it is a pipe. */
export function showShare(io: Io, printer: Printer): ShareDisplay {
  if (io.stderr.isTTY !== true) {
    const remark = remarks(io, printer);
    return { onProgress: (_, text) => remark(text), stop: () => {} };
  }
  const display = new cliProgress.SingleBar({
    stream: io.stderr as NodeJS.WritableStream,
    format: "{bar} {percentage}% · {text}",
    barCompleteChar: "█",
    barIncompleteChar: "░",
    barsize: 24,
    clearOnComplete: true,
    // Signals are the command's own business.
    gracefulExit: false,
  });
  display.start(1000, 0, { text: "" });
  return {
    onProgress: (share, text) => display.update(Math.round(1000 * share), { text }),
    stop: () => display.stop(),
  };
}

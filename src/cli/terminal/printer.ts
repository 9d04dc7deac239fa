import pc from "picocolors";
import type { Environment } from "../../process/configuration.ts";
import type { Io, Output } from "./io.ts";

export type Colors = ReturnType<typeof pc.createColors>;

/** Where a command writes: results on stdout, what happens meanwhile on stderr. */
export interface Printer {
  readonly isJson: boolean;
  /** For stdout; plain where it is no terminal. */
  readonly colors: Colors;
  /** A line for people; nothing with `--json`. */
  line(text?: string): void;
  /** A line of JSON; nothing without `--json`. */
  json(document: unknown): void;
  /** A remark on stderr, for people; nothing with `--json`. */
  remark(text: string): void;
}

export function createPrinter({ stdout, stderr, environment }: Io, isJson: boolean): Printer {
  const remarkColors = colorsFor(stderr, environment);
  return {
    isJson,
    colors: colorsFor(stdout, environment),
    line(text = "") {
      if (!isJson) stdout.write(`${text}\n`);
    },
    json(document) {
      if (isJson) stdout.write(`${JSON.stringify(document)}\n`);
    },
    remark(text) {
      if (!isJson) stderr.write(`${remarkColors.dim(text)}\n`);
    },
  };
}

/** By https://no-color.org: any value that is not empty turns colours off. */
export function colorsFor(output: Output, environment: Environment): Colors {
  const { NO_COLOR, TERM } = environment as { NO_COLOR?: string; TERM?: string };
  return pc.createColors(output.isTTY === true && !NO_COLOR && TERM !== "dumb");
}

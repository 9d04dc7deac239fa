import { readFileSync } from "node:fs";
import { ContactSyncError } from "@contact-sync/client";
import { CommanderError } from "commander";
import { createContext } from "./command.ts";
import { EXIT, type ExitCode } from "./exit-codes.ts";
import { createProgram } from "./program.ts";
import { reportError } from "./report-error.ts";
import type { Io } from "./terminal/io.ts";
import { createPrinter } from "./terminal/printer.ts";
import { withoutTyped } from "./terminal/text.ts";

/**
 * Runs one command line.
 *
 * @param argv without the program's own name
 * @returns what the process is to exit with; nothing is thrown
 */
export async function run(argv: readonly string[], io: Io): Promise<ExitCode> {
  let exitCode: ExitCode = EXIT.done;
  let complaint = "";
  const program = createProgram({
    version: packageVersion(),
    output: {
      writeOut: (text) => io.stdout.write(text),
      // What commander says about a mistake is told below, like every other error.
      writeErr: (text) => {
        complaint += text;
      },
      getOutHelpWidth: () => io.stdout.columns ?? 80,
      getErrHelpWidth: () => io.stderr.columns ?? 80,
      getOutHasColors: () => false,
      getErrHasColors: () => false,
    },
    run: async (command, operands, options) => {
      const { json = false } = options as { json?: boolean };
      const context = createContext(io, createPrinter(io, json));
      exitCode = (await command.run(context, options, ...operands)) ?? EXIT.done;
    },
  });
  try {
    await program.parseAsync(argv, { from: "user" });
    return exitCode;
  } catch (error) {
    if (!(error instanceof CommanderError)) return reportError(error, io, asksForJson(argv));
    if (error.exitCode === 0) return EXIT.done;
    if (error.code !== "commander.help")
      return reportError(usageError(error, argv), io, asksForJson(argv));
    io.stderr.write(complaint);
    return EXIT.usage;
  }
}

/** Commander quotes what was typed, which may be a number. */
function usageError({ message }: CommanderError, argv: readonly string[]): ContactSyncError {
  const text = withoutTyped(message.replace(/^error: /, "").trim(), argv);
  return new ContactSyncError("INVALID_ARGUMENT", text, { cause: undefined });
}

/** Known even where the command line could not be read. */
function asksForJson(argv: readonly string[]): boolean {
  const end = argv.indexOf("--");
  return argv.slice(0, end === -1 ? argv.length : end).includes("--json");
}

function packageVersion(): string {
  const file = new URL("../../package.json", import.meta.url);
  return (JSON.parse(readFileSync(file, "utf8")) as { version: string }).version;
}

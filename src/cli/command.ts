import { ContactSyncError } from "@contact-sync/client";
import type { Command, OptionValues } from "commander";
import { type Configuration, readConfiguration } from "../process/configuration.ts";
import { type OpenContactSync, openContactSync } from "../process/open-contact-sync.ts";
import { type OpenDatabase, type OpenOptions, openDatabase } from "../process/open-database.ts";
import type { ExitCode } from "./exit-codes.ts";
import type { Io } from "./terminal/io.ts";
import type { Printer } from "./terminal/printer.ts";

/** What a command gets to work with. */
export interface CommandContext {
  readonly io: Io;
  readonly printer: Printer;
  readonly configuration: Configuration;
  /** Opens the engine for as long as the work takes. */
  withContactSync<Result>(work: (opened: OpenContactSync) => Promise<Result>): Promise<Result>;
  /** Opens only the database, which need not be migrated. */
  withDatabase<Result>(work: (database: OpenDatabase) => Promise<Result>): Promise<Result>;
}

/** A command of the command line. */
export interface CliCommand<Options extends OptionValues = OptionValues> {
  /** The command's name. */
  readonly usage: string;
  /** One line for the list of commands. */
  readonly summary: string;
  /** What the summary has no room for; may be empty. */
  readonly description?: string;
  /** Command lines that work, without the program's name. */
  readonly examples: readonly string[];
  /** Adds the arguments and the options, all but `--json`, which every command has. */
  readonly configure?: (command: Command) => void;
  readonly subcommands?: readonly CliCommand[];
  /** Without an exit code: done. */
  run(
    context: CommandContext,
    options: Options,
    // Those that `configure` names; commander has checked their number.
    ...operands: string[]
  ): Promise<ExitCode | undefined>;
}

/** Keeps the options' type inside of the command; commander made them what `configure` says. */
export function defineCommand<Options extends OptionValues>(
  command: CliCommand<Options>,
): CliCommand {
  return command as unknown as CliCommand;
}

export function createContext(io: Io, printer: Printer): CommandContext {
  const configuration = readConfiguration(io.environment);
  const options: OpenOptions = {
    announce: printer.remark,
    onLost: (error) => printer.remark(error.message),
  };
  return {
    io,
    printer,
    configuration,
    withContactSync: async (work) =>
      closing(await openContactSync(configuration, options), work, io),
    withDatabase: async (work) => closing(await openDatabase(configuration, options), work, io),
  };
}

async function closing<Opened extends { close(): Promise<void> }, Result>(
  opened: Opened,
  work: (opened: Opened) => Promise<Result>,
  { signal }: Io,
): Promise<Result> {
  try {
    // Opening can take seconds.
    if (signal.aborted) throw new ContactSyncError("ABORTED", "stopped before anything was done");
    return await work(opened);
  } finally {
    await opened.close();
  }
}

import { Command, type OutputConfiguration } from "commander";
import type { CliCommand } from "./command.ts";
import { contactsCommand } from "./commands/contacts.ts";
import { devicesCommand } from "./commands/devices.ts";
import { doctorCommand } from "./commands/doctor.ts";
import { eraseCommand } from "./commands/erase.ts";
import { estimateCommand } from "./commands/estimate.ts";
import { exportCommand } from "./commands/export.ts";
import { forgetNumberCommand, liftNumberCommand } from "./commands/forget-number.ts";
import { generateKeyCommand } from "./commands/generate-key.ts";
import { importCommand } from "./commands/import.ts";
import { linkCommand } from "./commands/link.ts";
import { linkPendingCommand } from "./commands/link-pending.ts";
import { migrateCommand } from "./commands/migrate.ts";
import { releaseCommand } from "./commands/release.ts";
import { retentionCommand } from "./commands/retention.ts";
import { rotateKeyCommand } from "./commands/rotate-key.ts";
import { serveCommand } from "./commands/serve.ts";
import { statsCommand } from "./commands/stats.ts";
import { suspectsCommand } from "./commands/suspects.ts";
import { tokenCommand } from "./commands/token.ts";
import { unlinkCommand } from "./commands/unlink.ts";
import { verifyReceiptCommand } from "./commands/verify-receipt.ts";
import { webhooksCommand } from "./commands/webhooks.ts";
import { workerCommand } from "./commands/worker.ts";
import { EXIT_CODES } from "./exit-codes.ts";

/** The table of contents of the command line. */
const COMMANDS: readonly [heading: string, commands: readonly CliCommand[]][] = [
  [
    "Address books",
    [importCommand, contactsCommand, devicesCommand, statsCommand, estimateCommand],
  ],
  [
    "Directory",
    [linkCommand, unlinkCommand, linkPendingCommand, forgetNumberCommand, liftNumberCommand],
  ],
  ["Service", [serveCommand, workerCommand, tokenCommand, webhooksCommand]],
  ["Attacks", [suspectsCommand, releaseCommand]],
  ["Rights", [eraseCommand, verifyReceiptCommand, exportCommand, retentionCommand]],
  ["Upkeep", [migrateCommand, doctorCommand, generateKeyCommand, rotateKeyCommand]],
];

const ENVIRONMENT: readonly [variable: string, meaning: string][] = [
  ["DATABASE_URL", "your own server; without it, the embedded one"],
  ["CONTACT_SYNC_KEY", "the sealing key; the embedded one makes its own"],
  ["CONTACT_SYNC_PREVIOUS_KEY", "the key before, while rotate-key changes it"],
  ["CONTACT_SYNC_USER_IDS", "what users are called by: uuid or text (uuid)"],
  ["CONTACT_SYNC_DATA_DIR", "where the embedded database lies (.contact-sync)"],
  ["CONTACT_SYNC_SCHEMA", "where everything is installed (public)"],
  ["CONTACT_SYNC_DEFAULT_REGION", "where national numbers are dialled, such as EG"],
  ["CONTACT_SYNC_DISCOVERABLE", "who finds users that have not chosen"],
];

/** Runs one command; what it is given and how it ends is the caller's. */
export type RunCommand = (
  command: CliCommand,
  operands: readonly string[],
  options: Record<string, unknown>,
) => Promise<void>;

export interface ProgramOptions {
  readonly version: string;
  readonly output: OutputConfiguration;
  readonly run: RunCommand;
}

/** Commander's program; instead of ending the process it throws. */
export function createProgram({ version, output, run }: ProgramOptions): Command {
  const program = new Command("contact-sync")
    .exitOverride()
    .configureOutput(output)
    .description("Stores address books in PostgreSQL and finds who of the contacts has an account.")
    .version(version)
    .helpCommand(false);
  for (const [heading, commands] of COMMANDS) {
    program.commandsGroup(`${heading}:`);
    for (const command of commands) addCommand(program, command, run);
  }
  return program
    .addHelpText("after", listing("Environment:", ENVIRONMENT))
    .addHelpText("after", listing("Exit codes:", EXIT_CODES))
    .addHelpText("after", "\ncontact-sync COMMAND --help says more about a command.");
}

function addCommand(parent: Command, definition: CliCommand, run: RunCommand): void {
  const command = parent.command(definition.usage).summary(definition.summary);
  const { examples, summary, description } = definition;
  command
    .description(description === undefined ? summary : `${summary}\n\n${description}`)
    .helpCommand(false)
    .allowExcessArguments(false);
  definition.configure?.(command);
  command
    .option("--json", "print the result as JSON, and errors as JSON on stderr")
    .addHelpText(
      "after",
      ["\nExamples:", ...examples.map((line) => `  contact-sync ${line}`)].join("\n"),
    )
    .action(async () => {
      await run(definition, command.args, command.optsWithGlobals());
    });
  for (const subcommand of definition.subcommands ?? []) {
    addCommand(command, subcommand, run);
  }
}

function listing(title: string, rows: readonly (readonly [string | number, string])[]): string {
  const width = Math.max(...rows.map(([term]) => String(term).length));
  const lines = rows.map(([term, meaning]) => `  ${String(term).padEnd(width)}  ${meaning}`);
  return ["", title, ...lines].join("\n");
}

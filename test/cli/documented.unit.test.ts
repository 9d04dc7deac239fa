// The command line is written down twice: in the program and in docs/cli.md.
import type { Command } from "commander";
import { expect, test } from "vitest";
import { EXIT_CODES } from "../../src/cli/exit-codes.ts";
import { createProgram } from "../../src/cli/program.ts";
import { readDocument, sectionsOf } from "../acceptance/support/markdown.ts";

const program = createProgram({ version: "1.2.3", output: {}, run: async () => {} });
const text = await readDocument("docs/cli.md");
const sections = new Map(sectionsOf(text).map((section) => [section.heading, section]));

/** Every command by its whole name, such as `migrate status`. */
function commandsOf(parent: Command, prefix = ""): [string, Command][] {
  return parent.commands.flatMap((command) => {
    const name = `${prefix}${command.name()}`;
    return [[name, command] as [string, Command], ...commandsOf(command, `${name} `)];
  });
}
const commands = commandsOf(program);

/** The first column of a table. */
const firstOf = (table: string, pattern: RegExp) =>
  [...table.matchAll(pattern)].map(([, first]) => first as string);

test.each(commands)("%s has a section with each of its options, and no other", (name, command) => {
  const section = sections.get(name)?.text ?? "";
  const documented = firstOf(section, /^\| `(-[^`]*)` \|/gm);
  const flags = command.options.map(({ flags }) => flags).filter((flags) => flags !== "--json");
  expect(documented).toEqual(flags);
  const operands = command.registeredArguments.map((argument) =>
    argument.variadic ? `[${argument.name()}...]` : `<${argument.name()}>`,
  );
  const written = [`contact-sync ${name}`, flags.length > 0 && "[options]", ...operands];
  expect(section).toContain(`\`${written.filter(Boolean).join(" ")}\``);
});

test.each(commands)("%s is in the table at the top, and its JSON in its section", (name) => {
  const heading = name.replaceAll(" ", "-");
  expect(text).toContain(`](#${heading})`);
  // What the service prints is its log.
  if (!["serve", "worker"].includes(name)) {
    expect(sections.get(name)?.fences[0]?.language).toBe("json");
  }
});

test("no command has a section that is none", () => {
  const known = commands.map(([name]) => name);
  const start = text.indexOf("\n## Commands\n");
  const end = text.indexOf("\n## ", start + 1);
  const documented = firstOf(text.slice(start, end), /^### (.+)$/gm);
  expect(documented.sort()).toEqual(known.sort());
});

test("the exit codes are the program's", () => {
  const codes = firstOf(sections.get("Exit codes")?.text ?? "", /^\| (\d+) \|/gm);
  expect(codes.map(Number)).toEqual(EXIT_CODES.map(([code]) => code));
});

test("the variables are those that --help lists, and those of the terminal", () => {
  let help = "";
  program.configureOutput({
    writeOut: (written) => {
      help += written;
    },
  });
  program.outputHelp();
  const listed = firstOf(help, /^ {2}([A-Z][A-Z_]+) {2}/gm);
  const documented = firstOf(sections.get("Environment")?.text ?? "", /^\| `([A-Z_]+)` \|/gm);
  expect(documented).toEqual([...listed, "NO_COLOR", "CONTACT_SYNC_DEBUG"]);
  expect(listed.length).toBeGreaterThan(0);
});

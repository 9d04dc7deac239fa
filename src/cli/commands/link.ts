import { assertTime, invalid } from "../../input/arguments.ts";
import { type CommandContext, defineCommand } from "../command.ts";
import { EXIT, type ExitCode } from "../exit-codes.ts";
import { region, user } from "../option-values.ts";
import { type LinkOptions, linkFile } from "./link-file.ts";

export const linkCommand = defineCommand<LinkOptions>({
  usage: "link",
  summary: "Enter users' verified numbers in the directory, and link the contacts who hold them.",
  description:
    "Reads CSV with a header or NDJSON: user_id, phone and, optionally, verified_at, also as Supabase's auth.users names them (id, phone, phone_confirmed_at: with --international). Users without a number and numbers that are not verified are skipped; what can't be read is left out and listed. A newer verification takes a number over; an older one is left out and listed. Safe to repeat.",
  examples: [
    "link people.csv",
    "link auth-users.csv --international --strict",
    "link --user 970dabb7-2bcc-441a-a93c-a4a756f72cee '+20 100 123 4567'",
  ],
  configure: (command) =>
    command
      .argument("<file>", "users and numbers; - is standard input. With --user: the number")
      .option("--user <user>", "link one number to this user")
      .option(
        "--verified-at <time>",
        "with --user: when it was verified, in ISO 8601 and UTC unless it has a zone (default: now)",
      )
      .option("--region <code>", "where national numbers are dialled, such as EG", region)
      .option("--international", "numbers begin with their country code, also without a +")
      .option("--silent", "who holds a number finds the user, but is told of nobody new")
      .option(
        "--strict",
        "refuse a file with a row that can't be linked; exit with 3 then, and when a newer verification stood against one",
      ),
  async run(context, options, operand) {
    if (options.user !== undefined) return linkOne(context, options, operand as string);
    if (options.verifiedAt !== undefined) throw invalid("--verified-at belongs to --user");
    return linkFile(context, options, operand as string);
  },
});

async function linkOne(
  { printer, configuration, withContactSync }: CommandContext,
  options: LinkOptions,
  number: string,
): Promise<ExitCode> {
  const userId = user(configuration, options.user as string, "--user");
  const verifiedAt = assertTime(options.verifiedAt, "--verified-at") ?? undefined;
  const changed = await withContactSync(({ contactSync }) =>
    contactSync.link(userId, number, {
      verifiedAt,
      defaultRegion: options.region,
      international: options.international,
      announce: !options.silent,
    }),
  );
  printer.json({ changed });
  printer.line(changed ? "Linked." : "It was linked already.");
  return EXIT.done;
}

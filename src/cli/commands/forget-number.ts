import type { ReadPhoneOptions } from "../../directory/read-phone.ts";
import type { ContactsWithAccounts } from "../../library/contacts-with-accounts.ts";
import { type CliCommand, defineCommand } from "../command.ts";
import { region } from "../option-values.ts";

interface Options {
  region?: string;
  international?: true;
}

export const forgetNumberCommand = commandOf({
  usage: "forget-number",
  summary: "Forget a number of somebody who has no account.",
  description:
    "Once it is verified that the number is theirs. It leaves every book, and no sync stores it again, until they join or lift it.",
  change: (contactSync, phone, options) => contactSync.forgetNumber(phone, options),
  told: ["Forgotten.", "It was forgotten already."],
});

export const liftNumberCommand = commandOf({
  usage: "lift-number",
  summary: "Lift the forgetting of a number.",
  description: "Syncs store it again from now on.",
  change: (contactSync, phone, options) => contactSync.liftNumber(phone, options),
  told: ["Lifted.", "It was not forgotten."],
});

interface Forgetting {
  readonly usage: string;
  readonly summary: string;
  readonly description: string;
  change(
    contactSync: ContactsWithAccounts,
    phone: string,
    options: ReadPhoneOptions,
  ): Promise<boolean>;
  /** Where it changed something, and where it did not. */
  readonly told: readonly [changed: string, unchanged: string];
}

function commandOf({ usage, summary, description, change, told }: Forgetting): CliCommand {
  return defineCommand<Options>({
    usage,
    summary,
    description,
    examples: [`${usage} '+20 100 123 4567'`],
    configure: (command) =>
      command
        .argument("<number>", "in any notation, or its phone hash")
        .option("--region <code>", "where national numbers are dialled, such as EG", region)
        .option("--international", "the number begins with its country code, also without a +"),
    async run({ printer, withContactSync }, options, phone = "") {
      const changed = await withContactSync(({ contactSync }) =>
        change(contactSync, phone, {
          defaultRegion: options.region,
          international: options.international,
        }),
      );
      printer.json({ changed });
      printer.line(told[changed ? 0 : 1]);
      return undefined;
    },
  });
}

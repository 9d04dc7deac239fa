import { Option } from "commander";
import { invalid } from "../../input/arguments.ts";
import { ADDRESS_BOOK_FORMATS } from "../../readers/recognise.ts";
import { defineCommand } from "../command.ts";
import { openInput } from "../files/input.ts";
import {
  batchSize,
  columns,
  deviceId,
  region,
  userIfGiven,
  wholeNumber,
} from "../option-values.ts";
import { importAddressBook } from "./import-address-book.ts";
import { importContacts } from "./import-contacts.ts";
import type { ImportOptions } from "./import-options.ts";

export const importCommand = defineCommand<ImportOptions>({
  usage: "import",
  summary: "Sync an address book and show who of its contacts has an account.",
  description:
    "Reads vCard (.vcf), CSV (Google, Outlook, Apple), LDIF (Thunderbird), JSON (expo-contacts, react-native-contacts, Telegram; also NDJSON), jCard or xCard, of any size up to 1,000,000 numbers, and adds what is new. Numbers that cannot be read are left out and listed. Safe to repeat.",
  examples: [
    "import contacts.vcf --owner 970dabb7-2bcc-441a-a93c-a4a756f72cee --region EG",
    "import - --format csv --owner 970dabb7-2bcc-441a-a93c-a4a756f72cee < google.csv",
    'import contacts.csv --owner 970dabb7-2bcc-441a-a93c-a4a756f72cee --region BR --columns "Celular,Fone de casa"',
    "import --bulk contacts.ndjson",
  ],
  configure: (command) =>
    command
      .argument("<file>", "the address book; - is standard input")
      .option("--owner <user>", "the user whose address book it is")
      .option("--region <code>", "where its national numbers are dialled, such as EG", region)
      .addOption(
        new Option("--format <format>", "instead of recognising it").choices(ADDRESS_BOOK_FORMATS),
      )
      .option(
        "--columns <columns>",
        'read these columns of a CSV file and no others: names or positions, such as "Celular,Fone de casa"',
        columns,
      )
      .option("--replace", "take the file for the whole book: remove contacts that it lacks")
      .option("--confirm-removal", "let --replace remove more than half of the book")
      .option(
        "--device <id>",
        "the file is what this device has: with --replace nothing goes that another one holds, and all of it is stored at once",
        deviceId,
      )
      .option(
        "--bulk",
        "NDJSON of contacts of any owners: owner_id and phone_hash (or phone), optionally is_favorite, last_interaction, linked_user_id",
      )
      .option("--batch-size <rows>", "rows an INSERT (default: 500)", batchSize)
      .option(
        "--device-contacts <count>",
        "what the device has in all, for the statistics (default: what the file has)",
        wholeNumber,
      )
      .option("--strict", "exit with 3 when something of the file was left out"),
  async run(context, options, file) {
    const owner = userIfGiven(context.configuration, options.owner, "--owner");
    if (options.bulk)
      refuse(options, [
        "replace",
        "confirmRemoval",
        "device",
        "deviceContacts",
        "format",
        "columns",
      ]);
    if (options.confirmRemoval && !options.replace) {
      throw invalid("--confirm-removal belongs to --replace");
    }
    if (owner === undefined && !options.bulk) {
      throw invalid("--owner is missing: the user whose address book it is");
    }
    const input = await openInput(file as string, context.io);
    return options.bulk
      ? importContacts(context, { ...options, owner }, input)
      : importAddressBook(context, { ...options, owner: owner as string }, input);
  },
});

function refuse(options: ImportOptions, names: readonly (keyof ImportOptions)[]): void {
  const given = names.find((name) => options[name] !== undefined);
  if (given === undefined) return;
  const flag = given.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
  throw invalid(`--${flag} does not go with --bulk`);
}

import { MAX_CONTACTS_PER_CALL } from "@contact-sync/client";
import { invalid, throwIfAborted } from "../../input/arguments.ts";
import type { ContactsWithAccounts } from "../../library/contacts-with-accounts.ts";
import { readAddressBook } from "../../readers/detect.ts";
import { defineCommand } from "../command.ts";
import { atLine } from "../files/at-line.ts";
import { inChunks } from "../files/in-chunks.ts";
import { type Input, openInput } from "../files/input.ts";
import { LineNumbers } from "../files/line-numbers.ts";
import { withStoredSoFar } from "../files/stored-so-far.ts";
import { region, userIfGiven } from "../option-values.ts";
import type { Io } from "../terminal/io.ts";
import { counted } from "../terminal/text.ts";

interface Options {
  file?: string;
  user?: string;
  region?: string;
  international?: true;
}

export const unlinkCommand = defineCommand<Options>({
  usage: "unlink",
  summary: "Take numbers out of the directory; nobody is shown those links any more.",
  description: "Numbers that are not in it are no error.",
  examples: [
    "unlink '+20 100 123 4567'",
    "unlink --file numbers.csv --user 970dabb7-2bcc-441a-a93c-a4a756f72cee",
  ],
  configure: (command) =>
    command
      .argument("[numbers...]", "in any notation, or their phone hashes")
      .option(
        "--file <file>",
        "read them from an address book, as import does; - is standard input",
      )
      .option("--user <user>", "only while they belong to this user")
      .option("--region <code>", "where national numbers are dialled, such as EG", region)
      .option("--international", "numbers begin with their country code, also without a +"),
  async run({ io, printer, configuration, withContactSync }, options, ...numbers) {
    const { file } = options;
    if ((file === undefined) === (numbers.length === 0)) {
      throw invalid("give either numbers or --file");
    }
    const input = file === undefined ? undefined : await openInput(file, io);
    const settings = {
      userId: userIfGiven(configuration, options.user, "--user"),
      defaultRegion: options.region,
      international: options.international,
    };
    const unlinked = await withContactSync(({ contactSync }) =>
      input === undefined
        ? contactSync.unlink(numbers, settings)
        : unlinkFile(contactSync, settings, input, io),
    );
    printer.json({ phones_unlinked: unlinked });
    printer.line(`${counted(unlinked, "number")} unlinked.`);
    return undefined;
  },
});

async function unlinkFile(
  contactSync: ContactsWithAccounts,
  settings: Parameters<ContactsWithAccounts["unlink"]>[1],
  input: Input,
  { signal }: Io,
): Promise<number> {
  let received = 0;
  let unlinked = 0;
  try {
    const entries = readAddressBook(input.bytes(), { fileName: input.fileName });
    for await (const chunk of inChunks(entries, MAX_CONTACTS_PER_CALL)) {
      throwIfAborted(signal);
      const phones = chunk.map(({ phone }) => phone);
      unlinked += await contactSync.unlink(phones, settings).catch((error) => {
        throw atLine(error, LineNumbers.of(chunk));
      });
      received += chunk.length;
    }
    return unlinked;
  } catch (error) {
    throw withStoredSoFar(error, { received, processed: received }, "removal");
  }
}

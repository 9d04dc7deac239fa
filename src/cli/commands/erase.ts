import { createInterface } from "node:readline/promises";
import { invalid } from "../../input/arguments.ts";
import { defineCommand } from "../command.ts";
import { EXIT } from "../exit-codes.ts";
import { user } from "../option-values.ts";
import type { Io } from "../terminal/io.ts";
import { counted, visible } from "../terminal/text.ts";

interface Options {
  yes?: true;
}

export const eraseCommand = defineCommand<Options>({
  usage: "erase",
  summary: "Erase a user: book, numbers, links to them, status.",
  description:
    "Their syncs become counts. It cannot be undone, so a terminal is asked first, and a pipe has to say --yes. Somebody unknown is no error. The receipt says who was erased, when, and what was removed, signed; it is kept nowhere here.",
  examples: ["erase 970dabb7-2bcc-441a-a93c-a4a756f72cee --yes"],
  configure: (command) =>
    command.argument("<user>", "what the app calls the user").option("--yes", "do not ask"),
  async run({ io, printer, configuration, withContactSync }, { yes }, operand = "") {
    const userId = user(configuration, operand, "the user");
    const canAsk = io.stdin.isTTY === true && io.stderr.isTTY === true;
    if (!yes && !canAsk) throw invalid("erasing cannot be undone: confirm it with --yes");
    return withContactSync(async ({ contactSync }) => {
      if (!yes) {
        const { contacts_count } = await contactSync.summarizeContacts(userId);
        const book = counted(contacts_count, "contact");
        if (!(await confirm(`Erase user ${visible(userId)}, who has ${book}? [y/N] `, io))) {
          printer.remark("Nothing was erased.");
          return EXIT.failed;
        }
      }
      const erasure = await contactSync.eraseUser(userId);
      printer.json(erasure);
      printer.line(
        `Erased: ${counted(erasure.contacts_deleted, "contact")}, ` +
          `${counted(erasure.phones_unlinked, "number")} in the directory, ` +
          `${counted(erasure.given_links_removed, "given link")}; ` +
          `${counted(erasure.runs_folded, "sync")} folded into counts.`,
      );
      if (erasure.receipt !== null) printer.line(`Receipt: ${erasure.receipt}`);
      if (erasure.links_pending !== undefined) {
        printer.line(
          `${counted(erasure.links_pending, "number")} met a running transaction: nobody is shown the link, and link-pending takes it off the rows.`,
        );
      }
      return EXIT.done;
    });
  },
});

async function confirm(question: string, { stdin, stderr, signal }: Io): Promise<boolean> {
  const prompt = createInterface({ input: stdin, output: stderr });
  // On a terminal in raw mode Ctrl-C comes as a key, not as a signal; it means no, too.
  const closed = new Promise<string>((resolve) => prompt.once("close", () => resolve("\n")));
  try {
    const answer = await Promise.race([prompt.question(question, { signal }), closed]);
    // The cursor still stands behind the question.
    if (answer === "\n") stderr.write(answer);
    return /^y(es)?$/i.test(answer.trim());
  } finally {
    prompt.close();
  }
}

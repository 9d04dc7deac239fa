import { defineCommand } from "../command.ts";
import { EXIT } from "../exit-codes.ts";
import { counted } from "../terminal/text.ts";
import { drainLinks } from "./drain-links.ts";

interface Options {
  all?: true;
}

export const linkPendingCommand = defineCommand<Options>({
  usage: "link-pending",
  summary: "Finish links that waited for transactions running at the time.",
  description:
    "For cron, where no service runs. With --all also after rows were written into the table phones by hand, or it was restored. Exits with 3 when some still wait: run it again a little later.",
  examples: ["link-pending", "link-pending --all"],
  configure: (command) =>
    command.option("--all", "first compare the whole directory with all links, whoever wrote it"),
  async run({ io, printer, withContactSync }, options) {
    const report = await withContactSync(({ contactSync }) =>
      drainLinks(contactSync, { io, printer }, { all: options.all === true }),
    );
    printer.json(report);
    if (report.numbers_found !== undefined) {
      printer.line(
        `${counted(report.numbers_found, "number")} had contacts that were linked otherwise than the directory says.`,
      );
    }
    printer.line(
      `${counted(report.contacts_changed, "contact")} brought up to date; ` +
        `${counted(report.entries_finished, "number")} finished, ${counted(report.entries_waiting, "number")} waiting.`,
    );
    if (report.transactions_running !== undefined) {
      printer.line(
        `${counted(report.transactions_running, "transaction")} went on that may have read the directory before: run it again when they have ended.`,
      );
    }
    const isDone = report.entries_waiting === 0 && report.transactions_running === undefined;
    return isDone ? EXIT.done : EXIT.incomplete;
  },
});

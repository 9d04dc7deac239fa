import { defineCommand } from "../command.ts";
import { EXIT } from "../exit-codes.ts";
import { counted } from "../terminal/text.ts";

export const linkPendingCommand = defineCommand({
  usage: "link-pending",
  summary: "Finish links that waited for transactions running at the time.",
  description:
    "For cron, where no service runs. Exits with 3 when some still wait: run it again a little later.",
  examples: ["link-pending"],
  async run({ printer, withContactSync }) {
    const report = await withContactSync(({ contactSync }) => contactSync.linkPendingPhones());
    printer.json(report);
    printer.line(
      `${counted(report.contacts_changed, "contact")} brought up to date; ` +
        `${counted(report.entries_finished, "number")} finished, ${counted(report.entries_waiting, "number")} waiting.`,
    );
    return report.entries_waiting > 0 ? EXIT.incomplete : EXIT.done;
  },
});
